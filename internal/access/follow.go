package access

import (
	"context"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/hub"
)

// rightsKey names what principals of equal rights have in common.
type rightsKey struct {
	org string
	max cure.TLP
}

// shared is the scope of all principals with some rights.
type shared struct {
	org   Org
	scope cure.Scope
}

// rights returns a scope that sees what the view's sees and is the same for
// all who see the same, so that what is made for one serves all of them. It
// names nobody: looks are audited by the view's own scope.
func (v View) rights() cure.Scope {
	r, id := v.reg, rightsKey{v.who.Org, v.who.MaxTLP}
	r.mu.Lock()
	defer r.mu.Unlock()
	if v.who.Role == RolePublisher {
		return cure.Scope{}
	}
	if s, ok := r.shared[id]; ok && reflect.DeepEqual(s.org, v.org) {
		return s.scope
	}
	org := v.org
	scope := cure.NewScope(cure.ScopeSpec{Org: org.ID, Purpose: "stream", Policy: r.seq, Sees: func(src cure.Source, m cure.Marking) bool {
		return sees(&org, id.max, src, m)
	}})
	r.shared[id] = shared{org, scope}
	return scope
}

// Following says which records somebody wants to follow, and from where.
type Following struct {
	After  string    // a cursor that a stream has given, or a stream sequence for the own organisation; "": now
	From   time.Time // or with the first that arrived at or after this moment
	To     time.Time // up to what arrived before this moment; zero: for ever
	Source string    // of this publisher or source
	Kind   cure.Kind // with a value of this kind
	Query  string    // with a value that fulfils this query
	Raw    bool      // with raw texts
}

// Slice is one batch of a stream, or a gap in it.
type Slice struct {
	Cursor string   // where to go on behind it
	Parts  [][]byte // JSON arrays of records, shared: not to be changed
	Gap    *client.Gap
}

// Stream follows records as one principal may see them. For one goroutine;
// Close it when done.
//
// Its cursor is the stream sequence for the own organisation. For others,
// whom that would tell how much they do not see, it is the moment of what they
// saw last.
type Stream struct {
	view View
	f    *hub.Follower
}

// Follow begins a stream. Invalid: the query or the cursor cannot be read.
func (v View) Follow(ctx context.Context, o Following) (*Stream, error) {
	to := hub.Following{
		Rights: v.rights(), From: o.From, To: o.To, Source: o.Source, Kind: o.Kind, Query: o.Query, Raw: o.Raw,
		Live: o.After == "" && o.From.IsZero(),
	}
	if o.After != "" {
		var err error
		if to.After, to.Behind, err = parseCursor(o.After); err != nil {
			return nil, err
		}
		if to.After > 0 && !v.org.Own {
			return nil, errCursor(o.After)
		}
		to.From = time.Time{}
	}
	f, err := v.hub.Follow(ctx, v.scope, to)
	if err != nil {
		return nil, err
	}
	return &Stream{v, f}, nil
}

// Close ends the stream.
func (s *Stream) Close() { s.f.Close() }

// Waiting reports whether Next has something to read already.
func (s *Stream) Waiting() bool { return s.f.Waiting() }

// Check returns Denied when the rights of the principal have changed since the
// stream began: authenticate and follow again.
func (s *Stream) Check() error { return s.view.Check() }

// Check returns Denied when the rights of the principal are no longer those of
// the view.
func (v View) Check() error {
	if !v.fresh() {
		return cure.Errorf(cure.Denied, "rights have changed; connect again")
	}
	return nil
}

// Next waits for the next batch with something for the principal, or a gap.
// Denied: as Check. io.EOF: To is reached.
func (s *Stream) Next(ctx context.Context) (Slice, error) {
	c, err := s.f.Next(ctx)
	if err != nil {
		return Slice{}, err
	}
	if err := s.Check(); err != nil {
		return Slice{}, err
	}
	out := Slice{Cursor: s.Cursor()}
	switch {
	case c.Gap == nil:
		out.Parts = c.Parts()
	case s.view.org.Own:
		out.Gap = &client.Gap{From: c.Gap.From, To: c.Gap.To, Until: c.Gap.Until, Why: c.Gap.Why}
	default:
		out.Gap = &client.Gap{Why: c.Gap.Why}
	}
	return out, nil
}

// At returns the sequence up to which everything was read; for the own
// organisation, 0 for others.
func (s *Stream) At() uint64 {
	if !s.view.org.Own {
		return 0
	}
	return s.f.Position()
}

// Cursor returns where another stream goes on behind what this one has read.
func (s *Stream) Cursor() string {
	if s.view.org.Own {
		return strconv.FormatUint(s.f.Position(), 10)
	}
	m := s.f.Seen()
	return "t" + strconv.FormatInt(m.At.UnixNano(), 10) + "." + strconv.Itoa(m.N)
}

// parseCursor reads what Cursor wrote.
func parseCursor(text string) (seq uint64, m hub.Moment, err error) {
	rest, ok := strings.CutPrefix(text, "t")
	if !ok {
		if seq, err = strconv.ParseUint(text, 10, 48); err != nil {
			return 0, m, errCursor(text)
		}
		return seq, m, nil
	}
	at, n, _ := strings.Cut(rest, ".")
	nanos, err := strconv.ParseInt(at, 10, 64)
	k, kerr := strconv.ParseUint(n, 10, 31)
	if err != nil || kerr != nil || nanos <= 0 {
		return 0, m, errCursor(text)
	}
	return 0, hub.Moment{At: time.Unix(0, nanos).UTC(), N: int(k)}, nil
}

func errCursor(text string) error {
	return cure.Errorf(cure.Invalid, "follow records after %.40q: want the id of an event of the stream", text)
}

// Heart follows what happens as one principal may see it, for pictures. For
// one goroutine; Close it when done.
type Heart struct {
	view View
	h    *hub.Heart
}

// Listen begins to follow what happens.
func (v View) Listen() *Heart { return &Heart{v, v.hub.Listen(v.rights())} }

// Close ends it.
func (t *Heart) Close() { t.h.Close() }

// Check returns Denied when the rights of the principal have changed.
func (t *Heart) Check() error { return t.view.Check() }

// Next waits until something happened and returns all of it since the last
// time. Denied: as Check.
func (t *Heart) Next(ctx context.Context) (client.Pulse, error) {
	p, err := t.h.Next(ctx)
	if err != nil {
		return p, err
	}
	if !t.view.org.Own {
		p.Seq = 0
	}
	return p, t.Check()
}
