package sensor

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// answer is what a service says to a request, nil for nothing. It is never
// longer than the request: of a decoy nobody can make a weapon.
func answer(service string, req []byte) []byte {
	switch service {
	case "dns":
		// The question itself, marked as an answer that was cut (RFC 1035, 4.1.1):
		// who asked for real asks again over TCP, where nobody is.
		if len(req) < 17 || req[2]&0x80 != 0 {
			return nil
		}
		out := slices.Clone(req)
		out[2] |= 0x82 // answer, cut
		out[3] = out[3]&0x10 | 0x80
		return out
	case "ntp":
		switch {
		case len(req) >= 8 && req[0]&7 == 7 && req[0]&0x80 == 0: // private mode: no data for that request
			return []byte{req[0] | 0x80, 0, req[2], req[3], 0x40, 0, 0, 0}
		case len(req) >= 12 && req[0]&7 == 6 && req[1]&0x80 == 0: // control message: an answer without data
			out := slices.Clone(req[:12])
			out[1] |= 0x80
			out[10], out[11] = 0, 0
			return out
		}
	case "chargen":
		const row = ` !"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_` + "`abcdefg\r\n"
		return []byte(row)[:min(len(req), len(row))]
	}
	return nil
}

// The bounds of what is answered.
const (
	maxAnswers   = 100  // in a second, to all
	maxAnswersOf = 3    // in a minute, to one network
	maxNetworks  = 4096 // that are remembered of a minute
)

// rate says whom an answer may go to: a flood has a forged sender, who must not
// get it. Safe for concurrent use.
type rate struct {
	now func() time.Time

	mu             sync.Mutex
	second, minute int64
	count          int
	of             map[netip.Prefix]int
}

// allows counts an answer, where one may be given.
func (r *rate) allows(to netip.Addr) bool {
	bits := 24
	if to.Is6() {
		bits = 48
	}
	network, err := to.Prefix(bits)
	if err != nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now().Unix()
	if now != r.second {
		r.second, r.count = now, 0
	}
	if now/60 != r.minute || r.of == nil {
		r.minute, r.of = now/60, map[netip.Prefix]int{}
	}
	n, known := r.of[network]
	if r.count >= maxAnswers || n >= maxAnswersOf || !known && len(r.of) >= maxNetworks {
		return false
	}
	r.count++
	r.of[network] = n + 1
	return true
}

// sorted joins names for people.
func sorted(names []string) string {
	slices.Sort(names)
	return strings.Join(names, ", ")
}
