package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/hub"
)

// Bounds of the searches that are kept: of one key, and of all.
const (
	maxKeptOfKey = 200
	maxKept      = 20_000
)

// The events of kept searches.
const (
	searchKeep   = "search.keep"
	searchForget = "search.forget"
)

// shelf holds the searches that people keep, in the order of the meta stream.
// Guarded by the registry's lock; a search is replaced, not changed.
type shelf struct {
	byID  map[cure.ID]*cure.KeptSearch
	ofKey map[string]int // how many
}

// take applies an event; false for any other. A key keeps one search under a
// name: the later takes the place of the earlier.
func (s *shelf) take(e *event) bool {
	switch {
	case e.Type == searchKeep && e.Search != nil && e.Search.Check() == nil:
		k := e.Search
		if s.byID[k.ID] == nil {
			if len(s.byID) >= maxKept || s.ofKey[k.Author] >= maxKeptOfKey {
				break
			}
			s.ofKey[k.Author]++
		}
		s.byID[k.ID] = k
	case e.Type == searchForget:
		if id, err := cure.ParseID(e.ID); err == nil {
			s.forget(id)
		}
	default:
		return false
	}
	return true
}

func (s *shelf) forget(id cure.ID) {
	k := s.byID[id]
	if k == nil {
		return
	}
	delete(s.byID, id)
	if s.ofKey[k.Author]--; s.ofKey[k.Author] == 0 {
		delete(s.ofKey, k.Author)
	}
}

// finds reports whether the principal sees a kept search: their own, and those
// shared in their organisation as far as the marking allows.
func (v View) finds(k *cure.KeptSearch) bool {
	if k.Author == v.who.Key {
		return true
	}
	return k.Shared && k.Org == v.who.Org && v.who.MaxTLP >= k.Marking.Or(hub.Strict).TLP
}

// KeptSearches lists the searches the principal keeps and those shared in its
// organisation, by name. Cost: all that anybody keeps.
func (v View) KeptSearches() []cure.KeptSearch {
	out := []cure.KeptSearch{}
	v.reg.mu.RLock()
	for _, k := range v.reg.shelf.byID {
		if v.finds(k) {
			x := *k
			x.Mine = k.Author == v.who.Key
			out = append(out, x)
		}
	}
	v.reg.mu.RUnlock()
	slices.SortFunc(out, func(a, b cure.KeptSearch) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), a.Time.Compare(b.Time), cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return out
}

// KeepSearch keeps a search and returns it as it stands; one of the same key
// and name is replaced. Who previews another organisation keeps nothing.
// Conflict: the key keeps as many as it can.
func (v View) KeepSearch(ctx context.Context, k cure.KeptSearch) (cure.KeptSearch, error) {
	if strings.Contains(v.who.Key, lookingAs) {
		return k, cure.Errorf(cure.Denied, "keep search: not while looking as another organisation")
	}
	r := v.reg
	k.Name, k.Query = strings.TrimSpace(k.Name), strings.TrimSpace(k.Query)
	k.Author, k.By, k.Org, k.Time, k.Mine = v.who.Key, v.who.Name, v.who.Org, r.now().UTC(), false
	k.ID = cure.NewID("search", k.Author, k.Name)
	k.Marking = k.Marking.Or(cure.Marking{TLP: v.who.MaxTLP, PAP: hub.Strict.PAP, Licence: hub.Strict.Licence})
	if err := cmp.Or(cure.CheckName("keep search: the name", k.Name), k.Check()); err != nil {
		return k, err
	}
	if k.Marking.TLP > v.who.MaxTLP {
		return k, cure.Errorf(cure.Invalid, "keep search: this key may not see TLP:%s itself", k.Marking.TLP)
	}
	r.change.Lock()
	defer r.change.Unlock()
	r.mu.RLock()
	full := r.shelf.byID[k.ID] == nil && (len(r.shelf.byID) >= maxKept || r.shelf.ofKey[k.Author] >= maxKeptOfKey)
	r.mu.RUnlock()
	if full {
		return k, cure.Errorf(cure.Conflict, "keep search: a key keeps %d at most, a hub %d; forget some", maxKeptOfKey, maxKept)
	}
	if err := r.record(ctx, v.who, event{Type: searchKeep, ID: k.ID.String(), Search: &k}); err != nil {
		return k, fmt.Errorf("keep search: %w", err)
	}
	k.Mine = true
	return k, nil
}

// ForgetSearch forgets a search: its author may, and an administrator of the
// organisation it is shared with. NotFound: none that the principal may see.
func (v View) ForgetSearch(ctx context.Context, id cure.ID) error {
	r := v.reg
	r.change.Lock()
	defer r.change.Unlock()
	r.mu.RLock()
	k := r.shelf.byID[id]
	r.mu.RUnlock()
	if k == nil || !v.finds(k) {
		return cure.Errorf(cure.NotFound, "no kept search %s", id)
	}
	if k.Author != v.who.Key && v.who.Role != RoleAdmin {
		return cure.Errorf(cure.Denied, "forget search: it is kept by %s", k.By)
	}
	if err := r.record(ctx, v.who, event{Type: searchForget, ID: id.String()}); err != nil {
		return fmt.Errorf("forget search: %w", err)
	}
	return nil
}
