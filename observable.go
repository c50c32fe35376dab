package cure

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
)

// MaxValue is the longest canonical value in bytes. Longer ones are refused
// with a reason, never cut: a cut URL would be another URL.
const MaxValue = 4096

// Observable is a typed value in its one canonical form, so that == is
// identity: the same thing seen by two sources is the same Observable.
// Values from outside become one through internal/ioc.
type Observable struct {
	Kind  Kind   `json:"kind"`
	Value string `json:"value"`
}

// String returns "kind:value".
func (o Observable) String() string { return o.Kind.String() + ":" + o.Value }

// IsZero reports whether o is the zero Observable.
func (o Observable) IsZero() bool { return o == Observable{} }

// Check returns nil when o is in canonical form, else an Invalid error that
// says what is wrong. It is a pure function: every replica of a hub refuses
// the same values. Cost: linear in the value, no allocation when it passes.
func (o Observable) Check() error {
	if !o.Kind.Valid() {
		return Errorf(Invalid, "unknown kind %d", o.Kind)
	}
	if o.Value == "" || len(o.Value) > MaxValue {
		return Errorf(Invalid, "%s of %d bytes, want 1 to %d", o.Kind, len(o.Value), MaxValue)
	}
	if err := kinds[o.Kind].check(o.Value); err != nil {
		return &Error{Kind: Invalid, Err: fmt.Errorf("%s %.80q: %w", o.Kind, o.Value, err)}
	}
	return nil
}

// AppendKey appends the compact binary form of o that batches and the store
// hold. It is one to one with the value within a kind, and ordered so that
// what belongs together sorts together:
//
//	ip      4 or 16 bytes, network order
//	cidr    the address bytes, then one byte prefix length
//	hash    the 16, 20, 32 or 64 raw bytes
//	domain  labels reversed: org.example.www
//	email   reversed domain, '@', local part: org.example@user
//	others  the value
//
// o must be canonical ([Observable.Check]); for others the result is undefined.
func (o Observable) AppendKey(dst []byte) []byte {
	switch o.Kind {
	case KindIP:
		a, err := netip.ParseAddr(o.Value)
		if err != nil {
			return append(dst, o.Value...)
		}
		return append(dst, a.AsSlice()...)
	case KindCIDR:
		p, err := netip.ParsePrefix(o.Value)
		if err != nil {
			return append(dst, o.Value...)
		}
		dst = append(dst, p.Addr().AsSlice()...)
		return append(dst, byte(p.Bits()))
	case KindHash:
		n := len(dst)
		dst, err := hex.AppendDecode(dst, []byte(o.Value))
		if err != nil {
			return append(dst[:n], o.Value...)
		}
		return dst
	case KindDomain:
		return appendReversed(dst, o.Value)
	case KindEmail:
		at := strings.LastIndexByte(o.Value, '@')
		dst = appendReversed(dst, o.Value[at+1:])
		dst = append(dst, '@')
		return append(dst, o.Value[:max(at, 0)]...)
	}
	return append(dst, o.Value...)
}

// FromKey is the inverse of [Observable.AppendKey]. It refuses keys whose
// value would not be canonical, so bytes from outside may be given to it.
func FromKey(kind Kind, key []byte) (Observable, error) {
	o := Observable{Kind: kind, Value: KeyValue(kind, key)}
	return o, o.Check()
}

// KeyValue returns the value of a key that was checked before (a key in the
// store, say). Cost: one allocation.
func KeyValue(kind Kind, key []byte) string {
	return string(AppendValue(make([]byte, 0, len(key)*2+8), kind, key))
}

// AppendValue appends the canonical text of a checked key to dst. For a key
// that is not well formed it appends something that fails [Observable.Check].
func AppendValue(dst []byte, kind Kind, key []byte) []byte {
	switch kind {
	case KindIP:
		a, ok := netip.AddrFromSlice(key)
		if !ok {
			return append(dst, '?')
		}
		return a.AppendTo(dst)
	case KindCIDR:
		if len(key) != 5 && len(key) != 17 {
			return append(dst, '?')
		}
		a, _ := netip.AddrFromSlice(key[:len(key)-1])
		return netip.PrefixFrom(a, int(key[len(key)-1])).AppendTo(dst)
	case KindHash:
		return hex.AppendEncode(dst, key)
	case KindDomain:
		return appendReversed(dst, key)
	case KindEmail:
		at := strings.IndexByte(string(key), '@')
		if at < 0 {
			return append(dst, '?')
		}
		dst = append(dst, key[at+1:]...)
		dst = append(dst, '@')
		return appendReversed(dst, key[:at])
	}
	return append(dst, key...)
}

// appendReversed appends the dot-separated labels of s in reverse order.
func appendReversed[T string | []byte](dst []byte, s T) []byte {
	end := len(s)
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '.' {
			dst = append(dst, s[i+1:end]...)
			dst = append(dst, '.')
			end = i
		}
	}
	return append(dst, s[:end]...)
}
