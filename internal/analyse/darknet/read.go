package darknet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/gaissmai/bart"

	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish/observe"
)

// Reader reads captures, logs and lists of scanners as the darknet publisher
// does ([observe.Darknet]), and hands out sights. For one goroutine.
type Reader struct {
	sights   *observe.Sights
	scanners bart.Table[string]
	listed   int
	// Refused counts frames that could not be read, First is the first reason.
	Refused int
	First   error
}

// maxListed bounds the list of scanners.
const maxListed = 1 << 17

// NewReader makes a reader; zone is that of times without one.
func NewReader(zone *time.Location) *Reader {
	r := &Reader{sights: observe.NewSights(zone)}
	r.sights.Listed = func(p netip.Prefix, name string) {
		if r.listed < maxListed {
			r.listed++
			r.scanners.Insert(p.Masked(), name)
		}
	}
	return r
}

// Read reads one file; "-" is the standard input. A frame that cannot be read
// is counted; a file that is cut short gives what is before the cut and no
// error but a count.
func (r *Reader) Read(ctx context.Context, path string, add func(*Sight)) error {
	f, err := feed.Open(path, feed.Packets, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		frame, err := f.Next(ctx, feed.Forever)
		var cut *feed.ErrCut
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &cut):
			r.refuse(err)
			return nil
		case err != nil:
			return fmt.Errorf("read %s: %w", path, err)
		case frame.Long:
			r.refuse(errors.New("frame is too long"))
			continue
		}
		r.Frame(frame.Data, add)
	}
}

func (r *Reader) refuse(err error) {
	if r.Refused++; r.First == nil {
		r.First = err
	}
}

// Frame reads one frame.
func (r *Reader) Frame(data []byte, add func(*Sight)) {
	s, ok, err := r.sights.Read(data)
	if err != nil {
		r.refuse(err)
		return
	}
	if !ok || s.Other {
		return
	}
	out := Sight{
		Time: s.Time, Host: Host{Addr: s.Source, Hashed: s.Hashed}, Port: Port{Proto: s.Proto, Number: s.Port},
		Answer: s.Answer, Dest: s.Dest, Count: s.Count,
	}
	switch {
	case s.Mirai:
		out.Tool = Mirai
	case s.ZMap:
		out.Tool = ZMap
	case s.Masscan:
		out.Tool = Masscan
	}
	if r.listed > 0 && !s.Hashed {
		if name, ok := r.scanners.Lookup(s.Source.Netip()); ok {
			if out.Scanner = name; name == "" {
				out.Scanner = unnamed
			}
		}
	}
	add(&out)
}

// unnamed stands for a listed scanner whose list names no operator.
const unnamed = "a listed scanner"
