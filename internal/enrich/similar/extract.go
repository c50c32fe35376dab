package similar

import (
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// extract is what one record says that addresses did. It is used again for the
// next record.
type extract struct {
	actors  []key16
	packets uint32
	at      int64 // Unix seconds of the last event
	counts  []count
	ports   []token
	slots   []slotCount
}

// count is a token with how often it was seen. port is set for a slot: it
// counts while that port is rare.
type count struct {
	token token
	n     uint32
	port  token
	name  string // of tokens that are hashes
}

// slotCount is how many packets came in a slot that begins at unix.
type slotCount struct {
	unix int64
	n    uint32
}

// Bounds of what is read of one record.
const (
	maxActors = 4 // a record of more is a list
	maxCounts = 96
	maxSlots  = 24
	maxName   = 64
)

// hashedAttrs are the attributes of records that tell of behaviour.
var hashedAttrs = map[string]kind{
	"login": kindLogin, "command": kindCommand, "input": kindCommand, "ftp": kindCommand, "user_agent": kindAgent,
	"client": kindAgent, "mailer": kindAgent, "rule": kindRule, "path": kindURL, "query": kindURL, "pattern": kindRule,
	"source_port": kindSourcePort,
}

// read takes a record apart. It is false where the record tells of no address
// that did something between from and now.
func (x *extract) read(rec *cure.Record, from, now time.Time) bool {
	*x = extract{actors: x.actors[:0], counts: x.counts[:0], ports: x.ports[:0], slots: x.slots[:0]}
	if !x.who(rec, from, now) {
		return false
	}
	for i := range rec.Observations {
		x.observation(&rec.Observations[i])
	}
	for i := range rec.Annotations {
		a := &rec.Annotations[i]
		if a.Subject.Kind == cure.KindIP && !strings.HasPrefix(a.Tag.Value, "scanner:") {
			x.add(hashed(kindTag, a.Tag.Value), 1, a.Tag.Value)
		}
	}
	x.attributes(rec.Attrs)
	x.times(rec)
	if rec.Sensor != "" {
		x.add(hashed(kindSensor, rec.Sensor), 1, "")
	}
	return true
}

// who finds the addresses that act in a record, and when.
func (x *extract) who(rec *cure.Record, from, now time.Time) bool {
	for i := range rec.Observations {
		o := &rec.Observations[i]
		if o.Observable.Kind != cure.KindIP || o.State != cure.StateSeen || !acts(o.Role) {
			continue
		}
		a, err := netip.ParseAddr(o.Observable.Value)
		last := o.Last
		if last.IsZero() {
			last = o.First
		}
		if err != nil || last.Before(from) {
			continue
		}
		if last.After(now) { // a clock that is wrong must not outweigh the others
			last = now
		}
		if len(x.actors) == maxActors {
			return false
		}
		x.actors = append(x.actors, a.As16())
		x.packets = max(x.packets, o.Count, 1)
		x.at = max(x.at, last.Unix())
	}
	return len(x.actors) > 0
}

// acts reports whether somebody in that role does something himself.
func acts(r cure.Role) bool {
	return r == cure.RoleScanner || r == cure.RoleInfected || r == cure.RoleSender
}

func (x *extract) add(t token, n uint32, name string) {
	if len(x.counts) < maxCounts {
		x.counts = append(x.counts, count{token: t, n: max(n, 1), name: name})
	}
}

// observation takes what stands beside the address.
func (x *extract) observation(o *cure.Observation) {
	v := o.Observable.Value
	switch o.Observable.Kind {
	case cure.KindPort:
		if o.Role == cure.RoleTarget || o.Role == cure.RoleUnknown {
			x.port(v, max(o.Count, 1))
		}
	case cure.KindFingerprint:
		if !strings.HasPrefix(v, "hidden-source:") {
			x.add(hashed(kindPrint, v), o.Count, v)
		}
	case cure.KindHash:
		x.add(hashed(kindFile, v), o.Count, v)
	case cure.KindURL:
		x.add(hashed(kindURL, v), o.Count, v)
	case cure.KindCVE:
		x.add(hashed(kindTag, v), o.Count, v)
	}
}

func (x *extract) port(name string, n uint32) {
	t := portToken(name)
	x.ports = append(x.ports, t)
	x.add(t, n, "")
}

// attributes takes what only names tell.
func (x *extract) attributes(all []cure.Attr) {
	var slice, minutes, user string
	scan := false
	for _, a := range all {
		switch a.Name {
		case "slice":
			slice = a.Value
		case "per_60s":
			minutes = a.Value
		case "username":
			user = a.Value
		case "password":
			x.add(hashed(kindLogin, user+"/"+a.Value), 1, cut(user+"/"+a.Value))
		case "kind":
			scan = a.Value == "scan"
		case "to":
			if scan && len(x.ports) == 0 { // a ping has no port
				x.port(a.Value, x.packets)
			}
		default:
			if k, ok := hashedAttrs[a.Name]; ok && a.Value != "" {
				x.add(hashed(k, a.Value), 1, cut(a.Value))
			}
		}
	}
	if start, err := time.Parse(time.RFC3339, slice); err == nil {
		x.minutes(start.Unix(), minutes)
	}
}

// cut bounds a name. It must not keep the text it is cut of alive.
func cut(s string) string {
	if len(s) > maxName {
		s = strings.ToValidUTF8(s[:maxName], "") + "…"
	}
	return strings.Clone(s)
}

// minutes adds the slots of counts by minute.
func (x *extract) minutes(start int64, counts string) {
	at := start
	for len(counts) > 0 && len(x.slots) < maxSlots {
		var word string
		word, counts, _ = strings.Cut(counts, " ")
		if n, err := strconv.ParseUint(word, 10, 32); err == nil && n > 0 {
			x.slot(at, uint32(n))
		}
		at += 60
	}
}

func (x *extract) slot(unix int64, n uint32) {
	unix -= unix % slotSeconds
	if k := len(x.slots); k > 0 && x.slots[k-1].unix == unix {
		x.slots[k-1].n += n
		return
	}
	x.slots = append(x.slots, slotCount{unix, n})
}

// times adds when the ports were looked for: by the minutes that the record
// counts, else by its first and last event.
func (x *extract) times(rec *cure.Record) {
	active := len(x.slots)
	for i := range rec.Observations {
		o := &rec.Observations[i]
		if active > 0 || o.Observable.Kind != cure.KindIP || !acts(o.Role) || o.First.IsZero() {
			continue
		}
		x.slot(o.First.Unix(), 1)
		if !o.Last.IsZero() {
			x.slot(o.Last.Unix(), 1)
		}
		break
	}
	for _, p := range x.ports {
		for _, s := range x.slots {
			x.add(hoursToken(p, s.unix), s.n, "")
			if len(x.counts) < maxCounts {
				x.counts = append(x.counts, count{token: slotToken(p, s.unix), n: s.n, port: p})
			}
		}
	}
	if len(x.slots) > 0 {
		x.add(make28(kindRate, uint32(bits.Len32(x.packets/uint32(len(x.slots))))), 1, "")
	}
}
