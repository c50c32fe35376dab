package publish

import "time"

// report measures the progress of an input.
type report struct {
	began, last   time.Time
	atLast, atBeg int64 // records
}

const reportEvery = 500 * time.Millisecond

func (p *report) begin(now time.Time, records int64) {
	*p = report{began: now, last: now, atLast: records, atBeg: records}
}

// progress tells the caller, at most twice a second unless now is wanted.
func (r *runner) progress(wanted bool) {
	if now := r.cfg.Now(); wanted || now.Sub(r.report.last) >= reportEvery {
		r.tell(now, wanted)
	}
}

// tell tells the caller, however long ago the last time was: nothing may come
// after it for long. With whole the rate is that of all of the input.
func (r *runner) tell(now time.Time, whole bool) {
	if r.cfg.Progress == nil || r.in == nil {
		return
	}
	since := now.Sub(r.report.last)
	p := Progress{
		Input: r.out.cp.name, Records: r.result.Records, Published: r.result.Published,
		Quarantined: r.result.Quarantined, Seq: r.out.sequence(),
	}
	p.Read, p.Total = r.in.Progress()
	spent := now.Sub(r.report.began)
	switch {
	case whole && spent > 0:
		p.Rate = float64(p.Records-r.report.atBeg) / spent.Seconds()
	case since > 0:
		p.Rate = float64(p.Records-r.report.atLast) / since.Seconds()
	}
	if p.Total > p.Read && p.Read > 0 {
		p.Left = time.Duration(float64(spent) * float64(p.Total-p.Read) / float64(p.Read))
	}
	r.report.last, r.report.atLast = now, p.Records
	r.cfg.Progress(p)
}
