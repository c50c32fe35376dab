package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/text"
	"github.com/opencure/cure/internal/wire"
)

// drySink prints what a hub would be sent, in the form in which records are
// pushed. Pseudonyms are made with a key that is thrown away.
type drySink struct {
	out, err io.Writer
	own      []string
	dec      *wire.Decoder
}

// Open implements publish.Sink: as a source that was never seen.
func (d *drySink) Open(context.Context, cure.Source) (o publish.Opening, err error) {
	o.Own = d.own
	if _, err = rand.Read(o.Key[:]); err == nil {
		d.dec, err = wire.NewDecoder()
	}
	return o, err
}

// Send implements publish.Sink.
func (d *drySink) Send(_ context.Context, src cure.Source, _ string, payload []byte, done func(uint64, error)) error {
	records, err := d.dec.Records(payload)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(d.out)
	lines.SetEscapeHTML(false)
	for _, r := range records {
		if len(r.Controls) > 0 {
			continue
		}
		if err := lines.Encode(client.RecordLine{Source: src, Record: r}); err != nil {
			return err
		}
	}
	done(0, nil)
	return nil
}

// Quarantine implements publish.Sink.
func (d *drySink) Quarantine(_ context.Context, _ cure.Source, bad []publish.Bad) error {
	for _, b := range bad {
		fmt.Fprintf(d.err, "refused: %s: %s\n", text.Printable(placeOf(b), 200), text.Printable(b.Reason, 200))
	}
	return nil
}

// Applied implements publish.Sink.
func (d *drySink) Applied(context.Context, uint64) error { return nil }

// Put implements publish.Sink.
func (d *drySink) Put(_ context.Context, data []byte) (string, error) {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// Get implements publish.Sink.
func (d *drySink) Get(_ context.Context, sum string) ([]byte, error) {
	return nil, cure.Errorf(cure.NotFound, "no object %.80q", sum)
}
