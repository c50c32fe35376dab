package client

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/opencure/cure"
)

// The media types and limits of the binary look-up; docs/formats/lookup.md
// describes the bytes.
const (
	MediaKeys = "application/vnd.cure.keys"
	MediaHits = "application/vnd.cure.hits"

	MaxLookup       = 10_000   // values of one look-up
	MaxLookupAnswer = 64 << 20 // bytes of one answer the client reads

	KeysMagic = "CKQ1"
	HitsMagic = "CKA1" // first bytes of an answer
)

// Hit is what one source knows of one looked-up value. Times are Unix seconds
// of the event.
type Hit struct {
	Source      uint16 // index into Lookup.Sources
	Roles       uint16 // bit mask over cure.Role
	First, Last uint32
	Count       uint32
}

// Lookup is the answer to many exact values at once.
type Lookup struct {
	Sources []cure.Source
	Hits    [][]Hit // one element a value, in the order asked; nil: not known
}

// LookupAnswer is the answer to a look-up in JSON.
type LookupAnswer struct {
	Values []LookupValue `json:"values" doc:"In the order asked."`
}

// LookupValue is what is known of one value of a look-up in JSON.
type LookupValue struct {
	Kind  cure.Kind   `json:"kind,omitempty"`
	Value string      `json:"value,omitempty"`
	Error string      `json:"error,omitempty" doc:"Why this is no value."`
	Hits  []LookupHit `json:"hits,omitempty" doc:"One entry a source that knows it; none: not known."`
}

// LookupHit is what one source knows of one value.
type LookupHit struct {
	Source cure.Source `json:"source"`
	Roles  []cure.Role `json:"roles"`
	First  time.Time   `json:"first"`
	Last   time.Time   `json:"last"`
	Count  uint32      `json:"count"`
}

// Lookup asks for many exact values at once, in canonical form, at most
// [MaxLookup]. It is the fast way: about a microsecond a value. A value that
// is not known, or not to this key, has no hits.
func (c *Client) Lookup(ctx context.Context, values []cure.Observable) (*Lookup, error) {
	body, err := AppendKeys(nil, values)
	if err != nil {
		return nil, err
	}
	var l *Lookup
	r := request{
		method: http.MethodPost, path: "/api/v1/lookup", media: MediaKeys, body: body, again: true,
		header: http.Header{"Accept": {MediaHits}},
	}
	err = c.do(ctx, r, func(resp *http.Response) error {
		b, err := io.ReadAll(io.LimitReader(resp.Body, MaxLookupAnswer))
		if err != nil {
			return cure.Errorf(cure.Unavailable, "read look-up: %w", err)
		}
		l, err = ParseHits(b)
		if err == nil && len(l.Hits) != len(values) {
			err = cure.Errorf(cure.Internal, "look-up of %d values answered %d", len(values), len(l.Hits))
		}
		return err
	})
	return l, err
}

// LookupText asks for many values in any spelling, by JSON. A word that is no
// value has its reason in the answer.
func (c *Client) LookupText(ctx context.Context, values []string) (*LookupAnswer, error) {
	body, err := json.Marshal(map[string][]string{"values": values})
	if err != nil {
		return nil, cure.Errorf(cure.Invalid, "encode look-up: %w", err)
	}
	var a LookupAnswer
	r := request{method: http.MethodPost, path: "/api/v1/lookup", media: "application/json", body: body, again: true}
	if err := c.call(ctx, r, &a); err != nil {
		return nil, err
	}
	return &a, nil
}

// AppendKeys appends the body of a look-up to dst. It refuses values that are
// not canonical.
func AppendKeys(dst []byte, values []cure.Observable) ([]byte, error) {
	if len(values) > MaxLookup {
		return dst, cure.Errorf(cure.Invalid, "look up %d values, want at most %d", len(values), MaxLookup)
	}
	dst = append(dst, KeysMagic...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(values)))
	var keys []byte
	for _, v := range values {
		dst = append(dst, byte(v.Kind))
	}
	for _, v := range values {
		if err := v.Check(); err != nil {
			return dst, err
		}
		before := len(keys)
		keys = v.AppendKey(keys)
		dst = binary.LittleEndian.AppendUint16(dst, uint16(len(keys)-before))
	}
	return append(dst, keys...), nil
}

// ParseHits reads the body of an answer. Cost: two allocations and one a
// source, however many values.
func ParseHits(b []byte) (*Lookup, error) {
	const head = 4 + 4 + 4 + 4
	if len(b) < head || string(b[:4]) != HitsMagic {
		return nil, cure.Errorf(cure.Invalid, "look-up answer does not begin with %s", HitsMagic)
	}
	le := binary.LittleEndian
	n, rows, sources := int(le.Uint32(b[4:])), int(le.Uint32(b[8:])), int(le.Uint32(b[12:]))
	b = b[head:]
	if n > MaxLookup || rows > len(b) || sources > 1<<16 || len(b) < n*2+rows*hitSize {
		return nil, cure.Errorf(cure.Invalid, "look-up answer of %d values and %d rows is cut off", n, rows)
	}
	counts, cols := b[:n*2], b[n*2:]
	hits := make([]Hit, rows)
	for i := range hits {
		h := &hits[i]
		h.First = le.Uint32(cols[4*i:])
		h.Last = le.Uint32(cols[4*(rows+i):])
		h.Count = le.Uint32(cols[4*(2*rows+i):])
		h.Source = le.Uint16(cols[12*rows+2*i:])
		h.Roles = le.Uint16(cols[14*rows+2*i:])
		if int(h.Source) >= sources {
			return nil, cure.Errorf(cure.Invalid, "look-up answer names source %d of %d", h.Source, sources)
		}
	}
	l := &Lookup{Hits: make([][]Hit, n)}
	at := 0
	for i := range l.Hits {
		k := int(le.Uint16(counts[2*i:]))
		if k > rows-at {
			return nil, cure.Errorf(cure.Invalid, "look-up answer has fewer rows than its values say")
		}
		if k > 0 {
			l.Hits[i] = hits[at : at+k : at+k]
		}
		at += k
	}
	var err error
	l.Sources, err = parseSources(cols[rows*hitSize:], sources)
	return l, err
}

// hitSize is the bytes of one row over all columns.
const hitSize = 4 + 4 + 4 + 2 + 2

// parseSources reads the table: each name behind its length.
func parseSources(b []byte, n int) ([]cure.Source, error) {
	sources := make([]cure.Source, 0, min(n, len(b)))
	for range n {
		if len(b) < 1 || len(b)-1 < int(b[0]) {
			return nil, cure.Errorf(cure.Invalid, "look-up answer is cut off in its table of sources")
		}
		k := 1 + int(b[0])
		sources = append(sources, cure.Source(b[1:k]))
		b = b[k:]
	}
	return sources, nil
}
