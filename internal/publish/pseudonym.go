package publish

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
)

// Pseudonyms makes the masks of one source: HMAC-SHA-256 under its key, cut to
// 48 bits for sensors (few, and told apart) and 64 bits for secrets. The same
// value of the same source has the same mask; without the key nobody can try
// values. Not safe for concurrent use.
type Pseudonyms struct {
	key  [32]byte
	seen map[string]string // sensors asked for before
}

// NewPseudonyms makes the masks of the source that has this key.
func NewPseudonyms(key [32]byte) *Pseudonyms {
	return &Pseudonyms{key: key, seen: make(map[string]string)}
}

// maxSeen bounds the cache; a source has few sensors.
const maxSeen = 1024

// Sensor returns the pseudonym of a sensor-side address or name, "sensor-" and
// 12 hex digits. All spellings of an address have one pseudonym.
func (p *Pseudonyms) Sensor(v string) string {
	if s, ok := p.seen[v]; ok {
		return s
	}
	name := strings.ToLower(strings.TrimSuffix(strings.TrimSpace(v), "."))
	if a, err := netip.ParseAddr(name); err == nil {
		name = a.Unmap().WithZone("").String()
	}
	s := "sensor-" + p.mac("sensor", name, 6)
	if len(p.seen) >= maxSeen {
		clear(p.seen)
	}
	p.seen[strings.Clone(v)] = s
	return s
}

// Secret returns the keyed hash of a password or name that is kept for
// counting and comparing only: "secret-" and 16 hex digits.
func (p *Pseudonyms) Secret(v string) string { return "secret-" + p.mac("secret", v, 8) }

func (p *Pseudonyms) mac(purpose, v string, n int) string {
	h := hmac.New(sha256.New, p.key[:])
	h.Write([]byte(purpose))
	h.Write([]byte{0})
	h.Write([]byte(v))
	return hex.EncodeToString(h.Sum(nil)[:n])
}
