package access

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
)

// LookedAtRed notes that an answer to a query held something RED; it is the
// hub's Options.Red. The query is kept as a keyed hash: the audit says who
// asked the same thing again, not what. It does not wait for the log unless
// very many looks are on their way.
func (r *Registry) LookedAtRed(ctx context.Context, sc cure.Scope, query string) {
	e := AuditEvent{
		Time: r.now().UTC(), Key: sc.Principal(), Org: sc.Org(), Action: "read.red", Why: sc.Purpose(),
		Query: r.hash(query),
	}
	text, err := json.Marshal(e)
	if err != nil {
		return
	}
	done := func(_ uint64, err error) {
		if err != nil {
			r.log.Error("look at RED not noted", "key", e.Key, "err", err)
		}
	}
	if err := r.audit.AppendAsync(context.WithoutCancel(ctx), "audit.red", "", text, done); err != nil {
		done(0, err)
	}
}

func (r *Registry) hash(query string) string {
	m := hmac.New(sha256.New, r.mac)
	m.Write([]byte(query))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// note writes an event before what it tells of is done.
func (r *Registry) note(ctx context.Context, p Principal, action, object, why string) error {
	text, err := json.Marshal(AuditEvent{
		Time: r.now().UTC(), Key: p.Key, Org: p.Org, Action: action, Object: object, Why: why,
	})
	if err != nil {
		return err
	}
	_, err = r.audit.Append(ctx, "audit.change", "", text)
	return err
}

// maxAudit is how many events are read at once.
const maxAudit = 10_000

// Audit returns who changed or looked at what, newest first: changes of keys
// and organisations, changes of data, looks at RED. Admins only.
func (r *Registry) Audit(ctx context.Context, by Principal, limit int) ([]AuditEvent, error) {
	if err := r.admin(by); err != nil {
		return nil, err
	}
	if limit <= 0 || limit > maxAudit {
		limit = maxAudit
	}
	all, err := newest(ctx, r.audit, limit, func(m log.Message) (AuditEvent, error) {
		var e AuditEvent
		err := json.Unmarshal(m.Data, &e)
		e.Seq = m.Seq
		return e, err
	})
	if err != nil {
		return nil, err
	}
	changes, err := newest(ctx, r.meta, limit, func(m log.Message) (AuditEvent, error) {
		var e event
		err := json.Unmarshal(m.Data, &e)
		a := AuditEvent{Seq: m.Seq, Time: e.Time, Key: e.By, Org: e.From, Action: e.Type, Object: e.ID, Why: e.Why}
		if e.Key != nil {
			a.Object = e.Key.ID
		}
		if e.Org != nil {
			a.Object = e.Org.ID
		}
		return a, err
	})
	if err != nil {
		return nil, err
	}
	all = append(all, changes...)
	slices.SortStableFunc(all, func(a, b AuditEvent) int { return b.Time.Compare(a.Time) })
	return all[:min(limit, len(all))], nil
}

// newest reads the last messages of a stream.
func newest(ctx context.Context, s log.Stream, n int, read func(log.Message) (AuditEvent, error)) ([]AuditEvent, error) {
	info, err := s.Info(ctx)
	if err != nil {
		return nil, err
	}
	var all []AuditEvent
	for seq := info.Last; seq >= info.First && seq > 0 && len(all) < n; seq-- {
		m, err := s.Read(ctx, seq)
		if cure.KindOf(err) == cure.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if e, err := read(m); err == nil {
			all = append(all, e)
		}
	}
	return all, nil
}
