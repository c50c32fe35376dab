package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/text"
)

// progress shows how far a run is: on a terminal one line that is written
// over, elsewhere a line now and then.
type progress struct {
	w        io.Writer
	quiet    bool
	terminal bool
	open     bool // a line waits for its end
	last     time.Time
	now      func() time.Time
}

// plainEvery is the time between two lines where there is no terminal.
const plainEvery = 10 * time.Second

func newProgress(e *env, quiet bool) *progress {
	p := &progress{w: e.err, quiet: quiet, now: e.now, last: e.now()}
	if f, ok := e.err.(*os.File); ok {
		info, err := f.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// update shows one state of the run.
func (p *progress) update(s publish.Progress) {
	if p.quiet || !p.terminal && p.now().Sub(p.last) < plainEvery {
		return
	}
	p.last = p.now()
	line := fmt.Sprintf("%s: %d records, %.0f/s, %d quarantined", text.Printable(s.Input, 40), s.Records, s.Rate, s.Quarantined)
	if s.Total > 0 {
		line += fmt.Sprintf(", %d %%", 100*s.Read/s.Total)
	}
	if s.Left > 0 {
		line += fmt.Sprintf(", %s left", s.Left.Round(time.Second))
	}
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
		p.open = true
	} else {
		fmt.Fprintln(p.w, line)
	}
}

// end leaves the line.
func (p *progress) end() {
	if p.open {
		fmt.Fprintln(p.w)
		p.open = false
	}
}
