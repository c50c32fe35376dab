package gen

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/opencure/cure/internal/publish/packet"
)

// nuisances plants what looks like an activity and is none: three spikes a day
// and one misconfiguration in two days; and the victims of floods with forged
// senders.
func (w *World) nuisances() {
	for i := range 3 * w.Config.Days {
		id := fmt.Sprintf("spike-%03d", i)
		r := w.random(id)
		s := &spike{r: r, at: Begin.Add(time.Duration(i)*8*time.Hour + time.Duration(r.Int64N(int64(7*time.Hour)))), port: newPort(r)}
		if r.IntN(2) == 0 { // one /16
			net := public(r) &^ 0xffff
			for range 20 + r.IntN(60) {
				s.hosts = append(s.hosts, net|uint32(r.IntN(1<<16)))
			}
		} else {
			for range 1 + r.IntN(3) {
				s.hosts = append(s.hosts, public(r))
			}
		}
		s.label = w.label(&Label{ID: id, Class: Spike, Ports: []string{fmt.Sprintf("tcp/%d", s.port)}})
		w.actors = append(w.actors, s)
	}
	for i := range (w.Config.Days + 1) / 2 {
		id := fmt.Sprintf("misguided-%03d", i)
		r := w.random(id)
		s := &spike{r: r, at: Begin.Add(time.Duration(i)*48*time.Hour + time.Duration(r.Int64N(int64(40*time.Hour)))), port: newPort(r), one: true, length: 12 * time.Hour, proto: packet.UDP}
		for range 50 + r.IntN(400) {
			s.hosts = append(s.hosts, public(r))
		}
		s.label = w.label(&Label{ID: id, Class: Misguided, Ports: []string{fmt.Sprintf("udp/%d", s.port)}})
		w.actors = append(w.actors, s)
	}
	for i := range 4 {
		id := fmt.Sprintf("victim-%d", i)
		r := w.random(id)
		v := &victim{r: r, src: public(r), port: []uint16{80, 443, 53, 25565}[i], from: Begin.Add(time.Duration(r.IntN(24)) * time.Hour), rate: 40}
		v.label = w.label(&Label{ID: id, Class: Victim, Ports: []string{fmt.Sprintf("tcp/%d", v.port)}})
		w.actors = append(w.actors, v)
	}
	if w.Config.Flood > 0 {
		v := &flooded{r: w.random("flood"), from: Begin.AddDate(0, 0, w.Config.Quiet), n: w.Config.Flood}
		w.actors = append(w.actors, v)
	}
}

// spike is hosts that send to one port for an hour; or to one address for half
// a day.
type spike struct {
	r      *rand.Rand
	label  int
	at     time.Time
	length time.Duration // 0: an hour
	hosts  []uint32
	port   uint16
	proto  uint8 // 0: TCP
	one    bool  // one destination
}

func (s *spike) slice(from time.Time, emit func(Packet)) {
	if s.length == 0 {
		s.length = time.Hour
	}
	if from.Before(s.at) || from.After(s.at.Add(s.length)) {
		return
	}
	n := 200
	if s.one {
		n = len(s.hosts) / 4
	}
	for range n {
		p := Packet{
			At: from.Add(time.Duration(s.r.Int64N(int64(sliceLength)))), Src: s.hosts[s.r.IntN(len(s.hosts))], Dst: uint16(s.r.Uint32()),
			SrcPort: 1024 + uint16(s.r.IntN(60000)), Port: s.port, Proto: packet.TCP, Label: s.label,
		}
		if s.one {
			p.Dst, p.Proto = 4242, s.proto
		}
		emit(p)
	}
}

// victim answers to forged senders for an hour each day.
type victim struct {
	r     *rand.Rand
	label int
	src   uint32
	port  uint16
	from  time.Time
	rate  float64
}

func (v *victim) slice(from time.Time, emit func(Packet)) {
	if from.Sub(v.from)%(24*time.Hour) > time.Hour || from.Before(v.from) {
		return
	}
	for range poisson(v.r, v.rate) {
		emit(Packet{
			At: from.Add(time.Duration(v.r.Int64N(int64(sliceLength)))), Src: v.src, Dst: uint16(v.r.Uint32()), Port: v.port,
			SrcPort: 1024 + uint16(v.r.IntN(60000)), Proto: packet.TCP, Answer: true, Label: v.label,
		})
	}
}

// flooded is a day of answers, each from another forged source.
type flooded struct {
	r    *rand.Rand
	from time.Time
	n    int
}

func (f *flooded) slice(from time.Time, emit func(Packet)) {
	if from.Before(f.from) || !from.Before(f.from.AddDate(0, 0, 1)) {
		return
	}
	for range f.n / 144 {
		emit(Packet{
			At: from.Add(time.Duration(f.r.Int64N(int64(sliceLength)))), Src: f.r.Uint32(), Dst: uint16(f.r.Uint32()), Port: 443,
			SrcPort: 1024 + uint16(f.r.IntN(60000)), Proto: packet.TCP, Answer: true, Label: -1,
		})
	}
}
