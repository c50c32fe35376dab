package scenario

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

var update = flag.Bool("update", false, "rewrite testdata/digests.txt")

// digests writes one line an input, and one for the truth.
func digests(t *testing.T, s *Story) string {
	t.Helper()
	var b strings.Builder
	line := func(name string, data []byte) {
		sum := sha256.Sum256(data)
		b.WriteString(hex.EncodeToString(sum[:8]) + " " + name + "\n")
	}
	for _, in := range s.Inputs {
		line(string(in.Source)+"/"+in.Name, in.Data)
	}
	truth, err := json.Marshal(s.Truth)
	if err != nil {
		t.Fatal(err)
	}
	line("truth", truth)
	return b.String()
}

// TestSameSeedSameBytes also compares with the bytes of earlier versions: what
// other tests count must not change unseen.
func TestSameSeedSameBytes(t *testing.T) {
	got := digests(t, New(1, Frozen()))
	if again := digests(t, New(1, Frozen().UTC())); again != got {
		t.Errorf("two tellings differ:\n%s\n%s", got, again)
	}
	if other := digests(t, New(2, Frozen())); other == got {
		t.Error("another seed tells the same story")
	}
	name := filepath.Join("testdata", "digests.txt")
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestLiveClock holds that only times move with the clock.
func TestLiveClock(t *testing.T) {
	frozen, live := New(1, Frozen()), New(1, Frozen().Add(100*24*time.Hour+7*time.Minute))
	if diff := cmp.Diff(frozen.Truth.Links, live.Truth.Links); diff != "" {
		t.Errorf("links (-frozen +live)\n%s", diff)
	}
	if diff := cmp.Diff(frozen.Truth.Sources, live.Truth.Sources); diff != "" {
		t.Errorf("sources (-frozen +live)\n%s", diff)
	}
	for i, in := range live.Inputs {
		if got, want := in.Arrives.Sub(frozen.Inputs[i].Arrives), 100*24*time.Hour+7*time.Minute; got != want {
			t.Errorf("%s arrives %v later, want %v", in.Name, got, want)
		}
	}
}

func TestPlantedLinks(t *testing.T) {
	s := New(1, Frozen())
	bots := map[string]bool{}
	for _, b := range s.Cast.Bots {
		bots[b.Addr.String()] = true
	}
	got := map[string]int{}
	known := map[string]string{}
	for _, l := range s.Truth.Links {
		var pubs []string
		for _, src := range l.Sources {
			pubs = append(pubs, src.Publisher())
		}
		pubs = slices.Compact(pubs)
		if a, err := netip.ParseAddr(l.Observable.Value); err == nil && netip.MustParsePrefix(OwnNetwork).Contains(a) &&
			l.Observable.Value != Camera && l.Observable.Value != Office {
			continue // own hosts that nothing happened to
		}
		if !bots[l.Observable.Value] {
			known[l.Observable.Value] = strings.Join(pubs, " ")
			continue
		}
		for i, a := range pubs {
			for _, b := range pubs[i+1:] {
				got[a+" "+b]++
			}
		}
	}
	want := map[string]int{
		"allport cowrie": 38, "allport dionaea": 9, "allport feeds": 12, "allport glastopf": 17,
		"allport darknet": 61, "cowrie darknet": 38, "darknet dionaea": 9, "darknet feeds": 12, "darknet glastopf": 17,
		"cowrie dionaea": 6, "cowrie feeds": 10, "cowrie glastopf": 17, "dionaea feeds": 8, "feeds glastopf": 3,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bots that publishers share (-want +got)\n%s", diff)
	}
	others := map[string]string{
		Loader: "cowrie feeds glastopf malsites reports social tickets", LoaderURL: "cowrie glastopf malsites reports social", C2First: "feeds reports social",
		NewsC2: "decoynet feeds livenet reports social webaccess", Hash("K1"): "cowrie malsites reports tickets",
		Hash("S1"): "alerts decoynet malmail reports tickets", Hash("S2"): "decoynet endpoint", DownloadName: "alerts malmail reports", DownloadURL: "alerts malmail",
		Forger: "malmail spamdb", ForgerHost: "malmail spamdb", "hinata-denki.example": "malmail spamdb",
		"192.0.2.193": "darknet tickets", NewsC2IP: "decoynet endpoint livenet reports", Camera: "alerts darknet livenet", Victim: "amppot darknet", Office: "alerts endpoint livenet webaccess",
		C2Second: "alerts livenet malsites", C2SecondName: "alerts malsites",
	}
	if diff := cmp.Diff(others, known); diff != "" {
		t.Errorf("others that publishers share (-want +got)\n%s", diff)
	}
}

func TestForbidden(t *testing.T) {
	s := New(1, Frozen())
	for _, f := range s.Truth.Forbidden {
		if f.Why == "" || (f.Text == "") == f.Observable.IsZero() {
			t.Errorf("%+v is not one thing with a reason", f)
		}
		if !f.Observable.IsZero() && f.Observable.Check() != nil {
			t.Errorf("%v is not canonical", f.Observable)
		}
		for _, l := range s.Truth.Links {
			if f.Publisher == "" && l.Observable == f.Observable {
				t.Errorf("%v is forbidden and planted", l.Observable)
			}
		}
	}
}

func TestQuarantine(t *testing.T) {
	truth := New(1, Frozen()).Truth
	if got := truth.Quarantined(); got != 18 {
		t.Errorf("%d records must be refused, want 18", got)
	}
	for src, f := range truth.Sources {
		if honeypot := slices.Contains([]string{"allport", "cowrie", "dionaea", "glastopf"}, src.Publisher()); honeypot != (len(f.Quarantined) == 3) {
			t.Errorf("%s: %v", src, f.Quarantined)
		}
	}
}

// event is what both honeypot formats have in common.
type event struct {
	EventID   string `json:"eventid"`
	SrcIP     string `json:"src_ip"`
	DstIP     string `json:"dst_ip"`
	Timestamp string `json:"timestamp"`
}

// events parses the honeypot lines of an input; those that cannot be parsed or
// have an impossible time are counted.
func events(t *testing.T, s *Story, in Input) (good []time.Time, broken int) {
	t.Helper()
	lines := bufio.NewScanner(bytes.NewReader(in.Data))
	for lines.Scan() {
		if !bytes.Contains(lines.Bytes(), []byte("SYNTHETIC")) && bytes.HasSuffix(lines.Bytes(), []byte("}")) {
			t.Errorf("%s: line does not say that it is synthetic: %s", in.Source, lines.Text())
		}
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			broken++
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, strings.TrimSuffix(e.Timestamp, "Z")+"Z")
		if err != nil || at.Year() < 2000 {
			broken++
			continue
		}
		if src, err := netip.ParseAddr(e.SrcIP); err != nil || !synthetic(src.Unmap()) {
			t.Errorf("%s: address %q is of no range of the story", in.Source, e.SrcIP)
		}
		if at.Before(s.Now.Add(begin)) || at.After(in.Arrives) {
			t.Errorf("%s: event at %v, between %v and %v expected", in.Name, at, s.Now.Add(begin), in.Arrives)
		}
		good = append(good, at)
	}
	return good, broken
}

var ranges = []netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("2001:db8::/32"),
}

func synthetic(a netip.Addr) bool {
	return slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Contains(a) })
}

func TestHoneypotFiles(t *testing.T) {
	s := New(1, Frozen())
	lines, broken := map[cure.Source]int{}, map[cure.Source]int{}
	for _, in := range append(s.Of("cowrie"), s.Of("dionaea")...) {
		good, bad := events(t, s, in)
		if !slices.IsSortedFunc(good, time.Time.Compare) && in.Source.Publisher() == "cowrie" {
			t.Errorf("%s/%s is not in order of time", in.Source, in.Name)
		}
		lines[in.Source] += len(good) + bad
		broken[in.Source] += bad
	}
	for src, n := range lines {
		f := s.Truth.Sources[src]
		planted := 0
		for _, k := range f.Quarantined {
			planted += k
		}
		if f.Lines != n || planted != broken[src] {
			t.Errorf("%s: %d lines, %d broken; the truth says %d and %d", src, n, broken[src], f.Lines, planted)
		}
	}
}

func TestSilentSensor(t *testing.T) {
	s := New(1, Frozen())
	for _, in := range s.Of("cowrie") {
		if in.Name != "cowrie.json" {
			continue
		}
		good, _ := events(t, s, in)
		longest := time.Duration(0)
		var gap [2]time.Time
		for i := 1; i < len(good); i++ {
			if d := good[i].Sub(good[i-1]); d > longest {
				longest, gap = d, [2]time.Time{good[i-1], good[i]}
			}
		}
		if silent := in.Source == "cowrie/sendai1"; silent != (longest >= 2*time.Hour) {
			t.Errorf("%s: longest silence %v, from %v to %v", in.Source, longest, gap[0].In(JST), gap[1].In(JST))
		}
	}
}

func TestLateFile(t *testing.T) {
	s := New(1, Frozen())
	for _, in := range s.Of("cowrie") {
		if in.Name == "cowrie.json" {
			continue
		}
		good, _ := events(t, s, in)
		if in.Name != "cowrie.json.2026-11-19" || len(good) == 0 || in.Arrives.Sub(good[len(good)-1]) < 12*time.Hour {
			t.Errorf("%s arrives at %v with events until %v", in.Name, in.Arrives, good)
		}
	}
}

// TestCrowd holds that the crowd is one bot a /24, five at the beginning, 41
// before the order, all before now.
func TestCrowd(t *testing.T) {
	cast := New(1, Frozen()).Cast
	nets := map[netip.Prefix]bool{}
	first, early := 0, 0
	for i, b := range cast.Bots {
		p, err := b.Addr.Prefix(24)
		if err != nil || nets[p] || !netip.MustParsePrefix("198.18.0.0/15").Contains(b.Addr) {
			t.Errorf("bot %d: %v", i, b.Addr)
		}
		nets[p] = true
		if b.First < SamplesUp {
			first++
		}
		if b.First < scanOrder {
			early++
		}
		if b.First < firstBots || b.First > at(20, 10, 20) {
			t.Errorf("bot %d appears at %v", i, b.First)
		}
	}
	if len(nets) != 240 || first != 5 || early != 41 {
		t.Errorf("%d networks, %d bots at first, %d early; want 240, 5, 41", len(nets), first, early)
	}
}

func TestFeeds(t *testing.T) {
	s := New(1, Frozen())
	word := regexp.MustCompile(`[0-9A-Fa-f:.]*[0-9a-f][0-9A-Fa-f:.]*`)
	for _, in := range s.Of("feeds") {
		if !bytes.Contains(in.Data, []byte("SYNTHETIC")) {
			t.Errorf("%s does not say that it is synthetic", in.Name)
		}
		for _, w := range word.FindAllString(string(in.Data), -1) {
			if a, err := netip.ParseAddr(w); err == nil && !synthetic(a) {
				t.Errorf("%s: address %v is of no range of the story", in.Name, a)
			}
		}
		if in.Arrives.Before(s.Now.Add(feedListsC2)) && bytes.Contains(in.Data, []byte(C2First)) {
			t.Errorf("%s lists C2-1 before 09:00", in.Name)
		}
	}
}

// TestDefinitions holds that each feed of the story is defined.
func TestDefinitions(t *testing.T) {
	for _, in := range New(1, Frozen()).Of("feeds") {
		if !strings.Contains(Definitions, "- name: "+in.Source.Instance()+"\n") {
			t.Errorf("%s has no definition", in.Source)
		}
	}
}

func TestWrite(t *testing.T) {
	s := New(1, Frozen())
	dir := t.TempDir()
	paths, err := s.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(data, s.Inputs[i].Data) {
			t.Errorf("%s differs from its input (%v)", path, err)
		}
	}
	if feeds, err := os.ReadFile(filepath.Join(dir, "feeds.yaml")); err != nil || string(feeds) != Definitions {
		t.Errorf("feeds.yaml differs from the definitions (%v)", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth Truth
	if err := json.Unmarshal(text, &truth); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Truth, truth, cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Errorf("truth.json (-want +got)\n%s", diff)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New(1, Frozen())
	}
}
