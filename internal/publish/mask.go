package publish

import (
	"bytes"
	"net/netip"
	"strings"

	"github.com/opencure/cure"
)

// Masker replaces what names the own sensors, in every field of an event and
// in its raw text, by pseudonyms. It knows what the hub configured and learns
// from the records themselves, so it is part of the state of a source. It
// finds addresses and names as written, and names also in all lower and all
// upper case; not what somebody has encoded. Not safe for concurrent use.
type Masker struct {
	names    *Pseudonyms
	prefixes []netip.Prefix // configured networks
	fixed    int            // configured needles, at the beginning
	needles  []needle
	learned  []string // oldest first, as state
	known    map[string]bool
	text     []byte    // scratch of Text
	out      [2][]byte // scratch of Bytes, in turns
	actor    string    // of the event being masked: it came from outside, even when it has an own address
}

// needle is one text to be found.
type needle struct {
	text    []byte
	mask    string
	address bool
}

const (
	maxLearned = 128
	minName    = 4 // shorter names are words of any line; only their own field is masked
	maxName    = 120
)

// NewMasker makes the masker of a source; own holds addresses, prefixes and
// names of the own side, with "@" before domains of mail.
func NewMasker(names *Pseudonyms, own []string) *Masker {
	m := &Masker{names: names, known: make(map[string]bool)}
	for _, v := range own {
		if p, err := netip.ParsePrefix(v); err == nil {
			m.prefixes = append(m.prefixes, p.Masked())
			continue
		}
		v = strings.TrimPrefix(v, "@")
		m.known[v] = true
		m.add(v)
	}
	m.fixed = len(m.needles)
	return m
}

// Learn takes up sensor-side values. The oldest of more than 128 is forgotten.
func (m *Masker) Learn(own []string) {
	for _, v := range own {
		if m.known[v] || v == "" || len(v) > maxName {
			continue
		}
		v = strings.Clone(v)
		m.learned = append(m.learned, v)
		m.known[v] = true
		if len(m.learned) <= maxLearned {
			m.add(v)
			continue
		}
		delete(m.known, m.learned[0])
		m.learned = m.learned[1:]
		m.needles = m.needles[:m.fixed]
		for _, v := range m.learned {
			m.add(v)
		}
	}
}

func (m *Masker) add(v string) {
	mask := m.names.Sensor(v)
	if a, err := netip.ParseAddr(v); err == nil {
		m.needle(v, mask, true)
		m.needle(a.String(), mask, true)
		m.needle(a.Unmap().String(), mask, true)
		return
	}
	if len(v) >= minName {
		m.needle(v, mask, false)
		m.needle(strings.ToLower(v), mask, false)
		m.needle(strings.ToUpper(v), mask, false)
	}
}

func (m *Masker) needle(text, mask string, address bool) {
	for _, n := range m.needles {
		if string(n.text) == text {
			return
		}
	}
	m.needles = append(m.needles, needle{[]byte(text), mask, address})
}

// Mask masks an event in place. Observables that are of the own side, or hold
// it, are dropped: a pseudonym is no address.
func (m *Masker) Mask(ev *Event) {
	m.Learn(ev.Own)
	m.actor = ev.Actor.Value
	if m.own(ev.Actor) {
		ev.Actor, m.actor = cure.Observable{}, ""
	}
	kept := ev.Observations[:0]
	for _, o := range ev.Observations {
		if !m.own(o.Observable) {
			kept = append(kept, o)
		}
	}
	ev.Observations = kept
	notes := ev.Annotations[:0]
	for _, a := range ev.Annotations {
		if !m.own(a.Subject) && !m.own(a.Tag) {
			a.Sentence = m.Text(a.Sentence)
			notes = append(notes, a)
		}
	}
	ev.Annotations = notes
	for i := range ev.Attrs {
		ev.Attrs[i].Value = m.Text(ev.Attrs[i].Value)
	}
	ev.Sensor = m.Text(ev.Sensor)
	ev.Key = m.Text(ev.Key)
	ev.Raw = m.Bytes(ev.Raw)
}

// own reports whether an observable is of the own side or its text holds it.
func (m *Masker) own(o cure.Observable) bool {
	if o.IsZero() || o.Kind == cure.KindHash || o.Kind == cure.KindPort {
		return false
	}
	if o.Kind == cure.KindIP && len(m.prefixes) > 0 && m.inPrefix(o.Value) {
		return true
	}
	return m.Text(o.Value) != o.Value
}

func (m *Masker) inPrefix(v string) bool {
	if v == m.actor {
		return false // an own host that attacks is what everybody has to know
	}
	a, err := netip.ParseAddr(v)
	for _, p := range m.prefixes {
		if err == nil && p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// Text masks a text; it allocates only when something was found.
func (m *Masker) Text(s string) string {
	if s == "" || len(m.needles) == 0 && len(m.prefixes) == 0 {
		return s
	}
	m.text = append(m.text[:0], s...)
	masked := m.Bytes(m.text)
	if string(masked) == s {
		return s
	}
	return string(masked)
}

// Bytes masks a text. The result is b itself where nothing was found, else
// valid until the next call.
func (m *Masker) Bytes(b []byte) []byte {
	turn := 0
	for i := range m.needles {
		if out, found := m.needles[i].replace(m.out[turn][:0], b); found {
			m.out[turn], b = out, out
			turn = 1 - turn
		}
	}
	if len(m.prefixes) > 0 {
		if out, found := m.replacePrefixes(m.out[turn][:0], b); found {
			m.out[turn], b = out, out
		}
	}
	return b
}

// replace appends b with all whole occurrences of the needle masked, if there
// are any.
func (n *needle) replace(out, b []byte) ([]byte, bool) {
	from, found := 0, false
	for at := 0; ; {
		i := bytes.Index(b[at:], n.text)
		if i < 0 {
			break
		}
		i += at
		at = i + len(n.text)
		if !n.whole(b, i, at) {
			at = i + 1
			continue
		}
		out = append(append(out, b[from:i]...), n.mask...)
		from, found = at, true
	}
	if !found {
		return nil, false
	}
	return append(out, b[from:]...), true
}

// whole reports whether b[i:j] is not a part of a longer address or word.
func (n *needle) whole(b []byte, i, j int) bool {
	part := func(k int) bool {
		if k < 0 || k >= len(b) {
			return false
		}
		c := b[k]
		if n.address {
			return c >= '0' && c <= '9'
		}
		return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_'
	}
	if part(i-1) || part(j) {
		return false
	}
	if !n.address {
		return true
	}
	return !(i > 0 && b[i-1] == '.' && part(i-2)) && !(j < len(b) && b[j] == '.' && part(j+1))
}

// replacePrefixes appends b with the IPv4 addresses of configured networks
// masked, if there are any.
func (m *Masker) replacePrefixes(out, b []byte) ([]byte, bool) {
	from, found := 0, false
	for i := 0; i < len(b); i++ {
		j := i
		for j < len(b) && (b[j] >= '0' && b[j] <= '9' || b[j] == '.') {
			j++
		}
		if text := bytes.TrimRight(b[i:j], "."); len(text) >= 7 && len(text) <= 15 && m.inPrefix(string(text)) {
			out = append(append(out, b[from:i]...), m.names.Sensor(string(text))...)
			from, found = i+len(text), true
		}
		i = max(i, j)
	}
	if !found {
		return nil, false
	}
	return append(out, b[from:]...), true
}
