package similar

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/gaissmai/bart"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/table"
	"github.com/opencure/cure/internal/wire"
)

// Groups are the published networks of scanners, by operator.
type Groups struct{ nets bart.Table[string] }

// ReadGroups reads a list of them: a CSV of source, group and network, with a
// heading. Entries without a name, and what is no network, are left out.
func ReadGroups(r io.Reader) (*Groups, error) {
	rows := csv.NewReader(r)
	rows.FieldsPerRecord = 3
	g := &Groups{}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return g, nil
		}
		if err != nil {
			return nil, cure.Errorf(cure.Invalid, "read list of scanners: %w", err)
		}
		net, err := netip.ParsePrefix(row[2])
		if a, e := netip.ParseAddr(row[2]); e == nil {
			net, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if name := operator(row[1]); err == nil && name != "" {
			g.nets.Insert(net.Masked(), name)
		}
	}
}

// operator is the name of a group without its top-level domain: lists write
// one operator with and without.
func operator(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	if strings.Trim(name, "0123456789") == "" || name == "maltrail" || name == "research-scanner" {
		return ""
	}
	return name
}

// Of returns whose an address is, "" for nobody's.
func (g *Groups) Of(a netip.Addr) string {
	name, _ := g.nets.Lookup(a)
	return name
}

// ReadTrace reads logs of a darknet as its publisher does and yields their
// records, each with the group of its source.
func ReadTrace(ctx context.Context, paths []string, g *Groups, yield func(Sample)) error {
	p, err := table.Lookup("darknet")
	if err != nil {
		return err
	}
	dec, err := wire.NewDecoder()
	if err != nil {
		return err
	}
	sink := &traceSink{dec: dec, yield: func(rec *cure.Record) {
		for i := range rec.Observations {
			o := &rec.Observations[i]
			if a, err := netip.ParseAddr(o.Observable.Value); o.Observable.Kind == cure.KindIP && err == nil && acts(o.Role) {
				yield(Sample{"darknet/trace", g.Of(a), a, *rec})
			}
		}
	}}
	_, err = publish.Run(ctx, publish.Config{Source: "darknet/trace", Publisher: p, Sink: sink, Now: time.Now}, paths...)
	if err != nil {
		return fmt.Errorf("read trace: %w", err)
	}
	return nil
}

// traceSink hands out the records it is sent.
type traceSink struct {
	dec   *wire.Decoder
	yield func(*cure.Record)
}

// Open implements publish.Sink.
func (s *traceSink) Open(context.Context, cure.Source) (publish.Opening, error) {
	return publish.Opening{}, nil
}

// Send implements publish.Sink.
func (s *traceSink) Send(_ context.Context, _ cure.Source, _ string, payload []byte, done func(uint64, error)) error {
	records, err := s.dec.Records(payload)
	if err != nil {
		return err
	}
	for i := range records {
		s.yield(&records[i])
	}
	done(0, nil)
	return nil
}

// Quarantine implements publish.Sink.
func (s *traceSink) Quarantine(context.Context, cure.Source, []publish.Bad) error { return nil }

// Applied implements publish.Sink.
func (s *traceSink) Applied(context.Context, uint64) error { return nil }

// Put implements publish.Sink.
func (s *traceSink) Put(context.Context, []byte) (string, error) { return "", nil }

// Get implements publish.Sink.
func (s *traceSink) Get(_ context.Context, sum string) ([]byte, error) {
	return nil, cure.Errorf(cure.NotFound, "no object %.80q", sum)
}
