package observe

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/packet"
)

// Settings of an attack, written into each record, and limits of [floods].
const (
	floodPackets = 100 // requests that make a flood, unless the configuration has others
	floodGap     = time.Minute
	scanPackets  = 10 // requests up to which somebody looks around
	carpetHosts  = 10 // flooded addresses that make a flooded prefix

	maxFloods    = 1 << 16 // open at once; the longest silent one is closed first
	maxSensors   = 16      // named in a record
	floodState   = 200     // bytes of one flood, about
	stateFloods  = 1
	closedAtOnce = 32
)

// floods is the fold of requests to decoys. Those with one forged sender for
// one service, with less than 60 seconds (publish.Flood) between one and the
// next on whatever sensor, are one record: an attack from 100 on. Beside the senders it follows
// their prefixes (/24, /48): ten flooded or more are carpet bombing, a record
// of the prefix, and each of them is a victim however little it got.
//
// A record is emitted when it is silent for 60 seconds of event time, or when
// an input ends; what goes on in the next input is a further part of it, and
// counts add up.
type floods struct {
	source    string
	packets   uint64 // that make a flood
	gap       int64  // milliseconds
	open      map[floodKey]*flood
	old, new  *flood // by last request
	watermark int64  // milliseconds since 1970
	behind    int
	rec       cure.Record
}

type floodKey struct {
	addr   packet.Addr // of the sender, or its prefix with the rest 0
	port   uint16
	prefix bool
}

type flood struct {
	floodKey
	first, last   int64
	packets, told uint64 // told: already emitted
	sure          bool   // the decoy says so
	sensors       []string
	query         string
	hosts         [4]uint64 // of a prefix: its addresses, by their last byte
	prev, next    *flood
}

func newFloods(src cure.Source, set publish.Flood) *floods {
	return &floods{
		source: string(src), packets: uint64(cmp.Or(set.Packets, floodPackets)), gap: cmp.Or(set.Gap, floodGap).Milliseconds(),
		open: map[floodKey]*flood{},
	}
}

// Begin implements publish.Fold.
func (f *floods) Begin(publish.Copy) {}

// Add implements publish.Fold.
func (f *floods) Add(ev *publish.Event, emit publish.Emit) {
	if ev.Kind == kindAttack || ev.Kind == kindGroup {
		f.whole(ev, emit)
		return
	}
	p := ev.Packet
	if p == nil {
		return
	}
	ms := p.Time.UnixMilli()
	switch {
	case ms > f.watermark || f.behind >= stepBack:
		f.watermark, f.behind = ms, 0
	case f.watermark-ms > f.gap:
		f.behind++
	default:
		f.behind = 0
	}
	for n := 0; f.old != nil && n < closedAtOnce && f.watermark-f.old.last >= f.gap; n++ {
		f.close(f.old, emit)
	}
	key := floodKey{addr: p.Src, port: p.DstPort}
	for _, k := range []floodKey{key, key.widen()} { // the prefix last: it outlives its hosts
		a := f.flood(k, ms, emit)
		a.packets += uint64(max(p.Count, 1))
		a.first, a.last = min(a.first, ms), max(a.last, ms)
		a.sure = a.sure || ev.Kind == kindThreshold
		if k.prefix {
			n := p.Src[15]
			if !p.Src.Is4() {
				n = byte(hash64(&p.Src) >> 56)
			}
			a.hosts[n>>6] |= 1 << (n & 63)
		}
		if ev.Sensor != "" && len(a.sensors) < maxSensors && !slices.Contains(a.sensors, ev.Sensor) {
			a.sensors = append(a.sensors, ev.Sensor)
		}
		if len(ev.Attrs) > 0 && a.query == "" {
			a.query = strings.Clone(ev.Attrs[0].Value)
		}
	}
}

// widen returns the key of the prefix.
func (k floodKey) widen() floodKey {
	n := 15
	if !k.addr.Is4() {
		n = 6
	}
	clear(k.addr[n:])
	k.prefix = true
	return k
}

// flood returns the flood of a key as the newest.
func (f *floods) flood(k floodKey, ms int64, emit publish.Emit) *flood {
	a := f.open[k]
	if a != nil && max(ms-a.last, a.first-ms) >= f.gap {
		f.close(a, emit)
		a = nil
	}
	if a != nil {
		f.unlink(a)
	} else {
		for len(f.open) >= maxFloods {
			f.close(f.old, emit)
		}
		a = &flood{floodKey: k, first: ms, last: ms}
		f.open[k] = a
	}
	f.link(a)
	return a
}

func (f *floods) link(a *flood) {
	a.prev, a.next = f.new, nil
	if f.new != nil {
		f.new.next = a
	} else {
		f.old = a
	}
	f.new = a
}

func (f *floods) unlink(a *flood) {
	if a.prev != nil {
		a.prev.next = a.next
	} else {
		f.old = a.next
	}
	if a.next != nil {
		a.next.prev = a.prev
	} else {
		f.new = a.prev
	}
}

func (f *floods) close(a *flood, emit publish.Emit) {
	f.unlink(a)
	delete(f.open, a.floodKey)
	f.tell(a, emit)
}

func (a *flood) count() (n int) {
	for _, w := range a.hosts {
		n += bits.OnesCount64(w)
	}
	return n
}

// carpet reports whether a prefix is flooded as such.
func (f *floods) carpet(a *flood) bool {
	return a != nil && a.packets >= f.packets && a.count() >= carpetHosts
}

// judge says what a flood is, and the role of its sender.
func (f *floods) judge(a *flood) (kind string, role cure.Role) {
	if a.packets < f.packets && !a.sure && f.carpet(f.open[a.widen()]) {
		return "attack on a prefix", cure.RoleVictim
	}
	return f.class(a.packets, a.sure)
}

// class says what so many requests are.
func (f *floods) class(packets uint64, sure bool) (kind string, role cure.Role) {
	switch {
	case packets >= f.packets || sure:
		return "attack", cure.RoleVictim
	case packets <= min(scanPackets, f.packets-1):
		return "scan", cure.RoleScanner
	}
	return "requests", cure.RoleUnknown
}

// tell emits what of a flood was not emitted.
func (f *floods) tell(a *flood, emit publish.Emit) {
	if a.told == a.packets || a.prefix && !f.carpet(a) {
		return
	}
	n := uint32(min(a.packets-a.told, math.MaxUint32))
	a.told = a.packets
	r := &f.rec
	*r = cure.Record{Attrs: r.Attrs[:0], Observations: r.Observations[:0]}
	who := cure.Observable{Kind: cure.KindIP, Value: a.addr.Netip().String()}
	kind, role := "carpet bombing", cure.RoleVictim
	if a.prefix {
		p, width := a.addr.Netip(), 48
		if p.Is4() {
			width = 24
		}
		who = cure.Observable{Kind: cure.KindCIDR, Value: netip.PrefixFrom(p, width).String()}
	} else {
		kind, role = f.judge(a)
	}
	first, last := time.UnixMilli(a.first).UTC(), time.UnixMilli(a.last).UTC()
	r.ID = cure.NewID(f.source, "flood", who.Value, udpPort(a.port).Value, first.Format(time.RFC3339Nano))
	if len(a.sensors) == 1 {
		r.Sensor = a.sensors[0]
	}
	r.Observations = append(r.Observations,
		cure.Observation{Observable: who, Role: role, First: first, Last: last, Count: n},
		cure.Observation{Observable: udpPort(a.port), Role: cure.RoleTarget, First: first, Last: last, Count: n})
	f.describe(r, kind, a.port, first, last, strconv.FormatUint(a.packets, 10), a.sensors, a.query)
	if a.prefix {
		r.Attrs = append(r.Attrs, cure.Attr{Name: "victims", Value: strconv.Itoa(a.count())})
	}
	emit(r)
}

// whole emits an attack that a log has put together itself.
func (f *floods) whole(ev *publish.Event, emit publish.Emit) {
	if len(ev.Observations) < 2 { // the victim was masked: one of the own side
		return
	}
	o := ev.Observations[0]
	port, _ := strings.CutPrefix(ev.Observations[1].Observable.Value, "udp/")
	r := &f.rec
	*r = cure.Record{Attrs: r.Attrs[:0], Observations: append(r.Observations[:0], ev.Observations...), Sensor: ev.Sensor}
	r.ID = cure.NewID(f.source, "flood", o.Observable.Value, port, o.First.Format(time.RFC3339Nano), ev.Sensor)
	query := ""
	if len(ev.Attrs) > 0 {
		query = ev.Attrs[0].Value
	}
	kind := "attack"
	if ev.Kind == kindGroup {
		kind, r.Observations[0].Role = f.class(uint64(o.Count), false)
	}
	f.describe(r, kind, uint16(decimal([]byte(port), 16)), o.First, o.Last, strconv.FormatUint(uint64(o.Count), 10), []string{ev.Sensor}, query)
	emit(r)
}

func (f *floods) describe(r *cure.Record, kind string, port uint16, first, last time.Time, packets string, sensors []string, query string) {
	add := func(name, value string) {
		if value != "" {
			r.Attrs = append(r.Attrs, cure.Attr{Name: name, Value: value})
		}
	}
	add("kind", kind)
	add("service", reflectors[port])
	add("start", first.Format(time.RFC3339))
	add("end", last.Format(time.RFC3339))
	add("seconds", strconv.Itoa(int(last.Sub(first).Seconds())))
	add("packets", packets)
	add("sensors", strconv.Itoa(len(sensors)))
	add("seen_by", strings.Join(sensors, " "))
	add("query", query)
	add("flood_from_packets", strconv.FormatUint(f.packets, 10))
	add("flood_gap_seconds", strconv.FormatInt(f.gap/1000, 10))
}

// End implements publish.Fold.
func (f *floods) End(_ bool, emit publish.Emit) error {
	for a := f.old; a != nil; a = a.next {
		f.tell(a, emit)
	}
	return nil
}

// Spill implements publish.Fold. Floods stay open: they are in the state.
func (f *floods) Spill(publish.Emit) {}

// Pending implements publish.Fold. A large state does not travel in a batch.
func (f *floods) Pending() int { return min(64+len(f.open)*floodState, 160<<10) }

var errFloods = errors.New("state of floods is damaged")

// AppendState implements publish.Fold. Layout: version, watermark, packets
// behind, floods, the longest silent first.
func (f *floods) AppendState(dst []byte) []byte {
	dst = binary.AppendVarint(append(dst, stateFloods), f.watermark)
	dst = binary.AppendUvarint(dst, uint64(f.behind))
	dst = binary.AppendUvarint(dst, uint64(len(f.open)))
	for a := f.old; a != nil; a = a.next {
		dst = append(append(dst, a.addr[:]...), flag(a.prefix)|flag(a.sure)<<1)
		dst = binary.AppendUvarint(dst, uint64(a.port))
		dst = binary.AppendVarint(binary.AppendVarint(dst, a.first), a.last)
		dst = binary.AppendUvarint(binary.AppendUvarint(dst, a.packets), a.told)
		for _, w := range a.hosts {
			dst = binary.AppendUvarint(dst, w)
		}
		dst = appendText16(dst, a.query)
		dst = binary.AppendUvarint(dst, uint64(len(a.sensors)))
		for _, s := range a.sensors {
			dst = appendText16(dst, s)
		}
	}
	return dst
}

// Restore implements publish.Fold.
func (f *floods) Restore(state []byte) error {
	*f = floods{source: f.source, packets: f.packets, gap: f.gap, open: map[floodKey]*flood{}}
	if len(state) == 0 {
		return nil
	}
	r := &reader{b: state[1:], bad: state[0] != stateFloods}
	f.watermark, f.behind = r.varint(), int(r.uvarint(stepBack))
	for range r.uvarint(maxFloods) {
		a := &flood{}
		copy(a.addr[:], r.bytes(16))
		bits := r.byte()
		a.prefix, a.sure = bits&1 != 0, bits&2 != 0
		a.port, a.first, a.last = uint16(r.uvarint(1<<16-1)), r.varint(), r.varint()
		a.packets = r.uvarint(1<<64 - 1)
		a.told = r.uvarint(a.packets)
		for i := range a.hosts {
			a.hosts[i] = r.uvarint(1<<64 - 1)
		}
		a.query = r.text(16 << 10)
		for range r.uvarint(maxSensors) {
			a.sensors = append(a.sensors, r.text(64))
		}
		if r.bad || f.open[a.floodKey] != nil || a.prefix && a.floodKey != a.widen() {
			return errFloods
		}
		f.open[a.floodKey] = a
		f.link(a)
	}
	if r.bad || len(r.b) > 0 {
		return errFloods
	}
	return nil
}
