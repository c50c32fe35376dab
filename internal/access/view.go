package access

import (
	"context"
	"net/netip"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/hub"
)

// View is the hub as one principal sees it. Make one with
// [Registry.View] for each request: it keeps the rights of that moment.
type View struct {
	hub   *hub.Hub
	reg   *Registry
	who   Principal
	org   Org // of the principal, at that moment
	scope cure.Scope
}

// View binds the hub to what the principal may see.
func (r *Registry) View(h *hub.Hub, p Principal, purpose string) View {
	r.mu.RLock()
	org := r.orgs[p.Org]
	r.mu.RUnlock()
	return View{hub: h, reg: r, who: p, org: org, scope: r.Scope(p, purpose)}
}

// Own reports whether the principal is of the hub's own organisation.
func (v View) Own() bool { return v.org.Own }

// Principal returns who looks.
func (v View) Principal() Principal { return v.who }

// Organisation returns the name of the organisation that runs the hub.
func (v View) Organisation() string {
	v.reg.mu.RLock()
	defer v.reg.mu.RUnlock()
	if o, ok := v.reg.orgs[v.reg.own]; ok && o.Name != "" {
		return o.Name
	}
	return v.reg.own
}

// Applied waits until the batch of that stream sequence is applied
// (after=<sequence> of a query). It is for those who write or belong to the
// own organisation; for anybody else it returns at once: the sequence counts
// what others see.
func (v View) Applied(ctx context.Context, seq uint64) error {
	if !v.org.Own && !writes(&v.who) {
		return nil
	}
	return v.hub.Applied(ctx, seq)
}

// Ready reports whether the hub has caught up with the log of its start.
func (v View) Ready() bool { return v.hub.Ready() }

// Lookup answers a batch of keys, a row a source. It reuses dst.
func (v View) Lookup(q *Keys, dst *Hits) error { return v.hub.Lookup(v.scope, q, dst) }

// Summaries returns one line a value, in the order asked.
func (v View) Summaries(ctx context.Context, values []cure.Observable) ([]Summary, error) {
	all, err := v.hub.Summaries(ctx, v.scope, values)
	heedAll(v, all, self)
	return all, err
}

// Answer returns all that is known about one value.
func (v View) Answer(ctx context.Context, o cure.Observable) (Answer, error) {
	a, err := v.hub.Answer(ctx, v.scope, o)
	v.heedAnswer(&a)
	return a, err
}

// Search runs a query of the search language.
func (v View) Search(ctx context.Context, query string, c Cursor) (Results, error) {
	res, err := v.hub.Search(ctx, v.scope, query, c)
	v.heedResults(&res)
	return res, err
}

// Timeline returns when a value was observed.
func (v View) Timeline(ctx context.Context, o cure.Observable, from, to time.Time, c Cursor) (Timeline, error) {
	return v.hub.Timeline(ctx, v.scope, o, from, to, c)
}

// Neighbours returns the values that stand in one record with o.
func (v View) Neighbours(ctx context.Context, o cure.Observable, c Cursor) (Neighbours, error) {
	n, err := v.hub.Neighbours(ctx, v.scope, o, c)
	heedAll(v, n.Values, func(r *Related) *Summary { return &r.Summary })
	return n, err
}

// Covering returns the CIDR observables that contain the address.
func (v View) Covering(ctx context.Context, a netip.Addr) ([]Summary, error) {
	all, err := v.hub.Covering(ctx, v.scope, a)
	heedAll(v, all, self)
	return all, err
}

// Tagged returns the values tied to a tag.
func (v View) Tagged(ctx context.Context, tag string, c Cursor) (Results, error) {
	res, err := v.hub.Tagged(ctx, v.scope, tag, c)
	v.heedResults(&res)
	return res, err
}

// Names returns the names of the thing that a tag names, and who says so.
func (v View) Names(ctx context.Context, tag string) (Names, error) {
	return v.hub.Names(ctx, v.scope, tag)
}

// TagRecords returns the records that a tag reaches over the files tied to it.
func (v View) TagRecords(ctx context.Context, tag string, c Cursor) (TagRecords, error) {
	return v.hub.TagRecords(ctx, v.scope, tag, c)
}

// Documents finds the documents that hold all terms of a query.
func (v View) Documents(ctx context.Context, query string, c Cursor) (Documents, error) {
	return v.hub.Documents(ctx, v.scope, query, c)
}

// Document returns one document with its text.
func (v View) Document(ctx context.Context, id cure.ID) (DocumentFile, error) {
	return v.hub.Document(ctx, v.scope, id)
}

// Seen returns the values that at least k sources observed in [from, to].
func (v View) Seen(ctx context.Context, k int, from, to time.Time, c Cursor) (Results, error) {
	res, err := v.hub.Seen(ctx, v.scope, k, from, to, c)
	v.heedResults(&res)
	return res, err
}

// PortTime returns the records with a port in [from, to].
func (v View) PortTime(ctx context.Context, port cure.Observable, from, to time.Time, c Cursor) ([]RecordRef, error) {
	return v.hub.PortTime(ctx, v.scope, port, from, to, c)
}

// Pivot goes from the seeds over shared records.
func (v View) Pivot(ctx context.Context, seeds []cure.Observable, o PivotOptions) (Pivot, error) {
	p, err := v.hub.Pivot(ctx, v.scope, seeds, o)
	heedAll(v, p.Values, func(r *Reached) *Summary { return &r.Summary })
	return p, err
}

// Record opens a record by its ID or by the reference a sighting carries.
func (v View) Record(ctx context.Context, ref string) (Opened, error) {
	o, err := v.hub.Record(ctx, v.scope, ref)
	heedAll(v, o.Others, func(x *SharedValue) *Summary { return &x.Summary })
	return o, err
}

// Matrix counts shared values, by publisher or by source.
func (v View) Matrix(ctx context.Context, bySource bool) (Matrix, error) {
	return v.hub.Matrix(ctx, v.scope, bySource)
}

// Shared returns what a and b both hold; each is a publisher or a source.
func (v View) Shared(ctx context.Context, a, b string, c Cursor) (Shared, error) {
	s, err := v.hub.Shared(ctx, v.scope, a, b, c)
	heedAll(v, s.Values, func(x *SharedValue) *Summary { return &x.Summary })
	return s, err
}

// Top returns the values of a kind (KindNone: all) that most sources hold.
func (v View) Top(ctx context.Context, kind cure.Kind, n int) ([]Summary, error) {
	all, err := v.hub.Top(ctx, v.scope, kind, n)
	heedAll(v, all, self)
	return all, err
}

// Rare returns values that exactly two publishers share, newest first.
func (v View) Rare(ctx context.Context, kind cure.Kind, n int) ([]Summary, error) {
	all, err := v.hub.Rare(ctx, v.scope, kind, n)
	heedAll(v, all, self)
	return all, err
}

// Stats counts what the principal may see.
func (v View) Stats() Stats { return v.hub.Stats(v.scope) }

// Sources returns the state of each visible source.
func (v View) Sources() []SourceStatus { return v.hub.Sources(v.scope) }

// Quarantined returns the newest bad records the principal may see.
func (v View) Quarantined(ctx context.Context, src cure.Source, c Cursor) ([]BadRecord, error) {
	return v.hub.Quarantined(ctx, v.scope, src, c)
}

// Digest is a hash over everything the principal sees, whatever the order it
// came in: two hubs that hold the same have the same. Admins only: it reads
// the whole store.
func (v View) Digest() (string, error) {
	if err := v.reg.admin(v.who); err != nil {
		return "", err
	}
	return v.hub.Digest(v.scope), nil
}
