package api

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

// Limits of a push.
const (
	maxLine     = 1 << 20 // bytes of one line
	maxLines    = 1 << 17 // more than the shortest records that fit a body
	maxRefusals = 1000    // refused lines that are named
	maxRefused  = 4 << 10 // bytes of a refused line that the quarantine keeps
	maxSources  = 64      // sources of one push
)

// push registers the sending of records as lines of JSON.
func (s *Server) push() {
	s.raw(route{
		id: "pushRecords", method: http.MethodPost, path: "/records", tag: "publish", roles: publishers,
		summary: "Send records as lines of JSON",
		text: "One record a line, with its source. A line that cannot be read is refused by its number, with the reason, and goes to the " +
			"quarantine; the others are taken. With the same Idempotency-Key, or without one the same body, a push counts once however often it is sent.",
	}, func(op *huma.Operation) {
		op.Parameters = []*huma.Param{headerParam(client.HeaderIdempotency, "Names this push, at most 255 characters; none: its body names it.")}
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			client.MediaLines: {Schema: s.huma.OpenAPI().Components.Schemas.Schema(recordLineType, true, "RecordLine")},
		}}
		op.Responses["200"] = jsonResponse(s.huma, client.Pushed{})
	}, s.pushRecords)
}

// bundle is the records of one source in a push.
type bundle struct {
	records []cure.Record
	bad     []access.BadRecord
}

// batch is a push taken apart.
type batch struct {
	order   []cure.Source
	bundles map[cure.Source]*bundle
	answer  client.Pushed
}

func (s *Server) pushRecords(w http.ResponseWriter, r *http.Request, v access.View) error {
	id := r.Header.Get(client.HeaderIdempotency)
	if len(id) > 255 {
		return cure.Errorf(cure.Invalid, "%s of %d characters, want at most 255", client.HeaderIdempotency, len(id))
	}
	sum := sha256.New()
	p, err := readLines(io.TeeReader(r.Body, sum))
	if err != nil {
		return err
	}
	if id == "" {
		id = "body:" + hex.EncodeToString(sum.Sum(nil))
	}
	// Names of pushes are the key holder's own: another's cannot collide.
	id = v.Principal().Key + ":" + id
	if err := s.deliver(r.Context(), v, id, p); err != nil {
		return err
	}
	return writeJSON(w, p.answer)
}

// deliver sends each source's records. What a source may not write or does
// not take is refused by source; an error that may pass makes the whole push
// fail, to be sent again under the same name.
func (s *Server) deliver(ctx context.Context, v access.View, id string, p *batch) error {
	for _, src := range p.order {
		b := p.bundles[src]
		if len(b.records) > 0 {
			seq, err := v.Push(ctx, src, id, b.records)
			switch k := cure.KindOf(err); {
			case err == nil:
				p.answer.Accepted += len(b.records)
				p.answer.Sequence = max(p.answer.Sequence, seq)
			case k == cure.Invalid || k == cure.Denied || k == cure.NotFound:
				p.answer.RefusedTotal += len(b.records)
				p.answer.Refused = append(p.answer.Refused, client.Refusal{Source: src, Reason: err.Error()})
				continue
			default:
				return err
			}
		}
		if len(b.bad) > 0 {
			// The sender is told of each line anyway: a source it may not
			// write, or a full quarantine, must not fail what was taken.
			if err := v.Quarantine(ctx, src, b.bad); err != nil && cure.KindOf(err) == cure.Internal {
				return err
			}
		}
	}
	return nil
}

// readLines takes a push apart. The error is about the body as a whole; what
// is wrong with a line is in the answer.
func readLines(r io.Reader) (*batch, error) {
	p := &batch{bundles: map[cure.Source]*bundle{}, answer: client.Pushed{Refused: []client.Refusal{}}}
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 64<<10), maxLine)
	line := 0
	for in.Scan() {
		if line++; line > maxLines {
			return nil, cure.Errorf(cure.Invalid, "more than %d lines in one push", maxLines)
		}
		if len(bytes.TrimSpace(in.Bytes())) == 0 {
			continue
		}
		if err := p.add(line, in.Bytes()); err != nil {
			return nil, err
		}
	}
	if errors.Is(in.Err(), bufio.ErrTooLong) {
		return nil, cure.Errorf(cure.Invalid, "line %d is longer than %d bytes", line+1, maxLine)
	}
	if in.Err() != nil {
		return nil, cure.Errorf(cure.Invalid, "read line %d: %w", line+1, in.Err())
	}
	if len(p.order) == 0 && p.answer.RefusedTotal == 0 {
		return nil, cure.Errorf(cure.Invalid, "no record in the body")
	}
	return p, nil
}

// add reads one line into the bundle of its source.
func (p *batch) add(line int, raw []byte) error {
	var l client.RecordLine
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	err := plainly(dec.Decode(&l))
	if err == nil && dec.More() {
		err = errors.New("more than one value on the line")
	}
	srcErr := l.Source.Check()
	if err == nil {
		err = srcErr
	}
	if err == nil {
		err = checkRecord(&l.Record)
	}
	if err != nil {
		p.refuse(client.Refusal{Line: line, Reason: err.Error()})
	}
	if srcErr != nil {
		return nil
	}
	b := p.bundles[l.Source]
	if b == nil {
		if len(p.order) == maxSources {
			return cure.Errorf(cure.Invalid, "line %d: more than %d sources in one push", line, maxSources)
		}
		b = &bundle{}
		p.bundles[l.Source] = b
		p.order = append(p.order, l.Source)
	}
	if err == nil {
		b.records = append(b.records, l.Record)
		return nil
	}
	b.bad = append(b.bad, access.BadRecord{
		Source: l.Source, Place: "push, line " + strconv.Itoa(line), Reason: err.Error(),
		Raw: bytes.Clone(raw[:min(len(raw), maxRefused)]), Marking: marking(&l.Record),
	})
	return nil
}

func (p *batch) refuse(r client.Refusal) {
	p.answer.RefusedTotal++
	if len(p.answer.Refused) < maxRefusals {
		p.answer.Refused = append(p.answer.Refused, r)
	}
}

// marking is that of a record that was refused, as far as it could be read.
func marking(r *cure.Record) cure.Marking {
	if r.Marking.Check() != nil {
		return cure.Marking{}
	}
	return r.Marking
}
