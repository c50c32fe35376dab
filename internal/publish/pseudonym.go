package publish

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/netip"
	"strings"
)

// Pseudonyms makes the masks of one source: HMAC-SHA-256 under its key, cut to
// 48 bits for sensors (few, and told apart) and 64 bits for secrets. The same
// value of the same source has the same mask; without the key nobody can try
// values. Not safe for concurrent use.
type Pseudonyms struct {
	hash hash.Hash        // keyed
	seen map[string]named // sensors asked for before
}

type named struct{ name, mask string }

// NewPseudonyms makes the masks of the source that has this key.
func NewPseudonyms(key [32]byte) *Pseudonyms {
	return &Pseudonyms{hash: hmac.New(sha256.New, key[:]), seen: make(map[string]named)}
}

// maxSeen bounds the cache; a source has few sensors.
const maxSeen = 1024

// Sensor returns the pseudonym of a sensor-side address or name, "sensor-" and
// 12 hex digits. All spellings of an address have one pseudonym.
func (p *Pseudonyms) Sensor(v string) string {
	if n, ok := p.seen[v]; ok {
		return n.mask
	}
	return p.name(strings.Clone(v)).mask
}

// SensorBytes is Sensor without allocation for sensors asked for before; it
// returns the name too.
func (p *Pseudonyms) SensorBytes(v []byte) (name, mask string) {
	n, ok := p.seen[string(v)]
	if !ok {
		n = p.name(strings.ToValidUTF8(string(v), "\uFFFD"))
	}
	return n.name, n.mask
}

func (p *Pseudonyms) name(v string) named {
	folded := strings.ToLower(strings.TrimSuffix(strings.TrimSpace(v), "."))
	if a, err := netip.ParseAddr(folded); err == nil {
		folded = a.Unmap().WithZone("").String()
	}
	n := named{v, "sensor-" + p.mac("sensor", folded, 6)}
	if len(p.seen) >= maxSeen {
		clear(p.seen)
	}
	p.seen[v] = n
	return n
}

// Secret returns the keyed hash of a password or name that is kept for
// counting and comparing only: "secret-" and 16 hex digits.
func (p *Pseudonyms) Secret(v string) string { return "secret-" + p.mac("secret", v, 8) }

func (p *Pseudonyms) mac(purpose, v string, n int) string {
	p.hash.Reset()
	p.hash.Write([]byte(purpose))
	p.hash.Write([]byte{0})
	p.hash.Write([]byte(v))
	var sum [sha256.Size]byte
	return hex.EncodeToString(p.hash.Sum(sum[:0])[:n])
}
