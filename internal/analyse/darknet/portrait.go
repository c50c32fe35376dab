package darknet

import (
	"cmp"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// Bounds of a portrait.
const (
	heatWindows = 2
	heatRows    = 200
	fileMembers = 500
	fileRecords = 8
)

// Portrait draws the pictures of one activity from records: who sent how much
// when. Memory: a few hundred bytes a host. For one goroutine.
type Portrait struct {
	d       cure.Detection
	from    time.Time
	windows int
	sources map[Host]bool
	hosts   map[Host]*figure
	seen    []map[Host]bool // hosts a window
	ports   map[Port]map[Host]bool
	records []string
	Cut     bool // not all records were drawn
}

// figure is one host of a portrait.
type figure struct {
	first, last time.Time
	packets     uint64
	windows     map[int]bool
	heat        []uint32
	tool        Tool
	scanner     string
}

// NewPortrait begins the portrait of a detection, with what came before it from
// a time on.
func NewPortrait(d cure.Detection, from time.Time) *Portrait {
	from = from.Truncate(Tens.Length()).UTC()
	p := &Portrait{d: d, from: from, windows: int(d.End.Sub(from)/Tens.Length()) + 1, sources: map[Host]bool{}, hosts: map[Host]*figure{}, ports: map[Port]map[Host]bool{}}
	p.windows = min(max(p.windows, 1), historyWindows)
	p.seen = make([]map[Host]bool, p.windows)
	for _, o := range d.Sources {
		if h, ok := hostOf(o); ok {
			p.sources[h] = true
		}
	}
	return p
}

func hostOf(o cure.Observable) (Host, bool) {
	g := Group{}
	r := cure.Record{Observations: []cure.Observation{{Observable: o}}}
	ok := g.actor(&r)
	return g.Host, ok
}

// Add takes a record of a port of the detection.
func (p *Portrait) Add(r *cure.Record) {
	g, ok := GroupOf(r)
	if !ok || g.Answer || g.Time.Before(p.from) {
		return
	}
	at := int(g.Time.Sub(p.from) / Tens.Length())
	if at >= p.windows {
		return
	}
	f := p.hosts[g.Host]
	if f == nil {
		f = &figure{first: g.Time, windows: map[int]bool{}, tool: g.Tool, scanner: g.Scanner}
		p.hosts[g.Host] = f
	}
	if len(r.Observations) > 0 {
		o := &r.Observations[0]
		if len(f.windows) == 0 || o.First.Before(f.first) {
			f.first = o.First
		}
		f.last = later(f.last, later(o.First, o.Last))
	}
	f.packets += uint64(g.Count)
	f.windows[at] = true
	f.tool, f.scanner = max(f.tool, g.Tool), cmp.Or(f.scanner, g.Scanner)
	if g.Scanner == "" {
		if p.seen[at] == nil {
			p.seen[at] = map[Host]bool{}
		}
		p.seen[at][g.Host] = true
	}
	if w := int(g.Time.Sub(p.d.Start) / Tens.Length()); !g.Time.Before(p.d.Start) && w < heatWindows {
		if f.heat == nil {
			f.heat = make([]uint32, heatWindows*Tens.Bins)
		}
		for i, n := range g.Tens {
			f.heat[w*Tens.Bins+i] += n
		}
	}
	if !g.Time.Before(p.d.Start) && p.sources[g.Host] {
		if p.ports[g.Port] == nil {
			p.ports[g.Port] = map[Host]bool{}
		}
		p.ports[g.Port][g.Host] = true
		if len(p.records) < fileRecords {
			p.records = append(p.records, r.ID.String())
		}
	}
}

// Draw writes the pictures into a file.
func (p *Portrait) Draw(f *client.ActivityFile) {
	f.Growth = client.Series{From: p.from, Step: int(Tens.Length() / time.Second), Counts: make([]uint32, p.windows)}
	for i, m := range p.seen {
		f.Growth.Counts[i] = uint32(len(m))
	}
	f.PortSet = []client.PortShare{}
	for port, hosts := range p.ports {
		if o, ok := portValue(port); ok {
			f.PortSet = append(f.PortSet, client.PortShare{Port: o, Sources: len(hosts), Named: slices.Contains(p.d.Ports, o)})
		}
	}
	slices.SortFunc(f.PortSet, func(a, b client.PortShare) int {
		return cmp.Or(cmp.Compare(b.Sources, a.Sources), cmp.Compare(a.Port.Value, b.Port.Value))
	})
	f.Evidence = p.records
	p.members(f)
	p.heat(f)
}

// members lists the sources, and who was set aside at the same ports since it
// began.
func (p *Portrait) members(f *client.ActivityFile) {
	f.Members = []client.Member{}
	for h, x := range p.hosts {
		if !p.sources[h] && (x.scanner == "" || x.last.Before(p.d.Start)) {
			continue
		}
		f.Members = append(f.Members, client.Member{
			Host: hostValue(h), First: x.first, Last: x.last, Packets: x.packets, Windows: len(x.windows), Tool: x.tool.String(), Scanner: x.scanner,
		})
	}
	slices.SortFunc(f.Members, func(a, b client.Member) int {
		return cmp.Or(cmp.Compare(b.Packets, a.Packets), cmp.Compare(a.Host.Value, b.Host.Value))
	})
	f.Cut = max(len(f.Members)-fileMembers, 0)
	f.Members = f.Members[:min(len(f.Members), fileMembers)]
}

// heat draws who sent when. Rows are ordered by their first bin and then by
// the whole row, so that like rows stand together.
func (p *Portrait) heat(f *client.ActivityFile) {
	f.Heat = client.Heat{From: p.d.Start, Bin: int(Tens.Bin / time.Second), Bins: heatWindows * Tens.Bins, Hosts: []client.HeatRow{}}
	for h, x := range p.hosts {
		if x.heat != nil {
			f.Heat.Hosts = append(f.Heat.Hosts, client.HeatRow{Host: h.String(), Scanner: x.scanner, Counts: x.heat})
		}
	}
	rows := f.Heat.Hosts
	slices.SortFunc(rows, func(a, b client.HeatRow) int {
		for i := range a.Counts {
			if x, y := a.Counts[i] > 0, b.Counts[i] > 0; x != y {
				return map[bool]int{true: -1, false: 1}[x]
			}
		}
		return cmp.Compare(a.Host, b.Host)
	})
	f.Heat.Of = len(rows)
	if len(rows) > heatRows { // evenly
		for i := range heatRows {
			rows[i] = rows[i*len(rows)/heatRows]
		}
		f.Heat.Hosts = rows[:heatRows]
	}
}

// Curve writes the engine's expectation beside the growth: what it expected,
// and from where it would have alarmed. Windows in which it tested nothing
// have the value of the window before.
func (p *Portrait) Curve(f *client.ActivityFile, curve []Judgement) {
	if len(curve) == 0 {
		return
	}
	f.Baseline, f.Threshold = make([]float64, p.windows), make([]float64, p.windows)
	at := 0
	for i := range p.windows {
		start := p.from.Add(time.Duration(i) * Tens.Length())
		for at+1 < len(curve) && !curve[at+1].Window.After(start) {
			at++
		}
		f.Baseline[i], f.Threshold[i] = curve[at].Baseline, curve[at].Threshold
	}
}
