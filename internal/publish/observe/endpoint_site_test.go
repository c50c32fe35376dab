package observe_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
)

// site makes what the agents of a site say, synthetic, from a seed: machines
// that begin at eight in the morning with the same services, people who start
// programs that start others, jobs of the night, a program new to the site now
// and then, and now and then one that does what attacks do, which is planted.
type site struct {
	rnd     *rand.Rand
	hosts   []machine
	at      time.Time
	n       int
	started int // programs that came to the site after the first day
	planted int
	done    map[string]bool // what was planted: a second time it is not new
}

// machine is one, with the processes that start others.
type machine struct {
	name                      string
	services, shell, mail, ed string // process ids
}

const siteDay = 10 * time.Hour

func newSite(hosts int, seed uint64) *site {
	s := &site{done: map[string]bool{}, rnd: rand.New(rand.NewPCG(seed, 500)), at: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)}
	for i := range hosts {
		s.hosts = append(s.hosts, machine{name: fmt.Sprintf("pc%03d.office.example", i)})
	}
	return s
}

// line says that a program was started, and returns the id it got.
func (s *site) line(b *strings.Builder, m *machine, image, parent, parentImage string) string {
	s.n++
	id := fmt.Sprintf("%s-%d", m.name, s.n)
	fmt.Fprintf(b, `{"EventID":1,"Hostname":%q,"UtcTime":%q,"ProcessGuid":%q,"Image":"C:\\Programs\\%s","ParentProcessGuid":%q,"ParentImage":"C:\\Programs\\%s","User":"OFFICE\\hanako","CommandLine":"%s"}`+"\n",
		m.name, s.at.Format("2006-01-02 15:04:05.000"), id, image, parent, parentImage, image)
	return id
}

// begin starts a machine in the morning.
func (s *site) begin(b *strings.Builder, m *machine) {
	m.services = s.line(b, m, "services.exe", "", "wininit.exe")
	for i := range 30 {
		s.line(b, m, fmt.Sprintf("service%02d.exe", i), m.services, "services.exe")
	}
	m.shell = s.line(b, m, "explorer.exe", "", "userinit.exe")
	m.mail = s.line(b, m, "outlook.exe", m.shell, "explorer.exe")
	m.ed = s.line(b, m, "winword.exe", m.shell, "explorer.exe")
}

// next appends what happens next, and says whether it was planted.
func (s *site) next(b *strings.Builder) (planted bool) {
	m := &s.hosts[s.rnd.IntN(len(s.hosts))]
	if s.at = s.at.Add(time.Duration(s.rnd.IntN(2 * int(siteDay) / (1000 * len(s.hosts))))); s.at.Hour() >= 18 {
		s.at = s.at.Truncate(24 * time.Hour).Add(32 * time.Hour)
		for i := range s.hosts {
			s.hosts[i].shell = ""
		}
	}
	if m.shell == "" {
		s.begin(b, m)
	}
	tail := func(n int) int { return int(float64(n) * s.rnd.Float64() * s.rnd.Float64() * s.rnd.Float64()) }
	switch x := s.rnd.IntN(1_000_000); {
	case x < 20: // a document starts a script host, and that another
		s.planted++
		id := s.line(b, m, "powershell.exe", m.ed, "winword.exe")
		s.line(b, m, "rundll32.exe", id, "powershell.exe")
		return true
	case x < 40: // a service starts what no service ever started
		image, parent := []string{"mshta.exe", "certutil.exe", "wmic.exe", "bitsadmin.exe"}[s.rnd.IntN(4)], fmt.Sprintf("service%02d.exe", s.rnd.IntN(30))
		s.line(b, m, image, m.services, parent)
		if planted = !s.done[image+parent]; planted {
			s.done[image+parent] = true
			s.planted++
		}
		return planted
	case x < 140: // a program new to the site
		s.started++
		s.line(b, m, fmt.Sprintf("new%05d.exe", s.started), m.shell, "explorer.exe")
	case x < 300_000: // a person starts a program, and that its helpers
		app := tail(80)
		id := s.line(b, m, fmt.Sprintf("app%02d.exe", app), m.shell, "explorer.exe")
		for range tail(6) {
			s.line(b, m, fmt.Sprintf("helper%02d.exe", (app*7+tail(5))%60), id, fmt.Sprintf("app%02d.exe", app))
		}
	case x < 900_000: // services start tasks
		svc := tail(30)
		s.line(b, m, fmt.Sprintf("task%02d.exe", (svc*3+tail(4))%40), m.services, "services.exe")
	default: // mail and editor open their own
		s.line(b, m, "viewer.exe", m.mail, "outlook.exe")
	}
	return false
}

// told is what a site's baseline said.
type told struct {
	starts, flagged, planted, found int
}

// watch gives n starts of a site to the endpoint publisher. A start counts as
// flagged when its record says what is unusual.
func watch(t testing.TB, hosts, n int, seed uint64) told {
	dec, fold, err := observe.Endpoint().New(publish.Options{Source: "endpoint/a", Names: publish.NewPseudonyms([32]byte{9}), Own: publish.NewOwnSide(ownSide)})
	if err != nil {
		t.Fatal(err)
	}
	var r told
	s := newSite(hosts, seed)
	var unusual bool
	emit := func(rec *cure.Record) {
		if slices.ContainsFunc(rec.Attrs, func(a cure.Attr) bool { return a.Name == "unusual" }) {
			unusual = true
		}
	}
	var b strings.Builder
	for s.n < n {
		b.Reset()
		planted := s.next(&b)
		hit := false
		for line := range strings.Lines(b.String()) {
			unusual = false
			if err := dec.Decode([]byte(line), func(ev *publish.Event) { fold.Add(ev, emit) }); err != nil {
				t.Fatal(err)
			}
			fold.Spill(emit)
			if unusual {
				r.flagged++
				hit = true
			}
		}
		if planted && hit {
			r.found++
		}
	}
	r.starts, r.planted = s.n, s.planted
	return r
}

// TestEndpointSite: of the starts of a site of 100 machines at most one in a
// hundred is unusual, and each chain that begins in a document is among them.
func TestEndpointSite(t *testing.T) {
	r := watch(t, 100, 40_000, 1)
	if r.starts < 40_000 || r.planted == 0 || r.flagged*100 > r.starts || r.found < r.planted {
		t.Errorf("%+v", r)
	}
}

// BenchmarkEndpointSite is the size of the published evaluation of such an
// engine: 2.4 million paths of processes of 500 machines.
func BenchmarkEndpointSite(b *testing.B) {
	var r told
	for b.Loop() {
		r = watch(b, 500, 2_400_000, 7)
	}
	b.ReportMetric(float64(r.flagged)*100/float64(r.starts), "%flagged")
	b.ReportMetric(float64(r.found)*100/float64(r.planted), "%found")
	b.ReportMetric(float64(r.planted), "planted")
	b.ReportMetric(float64(r.starts)*float64(b.N)/b.Elapsed().Seconds(), "starts/s")
}

// TestParentsStayKnown: a service that starts others now and then is known
// after more short processes than can be held.
func TestParentsStayKnown(t *testing.T) {
	var b strings.Builder
	at := time.Date(2026, 11, 19, 8, 0, 0, 0, time.UTC)
	start := func(id, image, parent, hash string) {
		at = at.Add(time.Second)
		fmt.Fprintf(&b, `{"EventID":1,"Hostname":"pc1","UtcTime":%q,"ProcessGuid":%q,"Image":"C:\\%s","ParentProcessGuid":%q,"ParentImage":"C:\\x.exe","Hashes":%q}`+"\n",
			at.Format("2006-01-02 15:04:05.000"), id, image, parent, hash)
	}
	start("init", "init.exe", "", "")
	start("svc", "services.exe", "init", "")
	for i := range 10_000 {
		start(fmt.Sprint(i), "short.exe", "", "")
		if i%1000 == 0 {
			start(fmt.Sprint("t", i), "task.exe", "svc", "")
		}
	}
	start("last", "last.exe", "svc", fmt.Sprintf("SHA256=%064x", 7))
	in := filepath.Join(t.TempDir(), "sysmon.json")
	write(t, in, []byte(b.String()))
	h, _ := run(t, observe.Endpoint(), "endpoint/a", nil, in)
	last := h.Records[len(h.Records)-1]
	if !slices.Contains(last.Attrs, cure.Attr{Name: "path", Value: "services.exe > last.exe"}) {
		t.Errorf("%+v", last.Attrs)
	}
}
