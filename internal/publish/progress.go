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
	if r.cfg.Progress == nil || r.in == nil {
		return
	}
	now := r.cfg.Now()
	since := now.Sub(r.report.last)
	if !wanted && since < reportEvery {
		return
	}
	p := Progress{
		Input: r.out.cp.name, Records: r.result.Records, Published: r.result.Published,
		Quarantined: r.result.Quarantined, Seq: r.out.sequence(),
	}
	p.Read, p.Total = r.in.Progress()
	spent := now.Sub(r.report.began)
	switch {
	case wanted && spent > 0: // the last one: over all of the input
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
