package observe

import (
	"bytes"
	"regexp"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/audit"
	"github.com/opencure/cure/internal/publish/shell"
)

// timingOf are the names under which the times of a typescript stand beside it.
var timingOf = []string{".timing", ".tm", ".time", ".timings"}

// Shape implements publish.Shaper. Recordings of terminals are records of all
// of a file; lines of one event of auditd, and those of one command of a
// history, belong together.
func (d *decoynet) Shape(f *feed.File) error {
	if shell.Of(f.Begins(feed.HeadSize)).Whole() {
		f.Recording(feed.MaxLarge, timingOf...)
		return nil
	}
	d.table.shape(f)
	f.Events()
	f.Chained(
		func(line []byte) bool { return shell.Begins(line) || audit.ID(line) != nil },
		func(first, line []byte) bool {
			if id := audit.ID(first); id != nil {
				return bytes.Equal(id, audit.ID(line))
			}
			return !shell.Begins(line)
		})
	return nil
}

// recording says each command of a recording of a shell. The decoy is the one
// that the recording names, else it is called as its source: decoynet/decoy-9.
func (d *decoynet) recording(form shell.Form, raw, times []byte, emit func(*publish.Event)) error {
	var wrong error
	err := shell.Read(form, raw, times, func(c shell.Command) {
		a := activity{product: "recording", what: "shell", host: c.Host, command: c.Text, user: c.User, time: c.Local}
		if !c.Time.IsZero() {
			a.time = c.Time.Format(time.RFC3339Nano)
		}
		if err := d.event(&a, emit); err != nil {
			wrong = err
		}
	})
	if err == nil {
		err = wrong
	}
	return err
}

// typed says what was typed at a terminal that the kernel logs.
func (d *decoynet) typed(e *audit.Event, emit func(*publish.Event)) error {
	for _, line := range terminal(e) {
		if err := d.event(&activity{product: "auditd", what: "shell", time: e.Time, host: e.Node, command: line}, emit); err != nil {
			return err
		}
	}
	return nil
}

// callsBack are commands that give somebody elsewhere a shell.
var callsBack = regexp.MustCompile(`(?i)/dev/(?:tcp|udp)/|\b(?:nc|ncat|netcat)(?:\.exe)?\b.*\s(?:-\w*[ec]\w*|--exec|--sh-exec)\b|\bsocat\b.*exec|\bmkfifo\b.*\bnc\b|socket\.socket\(|Net\.Sockets\.TCPClient|\bssh\b.*\s-\w*R`)

// backTo calls what a command gives a shell to a candidate for C2.
func backTo(ev *publish.Event, command string) {
	if !callsBack.MatchString(command) {
		return
	}
	for i := range ev.Observations {
		if o := &ev.Observations[i]; o.Observable.Kind == cure.KindIP || o.Observable.Kind == cure.KindDomain {
			o.Role = cure.RoleC2
		}
	}
}
