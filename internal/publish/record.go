package publish

import (
	"bytes"
	"errors"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish/looks"
	"github.com/opencure/cure/internal/wire"
)

// record publishes one raw record.
func (r *runner) record(fr feed.Frame) {
	r.frame = fr
	r.result.Records++
	if r.out.begun.IsZero() {
		r.out.begun = r.cfg.Now()
	}
	var err error
	switch {
	case fr.None != nil:
		err = fr.None
		r.problem(cure.Errorf(cure.Invalid, "line %d, byte %d: %w", fr.Line, fr.Offset, fr.None))
	case fr.Long:
		err = errLong
	default:
		err = r.dec.Decode(fr.Data, r.taken)
	}
	if fr.Offset == 0 && !feed.IsPacket(fr.Data) {
		if r.begins = ""; err != nil {
			r.begins = looks.Begins(r.cfg.Publisher.Shapes, fr.Data)
		}
	}
	if err != nil {
		r.refuse(err)
	}
	if err == nil || !fr.Last { // what the end of the file cut off may still be written
		if !r.cfg.Publisher.Copies {
			r.out.cp.advance(r.id, fr.Next)
		}
	}
	r.out.step()
	if r.result.Records&0x3ff == 0 {
		r.progress(false)
	}
}

var errLong = errors.New("record is too long")

// event takes one event of the decoder.
func (r *runner) event(ev *Event) {
	if r.cfg.Publisher.Copies { // a list has no sensor side, and its entries no time
		if ev.Refused != "" {
			r.refusePart(ev.Raw, errors.New(ev.Refused))
		}
		ev.Attrs = cutAttrs(ev.Attrs)
		if ev.Document != nil && ev.Body != "" && r.out.err == nil {
			ev.Document.Body, r.out.err = r.cfg.Sink.Put(r.out.ctx, []byte(ev.Body))
		}
		r.out.fold.Add(ev, r.emit)
		return
	}
	r.mask.Learn(ev.Own)
	if err := checkTime(ev.Time, r.out.cp.at.Add(24*time.Hour)); err != nil {
		r.refuse(err)
		return
	}
	if ev.Time.Location() == assumed {
		ev.Time = ev.Time.UTC()
		r.result.Assumed++
	}
	if ev.Unknown {
		count(&r.result.Unknown, ev.Kind)
	}
	for i, n := 0, len(ev.Observations); i < n; i++ {
		if o := ev.Observations[i]; o.Observable.Kind == cure.KindURL {
			for _, c := range ioc.Companions(o.Observable) {
				ev.Observations = append(ev.Observations, cure.Observation{Observable: c, Role: o.Role, State: o.State, First: o.First})
			}
		}
	}
	ev.Attrs = cutAttrs(ev.Attrs)
	for i := range ev.Annotations {
		ev.Annotations[i].Sentence = cutText(ev.Annotations[i].Sentence, 1<<10)
	}
	r.mask.Mask(ev)
	r.out.fold.Add(ev, r.emit)
}

// maxExamples bounds the bad lines of one copy of a list that are kept: the
// same ones come again with the next copy.
const maxExamples = 1000

// refuse puts the raw record into the quarantine.
func (r *runner) refuse(err error) { r.refusePart(r.frame.Data, err) }

// refusePart puts a part of the raw record into the quarantine.
func (r *runner) refusePart(part []byte, err error) {
	if r.examples++; r.cfg.Publisher.Copies && r.examples > maxExamples {
		r.out.refused(reason(err))
		return
	}
	if !feed.IsPacket(part) && r.frame.None == nil {
		err = looks.Misfit(r.cfg.Publisher.Name, r.cfg.Publisher.Shapes, part, r.begins, err)
	}
	raw := part[:min(len(part), MaxBad)]
	if feed.IsPacket(raw) { // it names the own side in binary, which no mask finds
		raw = nil
	}
	for _, word := range r.cfg.Publisher.Secret {
		if i := bytes.Index(raw, []byte(word)); i >= 0 {
			raw = raw[:i]
		}
	}
	r.out.quarantine(Bad{
		Reason: reason(err), Input: r.out.cp.name, Line: r.frame.Line, Offset: r.frame.Offset,
		Time: r.cfg.Now().UTC(), Raw: raw,
	})
}

// maxAttrs bounds the attributes of one event in bytes. The raw text has them
// all.
const maxAttrs = 32 << 10

func cutAttrs(attrs []cure.Attr) []cure.Attr {
	n := 0
	for i := range attrs {
		attrs[i].Value = cutText(attrs[i].Value, wire.MaxAttrValue)
		if n += len(attrs[i].Name) + len(attrs[i].Value) + 32; n > maxAttrs {
			return append(attrs[:i], cure.Attr{Name: "cut", Value: "more attributes in the raw text"})
		}
	}
	return attrs
}

// cutText cuts a text at the limit, between runes.
func cutText(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xc0 == 0x80 {
		most--
	}
	return s[:most]
}
