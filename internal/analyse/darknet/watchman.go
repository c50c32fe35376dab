package darknet

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/opencure/cure/internal/num/tail"
)

// FalseShare is the share of false ones that is allowed among what the tests
// of one window find (Benjamini and Hochberg 1995): the stated false-alarm
// rate of portsync and fingerprint.
const FalseShare = 0.01

// watchman is what portsync and fingerprint have in common: subjects are
// tracked, tested, and the tests of a window judged together.
type watchman struct {
	name   string
	byTool bool
	sync   bool // tests synchrony too
	caution
	k    *tracker
	said verdicts
}

// Grid implements Engine.
func (m *watchman) Grid() Grid { return Tens }

// Name implements Engine.
func (m *watchman) Name() string { return m.name }

// State implements Engine.
func (m *watchman) State() []byte { return m.k.encode() }

// Restore implements Engine.
func (m *watchman) Restore(state []byte) error {
	k, err := decodeTracker(state)
	if err != nil {
		m.k = newTracker()
		return fmt.Errorf("restore engine %s: %w", m.name, err)
	}
	m.k = k
	return nil
}

// Why implements Explainer.
func (m *watchman) Why(p Port, at time.Time) []Judgement { return m.said.why(m.name, m.caution, p, at) }

// Feed implements Engine.
func (m *watchman) Feed(w *Window) []Alert {
	if m.k.Last != 0 && numberOf(w.Start) <= m.k.Last {
		return nil // of the past: the state is behind it
	}
	m.k.begin(w)
	folded := w.Fold(max(w.Level, Net24))
	all := headsOf(folded, m.byTool)
	total := make([]uint32, w.Bins)
	for i := range all {
		m.k.setAside(all[i].Port, all[i].scanners)
		for b, n := range all[i].presence(w.Bins) {
			total[b] += n
		}
	}
	var found []finding
	for i := range all {
		found = m.judge(w, &all[i], total, found)
	}
	p := make([]float64, len(found))
	for i := range found {
		p[i] = found[i].p
	}
	believed := tail.Discoveries(p, max(len(found), len(m.k.Keys)), FalseShare)
	// Where nothing is believed the line is what a single one would need.
	limit := max(believed, FalseShare/float64(max(len(found), len(m.k.Keys), 1)))
	var alerts []Alert
	for i := range found {
		f := &found[i]
		f.why = m.holds(w, f, limit)
		if f.why == "" {
			alerts = append(alerts, m.alert(w, f, limit))
		}
	}
	m.said.note(w.Start, found, limit)
	for i := range all { // after all tests, so that no order of subjects matters
		h := &all[i]
		if t := m.k.of(h.subject); t != nil {
			mean, variance := t.norm(m.k)
			t.count(h.nets, mean+5*math.Sqrt(variance)+leastSources)
		}
	}
	return alerts
}

// norm is mean and variance of a window's count as far as they are known.
func (t *track) norm(k *tracker) (mean, variance float64) {
	weight := 1 - math.Pow(1-alphaWindow, float64(k.Last-k.First+1))
	mean = t.M1 / weight
	return mean, max(t.M2/weight-mean*mean, 0)
}

// judge tests one subject.
func (m *watchman) judge(w *Window, h *heads, total []uint32, dst []finding) []finding {
	if m.byTool && h.Tool == NoTool || len(h.nets) == 0 {
		return dst
	}
	t := m.k.of(h.subject)
	if t == nil {
		return dst
	}
	dst = m.k.growth(m.caution, t, h, dst)
	if !m.sync {
		return dst
	}
	s := synchronyOf(h, total, w.Bins, m.burst)
	if s.n < leastSources {
		return dst
	}
	z := s.z()
	if m.k.Last-m.k.First >= warmWindows {
		f := finding{subject: h.subject, test: TestSynchrony, n: int(s.pairs), mean: s.mean, variance: s.variance, p: s.p, heads: h}
		f.usual = t.usual()
		if z < f.usual {
			f.p = 1
		}
		f.z = z
		dst = append(dst, f)
	}
	zc := min(z, t.usual()+5)
	t.S1 += alphaWindow * (zc - t.S1)
	t.S2 += alphaWindow * (zc*zc - t.S2)
	t.SN = min(t.SN+1, math.MaxUint16)
	return dst
}

// usual is the standardised synchrony above which a subject is not as it
// always is: some ports are scanned in step day by day.
func (t *track) usual() float64 {
	if t.SN == 0 {
		return 4
	}
	weight := 1 - math.Pow(1-alphaWindow, t.SN)
	mean := t.S1 / weight
	sd := math.Sqrt(max(t.S2/weight-mean*mean, 0))
	return max(mean, 0) + 4*max(sd, 1)
}

// holds says why a finding is no alarm, "" where it is one.
func (m *watchman) holds(w *Window, f *finding, limit float64) string {
	switch {
	case f.test == TestSynchrony && f.p == 1 && f.usual > 0 && f.z < f.usual && f.z > 4:
		return "in step, but no more than this port always is"
	case f.p >= 1:
		return fmt.Sprintf("fewer than %d sources, or less than %.1f times the expected", m.least, leastGrowth)
	case f.p > limit:
		return "chance gives as much somewhere among all ports"
	case crowded(f.heads.nets):
		return "four of five sources are in one network: one operator, not many hosts"
	}
	if _, one := slices.BinarySearchFunc(w.Focused, f.Port, Port.Compare); one {
		return "most packets go to one address: a misconfiguration, or an attack on it"
	}
	return ""
}

// alert makes an alert of a finding.
func (m *watchman) alert(w *Window, f *finding, limit float64) Alert {
	nets := m.members(f, w.Bins)
	a := Alert{
		Engine: m.name, Mode: Cure, Test: f.test, Start: w.Start, End: w.End(), Ports: []Port{f.Port}, Tool: f.Tool,
		Level: w.Level, Value: float64(f.n), Baseline: f.mean, Threshold: m.line(f.mean, f.variance, limit), Probability: f.p,
		Bins: f.heads.presence(w.Bins), Packets: f.heads.packets,
	}
	if f.test == TestSynchrony {
		a.Threshold = math.Ceil(f.mean + 4*math.Sqrt(f.variance+1))
	}
	digits := min(-math.Log10(max(f.p, 1e-300)), 300)
	a.Score = digits / (digits + 10)
	a.Sources, a.SourceN = sourcesIn(w, f.subject, m.byTool, nets)
	for _, name := range m.k.asides(f.Port) {
		a.Notes = append(a.Notes, SetAside+name)
	}
	return a
}

// SetAside begins a note that names a research scanner that was left out.
const SetAside = "set aside: "

// members are the networks that a finding is about: those in step; or all,
// where they are many times the expected; or those that are new.
func (m *watchman) members(f *finding, bins int) []Host {
	const many = 3
	if f.test == TestSynchrony {
		return f.heads.inStep(bins)
	}
	if f.test == TestWindow && float64(f.n) >= many*f.mean {
		return f.heads.nets
	}
	t := m.k.of(f.subject)
	var fresh []Host
	for _, h := range f.heads.nets {
		if !t.known(h) {
			fresh = append(fresh, h)
		}
	}
	if len(fresh) < m.least/2 {
		return f.heads.nets
	}
	return fresh
}

// sourcesIn returns the sources of a window at a subject that lie in some
// networks, ordered, and how many there are; nil means all networks.
func sourcesIn(w *Window, s subject, byTool bool, nets []Host) (hosts []Host, n int) {
	i, _ := slices.BinarySearchFunc(w.Cells, s.Port, func(c Cell, p Port) int { return c.Port.Compare(p) })
	for ; i < len(w.Cells) && w.Cells[i].Port == s.Port; i++ {
		c := &w.Cells[i]
		if c.Scanner != 0 || byTool && c.Tool != s.Tool {
			continue
		}
		if nets == nil {
			hosts = append(hosts, c.Host)
		} else if _, in := slices.BinarySearchFunc(nets, c.Host.At(max(w.Level, Net24)), Host.Compare); in {
			hosts = append(hosts, c.Host)
		}
	}
	slices.SortFunc(hosts, Host.Compare)
	hosts = slices.Compact(hosts)
	return hosts[:min(len(hosts), MaxSources)], len(hosts)
}

// verdicts remembers how tests came out, for who asks why.
type verdicts struct {
	windows []verdictsOf // oldest first
	n       int
}

type verdictsOf struct {
	start time.Time
	limit float64
	all   []finding // by subject, without what they point to
}

// maxVerdicts bounds what is remembered: a day of windows, and so many tests.
const maxVerdicts = 400_000

func (v *verdicts) note(start time.Time, found []finding, limit float64) {
	kept := make([]finding, 0, len(found))
	for _, f := range found {
		f.heads = nil
		kept = append(kept, f)
	}
	slices.SortStableFunc(kept, func(a, b finding) int { return a.compare(b.subject) })
	v.windows = append(v.windows, verdictsOf{start, limit, kept})
	v.n += len(kept)
	for len(v.windows) > 2*windowsADay || v.n > maxVerdicts && len(v.windows) > 1 {
		v.n -= len(v.windows[0].all)
		v.windows = v.windows[1:]
	}
}

func (v *verdicts) why(engine string, c caution, p Port, at time.Time) []Judgement {
	i, ok := slices.BinarySearchFunc(v.windows, at, func(w verdictsOf, at time.Time) int {
		switch {
		case !w.start.Add(Tens.Length()).After(at):
			return -1
		case w.start.After(at):
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	w := &v.windows[i]
	var all []Judgement
	k, _ := slices.BinarySearchFunc(w.all, p, func(f finding, p Port) int { return f.Port.Compare(p) })
	for ; k < len(w.all) && w.all[k].Port == p; k++ {
		f := &w.all[k]
		j := Judgement{
			Engine: engine, Window: w.start, Test: f.test, Value: float64(f.n), Baseline: f.mean,
			Threshold: c.line(f.mean, f.variance, w.limit), Alarmed: f.why == "", Why: f.why,
		}
		if f.test == TestSynchrony {
			j.Threshold = math.Ceil(f.mean + 4*math.Sqrt(f.variance+1))
		}
		if f.Tool != NoTool {
			j.Test += " of " + f.Tool.String()
		}
		j.Why = cmp.Or(f.why, fmt.Sprintf("p-value %.1e is below the line %.1e", f.p, w.limit))
		all = append(all, j)
	}
	return all
}

// curve returns how the growth test of a port came out in each window.
func (v *verdicts) curve(engine string, c caution, p Port, from, to time.Time) (all []Judgement) {
	for i := range v.windows {
		w := &v.windows[i]
		if w.start.Before(from) || w.start.After(to) {
			continue
		}
		k, _ := slices.BinarySearchFunc(w.all, p, func(f finding, p Port) int { return f.Port.Compare(p) })
		for ; k < len(w.all) && w.all[k].Port == p; k++ {
			if f := &w.all[k]; f.test == TestWindow {
				all = append(all, Judgement{
					Engine: engine, Window: w.start, Test: f.test, Value: float64(f.n), Baseline: f.mean,
					Threshold: c.line(f.mean, f.variance, w.limit), Alarmed: f.why == "", Why: f.why,
				})
			}
		}
	}
	return all
}
