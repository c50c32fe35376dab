package similar

import (
	"strconv"
	"strings"
)

// token is one thing an address does: its kind in the high four bits, and 28
// bits that say which, exact where they can be and a hash elsewhere.
type token uint32

// kind says what sort of thing a token is.
type kind uint8

// The kinds of token.
const (
	kindPort       kind = iota + 1 // protocol and port
	kindHours                      // the same within four hours of the week
	kindSlot                       // a rare port within five minutes of time
	kindPorts                      // all ports together; made of the others
	kindPrint                      // fingerprint of a tool
	kindTag                        // what its source calls it, lists of scanners apart
	kindFile                       // file it left
	kindURL                        // what it made others fetch, or asked for
	kindLogin                      // user name and password it tried
	kindCommand                    // command it typed
	kindAgent                      // how its client calls itself
	kindRule                       // rule that it set off
	kindSensor                     // who saw it
	kindRate                       // packets a minute, by powers of two
	kindSourcePort                 // port it always sends from
	kindEnd
)

// kindNames are the kinds as answers name them.
var kindNames = [kindEnd]string{
	"", "port", "hours", "slot", "ports", "fingerprint", "tag", "file", "url", "login", "command", "agent", "rule",
	"sensor", "rate", "source-port",
}

func (t token) kind() kind { return kind(t >> 28) }

const payload = 1<<28 - 1

func make28(k kind, v uint32) token { return token(k)<<28 | token(v&payload) }

// hashed makes a token of a text.
func hashed(k kind, text string) token { return make28(k, uint32(hash(text))) }

// hash is FNV-1a with a finaliser.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix(h)
}

func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// Codes of protocols in a port token.
var protocols = []string{"tcp", "udp", "sctp"}

const otherProtocol = 3

// portToken makes the token of "tcp/23". What has no port ("icmp") is a hash.
func portToken(name string) token {
	proto, number, _ := strings.Cut(name, "/")
	n, err := strconv.ParseUint(number, 10, 16)
	for code, p := range protocols {
		if p == proto && err == nil {
			return make28(kindPort, uint32(code)<<16|uint32(n))
		}
	}
	return make28(kindPort, otherProtocol<<16|uint32(hash(name)&0xffff))
}

// portName is what portToken was made of, "" for what has no port.
func portName(t token) string {
	code := t >> 16 & 3
	if int(code) >= len(protocols) {
		return ""
	}
	return protocols[code] + "/" + strconv.Itoa(int(t&0xffff))
}

const (
	slotSeconds = 300
	weekParts   = 42 // of four hours
)

// hoursToken places a port within the week.
func hoursToken(port token, unix int64) token {
	// 1970-01-01 was a Thursday: the week begins then.
	part := unix / (4 * 3600) % weekParts
	return make28(kindHours, uint32(port&(1<<18-1))<<6|uint32(part))
}

// slotToken places a port in time.
func slotToken(port token, unix int64) token {
	return make28(kindSlot, uint32(mix(uint64(port)<<32|uint64(uint32(unix/slotSeconds)))))
}
