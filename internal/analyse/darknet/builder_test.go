package darknet

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure/internal/publish/packet"
)

var (
	begin  = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	telnet = Port{packet.TCP, 23}
)

func host(a, b, c, d byte) Host {
	return Host{Addr: packet.V4(uint32(a)<<24 | uint32(b)<<16 | uint32(c)<<8 | uint32(d))}
}

// collect builds windows of one grid.
func collect(o Building) (*Builder, *[]*Window) {
	var all []*Window
	o.Grids, o.Window = []Grid{Tens}, func(w *Window) { all = append(all, w) }
	return NewBuilder(o), &all
}

func TestBuilderCounts(t *testing.T) {
	b, all := collect(Building{})
	at := func(s int, h Host, n uint32) {
		b.Add(&Sight{Time: begin.Add(time.Duration(s) * time.Second), Host: h, Port: telnet, Count: n})
	}
	at(0, host(198, 51, 100, 7), 1)
	at(49, host(198, 51, 100, 7), 2)
	at(599, host(198, 51, 100, 7), 1)
	at(60, host(192, 0, 2, 1), 100_000_000)
	b.Add(&Sight{Time: begin, Host: host(203, 0, 113, 9), Port: Port{packet.TCP, 80}, Answer: true, Count: 5})
	at(3*600, host(192, 0, 2, 1), 1) // two windows are empty
	at(0, host(192, 0, 2, 1), 3)     // late
	b.Flush()
	if len(*all) != 4 || len((*all)[1].Cells)+len((*all)[2].Cells) != 0 {
		t.Fatalf("%d windows, want 4, two of them empty", len(*all))
	}
	w := (*all)[0]
	if !w.Start.Equal(begin) || len(w.Cells) != 2 || w.Cells[0].Host != host(192, 0, 2, 1) {
		t.Fatalf("first window: %+v", w)
	}
	if w.Total(0) != 100_000_000 || !slices.Equal(w.Row(1), []uint32{3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}) {
		t.Errorf("counts %d, %v", w.Total(0), w.Row(1))
	}
	if w.Backscatter.Packets != 5 || w.Backscatter.Sources != 1 || b.Late != 3 {
		t.Errorf("backscatter %+v, %d late", w.Backscatter, b.Late)
	}
}

func TestBuilderBadClocks(t *testing.T) {
	for _, tt := range []struct {
		name          string
		times         []time.Duration
		windows       int
		late, strange uint64
	}{
		{"unordered within the grace", []time.Duration{0, 50 * time.Minute, 10 * time.Minute, 55 * time.Minute}, 12, 0, 0},
		{"unordered beyond it", []time.Duration{0, 3 * time.Hour, time.Minute}, 25, 1, 0},
		{"a packet a year ahead", []time.Duration{0, 365 * 24 * time.Hour, time.Minute}, 7, 0, 1},
		{"a gap of three days, believed after some packets", append([]time.Duration{0}, slices.Repeat([]time.Duration{72 * time.Hour}, 70)...), 14, 0, 63},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, all := collect(Building{Grace: time.Hour})
			for _, d := range tt.times {
				b.Add(&Sight{Time: begin.Add(d), Host: host(192, 0, 2, 1), Port: telnet, Count: 1})
			}
			b.Flush()
			if b.Late != tt.late || b.Strange != tt.strange {
				t.Errorf("late %d, strange %d; want %d, %d", b.Late, b.Strange, tt.late, tt.strange)
			}
			for i := 1; i < len(*all); i++ {
				if !(*all)[i-1].Start.Before((*all)[i].Start) {
					t.Fatal("windows are out of order")
				}
			}
			if len(*all) != tt.windows {
				t.Errorf("%d windows, want %d", len(*all), tt.windows)
			}
		})
	}
}

// TestBuilderIsBounded: forged sources fill no memory, and are counted.
func TestBuilderIsBounded(t *testing.T) {
	b, all := collect(Building{Cells: 1000})
	const n = 50_000
	for i := range uint32(n) {
		b.Add(&Sight{Time: begin.Add(time.Duration(i) * time.Millisecond), Host: Host{Addr: packet.V4(i * 2654435761)}, Port: telnet, Count: 1})
		b.Add(&Sight{Time: begin, Host: Host{Addr: packet.V4(i)}, Port: telnet, Count: 1, Answer: true})
	}
	b.Flush()
	w := (*all)[0]
	if len(w.Cells) != 1000 || w.Overflow.Packets != n-1000 || w.Backscatter.Packets != n {
		t.Errorf("%d cells, overflow %d, backscatter %d", len(w.Cells), w.Overflow.Packets, w.Backscatter.Packets)
	}
	for _, got := range []uint64{w.Overflow.Sources, w.Backscatter.Sources} {
		if got < n*85/100 || got > n*115/100 {
			t.Errorf("about %d sources, want near %d", got, n)
		}
	}
	if len(w.Overflow.Ports) != 1 || w.Overflow.Ports[0].Port != telnet {
		t.Errorf("ports of the overflow: %v", w.Overflow.Ports)
	}
}

func TestFold(t *testing.T) {
	b, all := collect(Building{})
	for i, h := range []Host{host(198, 18, 1, 1), host(198, 18, 1, 2), host(198, 18, 2, 1), host(198, 19, 1, 1)} {
		s := Sight{Time: begin, Host: h, Port: telnet, Count: uint32(i + 1)}
		if i == 0 {
			s.Scanner = "example research"
		}
		b.Add(&s)
	}
	b.Flush()
	w := (*all)[0]
	got := w.Fold(Net24)
	var hosts []string
	for i, c := range got.Cells {
		hosts = append(hosts, c.Host.String())
		if c.Scanner != 0 {
			t.Errorf("%s is a scanner, though not all of it is", c.Host)
		}
		if i == 0 && got.Total(i) != 3 {
			t.Errorf("first network has %d packets, want 3", got.Total(i))
		}
	}
	if d := cmp.Diff([]string{"198.18.1.0", "198.18.2.0", "198.19.1.0"}, hosts); d != "" {
		t.Error(d)
	}
	if len(w.Fold(Net16).Cells) != 2 || w.Fold(Address) != w {
		t.Error("folding to /16, or not at all")
	}
}

// TestFocused: what goes to one address is known as such.
func TestFocused(t *testing.T) {
	b, all := collect(Building{})
	for i := range byte(20) {
		b.Add(&Sight{Time: begin, Host: host(198, 18, i, 1), Port: Port{packet.UDP, 5060}, Dest: packet.V4(7), Count: 1})
		b.Add(&Sight{Time: begin, Host: host(198, 18, i, 1), Port: telnet, Dest: packet.V4(uint32(i)), Count: 1})
	}
	b.Flush()
	if got := (*all)[0].Focused; !slices.Equal(got, []Port{{packet.UDP, 5060}}) {
		t.Errorf("focused: %v", got)
	}
}

// crowdOf feeds an engine days of a small steady crowd, and then hosts at a
// port that has been silent, all in one bin.
func crowdOf(e Engine, windows int, last func(b *Builder, at time.Time)) []Alert {
	var alerts []Alert
	b := NewBuilder(Building{Grids: []Grid{Tens}, Window: func(w *Window) { alerts = append(alerts, e.Feed(w)...) }})
	for i := range windows {
		at := begin.Add(time.Duration(i) * Tens.Length())
		for k := range 30 {
			x := uint32(i*31+k*17) * 2654435761
			b.Add(&Sight{Time: at.Add(time.Duration(x%600) * time.Second), Host: Host{Addr: packet.V4(x | 1<<30)}, Port: Port{packet.TCP, []uint16{23, 445, 80}[k%3]}, Count: 1})
		}
	}
	last(b, begin.Add(time.Duration(windows)*Tens.Length()))
	b.Flush()
	return alerts
}

func newcomers(b *Builder, at time.Time) {
	for i := range byte(40) {
		b.Add(&Sight{Time: at.Add(time.Duration(i) * time.Second), Host: host(198, 10+i%8, i, 1), Port: Port{packet.TCP, 48123}, Tool: Mirai, Count: 1})
	}
}

func TestWatchmanNoticesNewcomers(t *testing.T) {
	for _, name := range []string{"portsync", "fingerprint"} {
		e, err := NewEngine(name, Settings{})
		if err != nil {
			t.Fatal(err)
		}
		alerts := crowdOf(e, 200, newcomers)
		if len(alerts) == 0 {
			t.Fatalf("%s noticed nothing", name)
		}
		for _, a := range alerts {
			if a.Ports[0].Number != 48123 || a.SourceN != 40 || !(a.Value > a.Threshold) || !(a.Threshold > a.Baseline) {
				t.Errorf("%s: alert %+v", name, a)
			}
		}
		why := e.(Explainer).Why(Port{packet.TCP, 23}, begin.Add(190*Tens.Length()))
		if name == "portsync" && (len(why) == 0 || why[0].Alarmed || why[0].Why == "") {
			t.Errorf("%s does not say why it was silent: %+v", name, why)
		}
	}
}

// TestWatchmanIsSilent where there is no activity.
func TestWatchmanIsSilent(t *testing.T) {
	for _, tt := range []struct {
		name string
		last func(b *Builder, at time.Time)
	}{
		{"nothing", func(*Builder, time.Time) {}},
		{"one operator", func(b *Builder, at time.Time) {
			for i := range byte(60) {
				b.Add(&Sight{Time: at, Host: host(203, 0, i, 1), Port: Port{packet.TCP, 5000}, Count: 1})
			}
		}},
		{"listed scanners", func(b *Builder, at time.Time) {
			for i := range byte(60) {
				b.Add(&Sight{Time: at, Host: host(i+20, 0, i, 1), Port: Port{packet.TCP, 5000}, Count: 1, Scanner: "example research"})
			}
		}},
		{"one address is the goal", func(b *Builder, at time.Time) {
			for i := range byte(60) {
				b.Add(&Sight{Time: at.Add(time.Duration(i) * 9 * time.Second), Host: host(i+20, 0, i, 1), Port: Port{packet.UDP, 5000}, Dest: packet.V4(7), Count: 3})
			}
		}},
		{"one source with very many packets", func(b *Builder, at time.Time) {
			b.Add(&Sight{Time: at, Host: host(20, 0, 0, 1), Port: telnet, Count: 100_000_000})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := NewPortsync(Settings{})
			if alerts := crowdOf(e, 200, tt.last); len(alerts) != 0 {
				t.Errorf("alerts: %+v", alerts)
			}
		})
	}
}

// TestStateGoesOn: an engine that was restored says the same as one that was
// not interrupted, and a state is the same for the same windows.
func TestStateGoesOn(t *testing.T) {
	for _, name := range []string{"portsync", "fingerprint", "zscore"} {
		one, _ := NewEngine(name, Settings{})
		crowdOf(one, 200, func(*Builder, time.Time) {})
		state := one.State()
		again, _ := NewEngine(name, Settings{})
		crowdOf(again, 200, func(*Builder, time.Time) {})
		if !bytes.Equal(state, again.State()) {
			t.Errorf("%s: the same windows give another state", name)
		}
		two, _ := NewEngine(name, Settings{})
		if err := two.Restore(state); err != nil {
			t.Fatal(err)
		}
		var w *Window
		b := NewBuilder(Building{Grids: []Grid{Tens}, Window: func(x *Window) { w = x }})
		newcomers(b, begin.Add(201*Tens.Length()))
		b.Flush()
		if d := cmp.Diff(one.Feed(w), two.Feed(w)); d != "" {
			t.Errorf("%s: restored, it says something else:\n%s", name, d)
		}
		if two.Restore(state[:len(state)/2]) == nil {
			t.Errorf("%s takes half a state", name)
		}
	}
}
