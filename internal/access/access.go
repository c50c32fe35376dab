// Package access decides who may see and do what. A key names a [Principal];
// a principal belongs to an [Org]; [Registry.View] binds the hub to what that
// principal may see, and is all that API, exports and notifications get.
//
// Organisations and keys are events of the stream "meta", replayed at start
// and followed by every hub of a cluster; they stay in the stream with author
// and time. Looks at RED and changes of the data go to the stream "audit".
// What is denied looks like what is not there.
//
// A [Registry] is safe for concurrent use; questions to it never wait for the
// log, changes do.
package access

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/enrich/similar"
	"github.com/opencure/cure/internal/log"
)

// Options configure a registry. Log is required.
type Options struct {
	Log      log.Backend
	Own      Org            // the own organisation until an event changes it; zero: "own"
	AuditAge time.Duration  // how long looks at RED are kept; 0: 400 days
	Similar  *similar.Index // what addresses do; nil: they are not compared
	Logger   *slog.Logger
	Now      func() time.Time
}

// Registry knows organisations, principals and keys.
type Registry struct {
	log   *slog.Logger
	now   func() time.Time
	alike *similar.Index // nil: none
	meta  log.Stream
	audit log.Stream
	boot  log.Keys // first admin key, key of the audit's hashes
	mac   []byte   // hashes queries in the audit

	change sync.Mutex // one change at a time, so that checks hold until it is made
	mu     sync.RWMutex
	seq    uint64 // of the meta stream, applied; also the version of the policy
	own    string
	orgs   map[string]Org
	keys   map[string]*key
	scopes map[scopeKey]cure.Scope
	shared map[rightsKey]shared
	said   decisions
	notes  notes
	shelf  shelf
}

// key is a key with what its text is checked against.
type key struct {
	Key
	sum [32]byte
}

// ended reports whether the time of a key is over: its own, or that within
// which it had to be used.
func (k *key) ended(now time.Time) bool {
	return !k.Expires.IsZero() && !now.Before(k.Expires) || !k.UseBy.IsZero() && k.Used.IsZero() && !now.Before(k.UseBy)
}

const (
	bootBucket = "access"
	bootAdmin  = "first-admin"
	bootMAC    = "audit-key"
)

// Open replays the meta stream.
func Open(ctx context.Context, o Options) (*Registry, error) {
	r := &Registry{
		log: o.Logger, now: o.Now, alike: o.Similar, orgs: map[string]Org{}, keys: map[string]*key{},
		scopes: map[scopeKey]cure.Scope{}, shared: map[rightsKey]shared{}, said: newDecisions(), notes: notes{byID: map[string]int{}},
		shelf: shelf{byID: map[cure.ID]*cure.KeptSearch{}, ofKey: map[string]int{}},
	}
	if r.now == nil {
		r.now = time.Now
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if o.Own.ID == "" {
		o.Own.ID, o.Own.Name = "own", "own organisation"
	}
	if o.AuditAge == 0 {
		o.AuditAge = 400 * 24 * time.Hour
	}
	o.Own.Own = true
	r.own, r.orgs[o.Own.ID] = o.Own.ID, o.Own
	if err := r.connect(ctx, &o); err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	return r, nil
}

func (r *Registry) connect(ctx context.Context, o *Options) (err error) {
	r.meta, err = o.Log.Stream(ctx, log.StreamConfig{Name: "meta", Subjects: []string{"meta.>"}})
	if err != nil {
		return err
	}
	r.audit, err = o.Log.Stream(ctx, log.StreamConfig{Name: "audit", Subjects: []string{"audit.>"}, MaxAge: o.AuditAge})
	if err != nil {
		return err
	}
	if r.boot, err = o.Log.Keys(ctx, bootBucket); err != nil {
		return err
	}
	var fresh [32]byte
	rand.Read(fresh[:])
	if r.mac, err = r.createOrGet(ctx, bootMAC, fresh[:]); err != nil {
		return err
	}
	info, err := r.meta.Info(ctx)
	if err != nil {
		return err
	}
	return r.catchUp(ctx, info.Last)
}

// createOrGet stores a value unless one is there, and returns what is there.
func (r *Registry) createOrGet(ctx context.Context, name string, value []byte) ([]byte, error) {
	_, err := r.boot.Create(ctx, name, value)
	if cure.KindOf(err) == cure.Conflict {
		value, _, err = r.boot.Get(ctx, name)
	}
	return value, err
}

// Run follows the meta stream until ctx ends, for changes made at other hubs.
func (r *Registry) Run(ctx context.Context) error {
	r.mu.RLock()
	from := r.seq + 1
	r.mu.RUnlock()
	err := r.meta.Consume(ctx, from, func(m log.Message) error {
		r.apply(m)
		return nil
	})
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("follow meta stream: %w", err)
}

// catchUp applies what the stream holds up to a sequence.
func (r *Registry) catchUp(ctx context.Context, to uint64) error {
	info, err := r.meta.Info(ctx)
	if err != nil {
		return err
	}
	for {
		r.mu.RLock()
		next := max(r.seq+1, info.First)
		r.mu.RUnlock()
		if next > to {
			return nil
		}
		m, err := r.meta.Read(ctx, next)
		if err != nil {
			return err
		}
		r.apply(m)
	}
}

// event is one change in the meta stream.
type event struct {
	Type string    `json:"type"`
	Time time.Time `json:"time"`
	By   string    `json:"by,omitempty"`     // key
	From string    `json:"by_org,omitempty"` // its organisation
	ID   string    `json:"id,omitempty"`     // of what is removed or revoked
	Org  *Org      `json:"org,omitempty"`
	Key  *Key      `json:"key,omitempty"`
	Sum  []byte    `json:"sum,omitempty"` // SHA-256 of the key's text
	Why  string    `json:"why,omitempty"`

	Override *cure.Override     `json:"override,omitempty"`
	Ticket   *cure.Ticket       `json:"ticket,omitempty"`
	Change   *cure.TicketChange `json:"change,omitempty"`
	Search   *cure.KeptSearch   `json:"search,omitempty"`
}

// The types of event.
const (
	orgSet    = "org.set"
	orgRemove = "org.remove"
	keyCreate = "key.create"
	keyRevoke = "key.revoke"
	keyUse    = "key.use"

	overrideSet    = "override.set"
	overrideRemove = "override.remove"
)

// record appends an event and applies it.
func (r *Registry) record(ctx context.Context, by Principal, e event) error {
	e.Time, e.By, e.From = r.now().UTC(), by.Key, by.Org
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	seq, err := r.meta.Append(ctx, "meta."+e.Type, "", text)
	if err != nil {
		return err
	}
	return r.catchUp(ctx, seq)
}

// apply takes one message of the meta stream; one applied before is passed
// over, one that cannot be read is logged.
func (r *Registry) apply(m log.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m.Seq <= r.seq {
		return
	}
	r.seq = m.Seq
	var e event
	if err := json.Unmarshal(m.Data, &e); err != nil {
		clear(r.scopes)
		r.log.Warn("meta event refused", "seq", m.Seq, "err", err)
		return
	}
	if r.decide(&e) || r.notes.take(&e) || r.shelf.take(&e) { // who may see what stays as it is
		return
	}
	clear(r.scopes)
	switch {
	case e.Type == orgSet && e.Org != nil:
		r.orgs[e.Org.ID] = *e.Org
	case e.Type == orgRemove:
		delete(r.orgs, e.ID)
		for id, k := range r.keys {
			if k.Org == e.ID {
				r.revoke(id, e.Time)
			}
		}
	case e.Type == keyCreate && e.Key != nil && len(e.Sum) == 32:
		if r.keys[e.Key.ID] == nil {
			r.keys[e.Key.ID] = &key{Key: *e.Key, sum: [32]byte(e.Sum)}
		}
	case e.Type == keyRevoke:
		r.revoke(e.ID, e.Time)
	case e.Type == keyUse:
		if k := r.keys[e.ID]; k != nil && k.Used.IsZero() {
			used := *k
			used.Used = e.Time
			r.keys[e.ID] = &used
		}
	default:
		r.log.Warn("meta event of unknown type", "seq", m.Seq, "type", e.Type)
	}
}

// decide takes an event of a decision; false for any other.
func (r *Registry) decide(e *event) bool {
	switch {
	case e.Type == overrideSet && e.Override != nil && e.Override.Check() == nil:
		r.said.set(e.Override)
	case e.Type == overrideRemove:
		if id, err := cure.ParseID(e.ID); err == nil {
			r.said.remove(id)
		}
	default:
		return false
	}
	return true
}

// revoke ends a key. Who has found the old entry goes on reading it, so it is
// replaced, not changed.
func (r *Registry) revoke(id string, at time.Time) {
	if k := r.keys[id]; k != nil && k.Revoked.IsZero() {
		revoked := *k
		revoked.Revoked = at
		r.keys[id] = &revoked
	}
}
