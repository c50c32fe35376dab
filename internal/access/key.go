package access

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/opencure/cure"
)

// A key's text is "cure_", a public id of 8 characters, "_" and 43 characters
// for 32 random bytes. Only the SHA-256 of the text is kept: 256 random bits
// need no slow hash.
const (
	keyPrefix = "cure_"
	keyIDLen  = 8
	keyLen    = len(keyPrefix) + keyIDLen + 1 + 43
)

var idText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func newKey() (id, text string) {
	var b [5 + 32]byte
	rand.Read(b[:])
	id = idText.EncodeToString(b[:5])
	return id, keyPrefix + id + "_" + base64.RawURLEncoding.EncodeToString(b[5:])
}

// errKey is the one answer to every wrong key.
var errKey = cure.Errorf(cure.Denied, "key is wrong, revoked or expired")

// Authenticate returns who holds the key. Denied for anything else, in the
// same time whatever is wrong with it. A revoked key ends with the event that
// revokes it.
func (r *Registry) Authenticate(text string) (Principal, error) {
	id := ""
	if len(text) == keyLen && strings.HasPrefix(text, keyPrefix) {
		id = text[len(keyPrefix) : len(keyPrefix)+keyIDLen]
	}
	sum := sha256.Sum256([]byte(text))
	r.mu.RLock()
	k, ok := r.keys[id]
	if !ok {
		k = &key{} // compared all the same
	}
	_, org := r.orgs[k.Org]
	r.mu.RUnlock()
	same := subtle.ConstantTimeCompare(sum[:], k.sum[:]) == 1
	expired := k.ended(r.now())
	if !ok || !same || !org || expired || !k.Revoked.IsZero() {
		return Principal{}, errKey
	}
	return Principal{Key: k.ID, Name: k.Name, Org: k.Org, Role: k.Role, MaxTLP: k.MaxTLP, Sources: k.Sources}, nil
}

// valid reports whether a principal's key still holds.
func (r *Registry) valid(p Principal) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	id, _, _ := strings.Cut(p.Key, lookingAs) // a preview lives as long as its administrator's key
	k := r.keys[id]
	if k == nil {
		return false
	}
	_, org := r.orgs[k.Org]
	return org && k.Revoked.IsZero() && !k.ended(r.now())
}

// CreateKey makes a key and returns its text, which is kept nowhere. Admins
// only; a key sees no more than its maker.
func (r *Registry) CreateKey(ctx context.Context, by Principal, spec KeySpec) (text string, k Key, err error) {
	r.change.Lock()
	defer r.change.Unlock()
	if err := r.admin(by); err != nil {
		return "", Key{}, err
	}
	if err := r.complete(&spec); err != nil {
		return "", Key{}, err
	}
	if spec.MaxTLP > by.MaxTLP {
		return "", Key{}, cure.Errorf(cure.Denied, "create key: TLP:%s is above your own TLP:%s", spec.MaxTLP, by.MaxTLP)
	}
	return r.createKey(ctx, by, spec)
}

func (r *Registry) createKey(ctx context.Context, by Principal, spec KeySpec) (string, Key, error) {
	id, text := newKey()
	k := Key{ID: id, KeySpec: spec, Created: r.now().UTC(), By: by.Key}
	sum := sha256.Sum256([]byte(text))
	if err := r.record(ctx, by, event{Type: keyCreate, Key: &k, Sum: sum[:]}); err != nil {
		return "", Key{}, fmt.Errorf("create key: %w", err)
	}
	return text, k, nil
}

// complete fills what a spec leaves open and checks the rest.
func (r *Registry) complete(s *KeySpec) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	s.Org = cmp.Or(s.Org, r.own)
	org, ok := r.orgs[s.Org]
	if !ok {
		return cure.Errorf(cure.NotFound, "create key: no organisation %.80q", s.Org)
	}
	if s.Name == "" || len(s.Name) > 200 {
		return cure.Errorf(cure.Invalid, "create key: name of %d bytes, want 1 to 200", len(s.Name))
	}
	if err := cure.CheckName("create key: the name", s.Name); err != nil {
		return err
	}
	switch s.Role {
	case RoleReader:
	case RoleAdmin, RoleAnalyst:
		if !org.Own {
			return cure.Errorf(cure.Invalid, "create key: role %s is for the own organisation", s.Role)
		}
	case RolePublisher:
		if len(s.Sources) == 0 {
			return cure.Errorf(cure.Invalid, "create key: a publisher wants the sources it may write")
		}
	default:
		return cure.Errorf(cure.Invalid, "create key: unknown role %.40q", s.Role)
	}
	for _, p := range s.Sources {
		if !validPattern(p) {
			return cure.Errorf(cure.Invalid, "create key: source pattern %.100q, want publisher/instance, publisher/* or *", p)
		}
	}
	most := cure.TLPRed
	if !org.Own {
		most = org.MaxTLP
	}
	if s.MaxTLP == cure.TLPDefault || s.MaxTLP > most {
		s.MaxTLP = most
	}
	return nil
}

// RevokeKey ends a key at once. Admins may end all, others their own.
func (r *Registry) RevokeKey(ctx context.Context, by Principal, id string) error {
	r.change.Lock()
	defer r.change.Unlock()
	if id != by.Key && r.admin(by) != nil {
		return errNoKey(id)
	}
	r.mu.RLock()
	k := r.keys[id]
	r.mu.RUnlock()
	if k == nil || !k.Revoked.IsZero() {
		return errNoKey(id)
	}
	if err := r.record(ctx, by, event{Type: keyRevoke, ID: id}); err != nil {
		return fmt.Errorf("revoke key: %w", err)
	}
	return nil
}

func errNoKey(id string) error { return cure.Errorf(cure.NotFound, "no key %.40q", id) }

// Keys lists the keys, the newest first: all for an admin, its own for anybody
// else.
func (r *Registry) Keys(by Principal) []Key {
	all := r.admin(by) == nil
	r.mu.RLock()
	defer r.mu.RUnlock()
	var keys []Key
	for _, k := range r.keys {
		if all || k.ID == by.Key {
			keys = append(keys, k.Key)
		}
	}
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
	return keys
}

// firstAdmin is what the bucket holds of the first key, so that a crash before
// its event leaves no cluster without one.
type firstAdmin struct {
	Key Key    `json:"key"`
	Sum []byte `json:"sum"`
}

// FirstKey makes the first admin key of the cluster. created is false, and
// text empty, when it was made before, by whichever hub. keep, if not nil, is
// given the text before the key opens anything, so that a crash at any moment
// leaves no key that nobody has; where another hub was faster, what was kept
// is of no use. Who loses the text uses ResetAdmin.
func (r *Registry) FirstKey(ctx context.Context, keep func(text string) error) (text string, created bool, err error) {
	r.change.Lock()
	defer r.change.Unlock()
	id, text := newKey()
	_, _, err = r.boot.Get(ctx, bootAdmin)
	if keep != nil && cure.KindOf(err) == cure.NotFound {
		if err := keep(text); err != nil {
			return "", false, fmt.Errorf("keep first key: %w", err)
		}
	}
	sum := sha256.Sum256([]byte(text))
	mine := firstAdmin{Key{ID: id, KeySpec: r.adminSpec("first admin"), Created: r.now().UTC()}, sum[:]}
	value, err := json.Marshal(mine)
	if err != nil {
		return "", false, err
	}
	stored, err := r.createOrGet(ctx, bootAdmin, value)
	if err != nil {
		return "", false, fmt.Errorf("make first key: %w", err)
	}
	var first firstAdmin
	if err := json.Unmarshal(stored, &first); err != nil {
		return "", false, fmt.Errorf("read first key: %w", err)
	}
	r.mu.RLock()
	known := r.keys[first.Key.ID] != nil
	r.mu.RUnlock()
	if !known {
		if err := r.record(ctx, Principal{}, event{Type: keyCreate, Key: &first.Key, Sum: first.Sum}); err != nil {
			return "", false, fmt.Errorf("make first key: %w", err)
		}
	}
	if first.Key.ID != id {
		return "", false, nil
	}
	return text, true, nil
}

func (r *Registry) adminSpec(name string) KeySpec {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return KeySpec{Name: name, Org: r.own, Role: RoleAdmin, MaxTLP: cure.TLPRed}
}

// ResetAdmin makes a new admin key and revokes all other admin keys: for those
// who hold the data folder.
func (r *Registry) ResetAdmin(ctx context.Context) (text string, err error) {
	r.change.Lock()
	defer r.change.Unlock()
	text, k, err := r.createKey(ctx, Principal{}, r.adminSpec("admin after reset"))
	if err != nil {
		return "", err
	}
	r.mu.RLock()
	var old []string
	for id, o := range r.keys {
		if o.Role == RoleAdmin && id != k.ID && o.Revoked.IsZero() {
			old = append(old, id)
		}
	}
	r.mu.RUnlock()
	slices.Sort(old)
	var failed []error
	for _, id := range old {
		failed = append(failed, r.record(ctx, Principal{}, event{Type: keyRevoke, ID: id, Why: "reset"}))
	}
	return text, errors.Join(failed...)
}

// admin returns Denied unless the principal is an admin.
func (r *Registry) admin(p Principal) error {
	if p.Role != RoleAdmin {
		return cure.Errorf(cure.Denied, "only an admin may do this")
	}
	return nil
}
