package publish

import (
	"context"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish/block"
)

// Config is what a run needs.
type Config struct {
	Source    cure.Source
	Publisher Publisher
	Feed      *Definition    // of a feed that is not built in
	Block     *block.List    // to compare accesses with
	Zone      *time.Location // of times without one; nil: UTC
	PDF       TextOfPDF      // of publishers that read documents; nil: PDF files are refused
	Keywords  []Keyword      // that they look for
	Enabled   bool           // of a source that is off by default
	Flood     Flood          // see Options
	Paths     *Paths         // see Options
	// MaxRecord is the longest raw record in bytes, 0 and at most
	// feed.MaxRecord. A longer one is quarantined.
	MaxRecord int
	Sink      Sink
	Now       func() time.Time
	// Progress, if not nil, is called now and then from the goroutine of Run.
	Progress func(Progress)
	// Problem, if not nil, is told at once of what Result.Problems collects.
	Problem func(error)
	// Wait makes Run return when its records are applied, not only durable.
	Wait bool
	// Checkpoint is after how many batches at most a checkpoint is made, 0: 64.
	// The same source has to keep to one number.
	Checkpoint int
	// Abandon gives up what an interrupted run had not finished when its
	// input is not among those given. Without it Run refuses (Conflict).
	Abandon bool
}

// Progress says how far a run is.
type Progress struct {
	Input       string        // being read
	Read, Total int64         // bytes of it, compressed as it is; Total 0: unknown
	Records     int64         // raw records read
	Published   int64         // records sent
	Quarantined int64         // raw records
	Rate        float64       // raw records a second since the last call; at the end over all of the input
	Left        time.Duration // until the end of the input at the present rate; 0: unknown
	Seq         uint64        // stream sequence of the last acknowledged batch
}

// Result is what a run did.
type Result struct {
	Records      int64 // raw records read
	Published    int64 // records sent
	Observations int64
	Quarantined  int64            // raw records that could not be used; of a copy of a list 1,000 are kept
	Resumed      int64            // bytes passed over because they were published before
	Assumed      int64            // events whose time had no zone, and the source none either: taken for UTC
	Reasons      map[string]int64 // at most maxNames
	Unknown      map[string]int64 // events of unknown kind, at most maxNames
	Batches      int64
	Seq          uint64  // stream sequence of the last batch
	Problems     []error // inputs that were cut or refused, at most 100; the rest was published
}

// Run publishes inputs, in order: paths of files, "-" for the standard input.
// It returns when all is durable, and applied with Config.Wait. Broken
// records and inputs do not end it, they are counted in the result; an error
// does: cancellation, a sink that refuses, an input that is not there. What
// was done until then is in the result and needs no repetition: the next run
// goes on behind it.
func Run(ctx context.Context, cfg Config, inputs ...string) (Result, error) {
	r, err := open(ctx, cfg, inputs)
	if err == nil {
		err = r.takeUp(ctx)
	}
	if err != nil {
		return Result{}, err
	}
	return r.run(ctx)
}

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
