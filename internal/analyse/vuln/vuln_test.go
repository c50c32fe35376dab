package vuln

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/num/textclass"
	"github.com/opencure/cure/internal/publish/advisory"
)

// smallTree is a made-up part of a tree with every usage in it.
const smallTree = `{"version":"{\"ContentVersion\":\"0.1\"}","weaknesses":{
"CWE-1":{"name":"Pillar one","abstraction":"Pillar","usage":"Discouraged","parents1000":[]},
"CWE-2":{"name":"Pillar two","abstraction":"Pillar","usage":"Discouraged","parents1000":[]},
"CWE-10":{"name":"Memory","abstraction":"Class","usage":"Discouraged","suggest":["CWE-11"],"parents1000":["CWE-1"]},
"CWE-11":{"name":"Heap","abstraction":"Base","usage":"Allowed","parents1000":["CWE-10"]},
"CWE-12":{"name":"Stack","abstraction":"Variant","usage":"Allowed","parents1000":["CWE-10","CWE-2"]},
"CWE-20":{"name":"Script","abstraction":"Base","usage":"Allowed","parents1000":["CWE-2","CWE-99"]},
"CWE-21":{"name":"Query","abstraction":"Base","usage":"Allowed-with-Review","parents1000":["CWE-2"]},
"CWE-30":{"name":"Deprecated","abstraction":"Base","usage":"Prohibited","parents1000":["CWE-2"]}}}`

func tree(t testing.TB) *Tree {
	t.Helper()
	tree, err := ReadTree(strings.NewReader(smallTree))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// speech is made-up descriptions: what each label sounds like, and the CVSS
// vector that goes with it.
var speech = map[string]struct {
	words  []string
	vector string
}{
	"CWE-11": {[]string{"heap", "chunk", "freed", "allocator"}, "CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H"},
	"CWE-12": {[]string{"stack", "frame", "saved", "pointer"}, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
	"CWE-20": {[]string{"script", "page", "browser", "reflected"}, "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"},
	"CWE-21": {[]string{"query", "table", "database", "statement"}, "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N"},
}

// corpus makes n records from a seed. SYNTHETIC.
func corpus(seed uint64, n int) []advisory.Record {
	rnd := rand.New(rand.NewPCG(seed, 0))
	filler := strings.Fields("the attacker can send a crafted request to the service and the sample server before version fails to check it")
	labels := []string{"CWE-11", "CWE-12", "CWE-20", "CWE-21"}
	var all []advisory.Record
	for i := range n {
		label := labels[rnd.IntN(len(labels))]
		var words []string
		for range 3 {
			words = append(words, speech[label].words[rnd.IntN(4)])
		}
		for range 8 {
			words = append(words, filler[rnd.IntN(len(filler))])
		}
		rnd.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
		r := advisory.Record{ID: fmt.Sprintf("CVE-2023-%d%04d", seed, i), Text: strings.Join(words, " "), Weak: []string{label}, Labeller: "nvd", CVSS3: speech[label].vector}
		all = append(all, r)
	}
	return all
}

func settings() Settings {
	s := DefaultSettings()
	s.Floor, s.Texts, s.Keep, s.KeepCVSS, s.Refit = 20, 2, 2000, 2000, true
	return s
}

// small is a model of the made-up descriptions, trained once for all tests.
var small = sync.OnceValues(func() (*Model, error) {
	tree, err := ReadTree(strings.NewReader(smallTree))
	if err != nil {
		return nil, err
	}
	m, err := Train(context.Background(), tree, corpus(1, 600), corpus(2, 200), settings())
	if err == nil {
		_, err = m.Encode()
	}
	return m, err
})

func model(t testing.TB) *Model {
	t.Helper()
	m, err := small()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTree(t *testing.T) {
	tree := tree(t)
	if tree.Version != "0.1" || len(tree.All()) != 8 {
		t.Errorf("version %q, %d entries", tree.Version, len(tree.All()))
	}
	if d := cmp.Diff([]CWE{1, 10, 12}, tree.Path(12)); d != "" {
		t.Error(d)
	}
	for _, tt := range []struct {
		a, b CWE
		want bool
	}{{1, 12, true}, {2, 12, true}, {12, 12, true}, {12, 1, false}, {10, 20, false}} {
		if got := tree.Above(tt.a, tt.b); got != tt.want {
			t.Errorf("%s above %s: %v", tt.a, tt.b, got)
		}
	}
	if d := cmp.Diff([]CWE{11, 20}, tree.weaknesses([]string{"CWE-11", "nonsense", "CWE-30", "CWE-16", "cwe-20", "CWE-11"})); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]CWE{11, 12}, tree.Leaves(map[CWE]int{10: 900, 11: 200, 12: 200, 20: 199}, 200)); d != "" {
		t.Error(d)
	}
	// Further parents that lead in circles cost no time.
	round, err := ReadTree(strings.NewReader(strings.Replace(smallTree, `"parents1000":["CWE-1"]`, `"parents1000":["CWE-1","CWE-11","CWE-12"]`, 1)))
	if err != nil || !round.Above(1, 12) || round.Above(20, 12) {
		t.Errorf("circles: %v", err)
	}
	if _, err := ReadTree(strings.NewReader(strings.Replace(smallTree, `"parents1000":[]`, `"parents1000":["CWE-12"]`, 1))); cure.KindOf(err) != cure.Invalid {
		t.Errorf("a tree in a circle: %v", err)
	}
}

func TestScores(t *testing.T) {
	for _, tt := range []struct {
		vector, version string
		want            float64
	}{
		{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "3.1", 9.8},
		{"CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "3.0", 6.1},
		{"(AV:N/AC:L/Au:N/C:P/I:P/A:P)", "2.0", 7.5},
		{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "4.0", 9.3},
	} {
		got, version, err := Score(tt.vector)
		if err != nil || got != tt.want || version != tt.version {
			t.Errorf("%s: %.1f (%s), %v", tt.vector, got, version, err)
		}
	}
	for _, bad := range []string{"", "CVSS:3.1/AV:X", "CVSS:9/AV:N"} {
		if _, _, err := Score(bad); cure.KindOf(err) != cure.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	c, ok := parseChoice("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N/E:P")
	if !ok || c.score() != 6.1 || c.vector() != "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N" {
		t.Errorf("%v %v: %s %.1f", c, ok, c.vector(), c.score())
	}
}

func TestEstimate(t *testing.T) {
	e := model(t).Estimator()
	a := e.Explain("CVE-2023-10000", "A reflected script in the page reaches the browser of the attacker and a query fails.")
	if a.Type == nil || a.Type.ID != 20 || !a.Estimated || a.Model == "" {
		t.Fatalf("%+v", a)
	}
	if a.Path[0].ID != 2 || a.Path[len(a.Path)-1].Mass < 0.8 || a.Right == nil {
		t.Errorf("path %+v, right %+v", a.Path, a.Right)
	}
	if a.CVSS.Vector != speech["CWE-20"].vector || a.CVSS.Low > a.CVSS.Median || a.CVSS.Median > a.CVSS.High {
		t.Errorf("%+v", a.CVSS)
	}
	strongest := slices.MaxFunc(a.Reasons.Words, func(a, b Word) int { return cmpFloat(a.Weight, b.Weight) })
	if !slices.Contains(speech["CWE-20"].words, strongest.Text) {
		t.Errorf("deciding word %q", strongest.Text)
	}
	if s := a.Reasons.Similar; len(s) != 3 || s[0].Type != 20 {
		t.Errorf("similar %+v", s)
	}
	for _, tt := range []struct{ name, text, unsure string }{
		{"empty", " \n", "no text"},
		{"japanese", "見本サーバには、クロスサイトスクリプティングの脆弱性が存在します。", "(ja)"},
		{"chinese", "示例服务器存在跨站脚本漏洞攻击者可以利用", "(zh)"},
		{"german", "Ein Fehler in der Verarbeitung von Eingaben ist durch einen Angreifer auf das System mit und ohne Anmeldung nicht erkennbar", "(de)"},
		{"unknown words", "zzzz yyyy xxxx", "too few words"},
		{"undecided", "chunk allocator table statement", "sure enough"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if a := e.Explain("", tt.text); a.Type != nil || !strings.Contains(a.Unsure, tt.unsure) {
				t.Errorf("%+v", a)
			}
		})
	}
	long := strings.Repeat("heap chunk ", 100_000)
	if a := e.Estimate(long); a.Type == nil || a.Type.ID != 11 {
		t.Errorf("a megabyte: %+v", a.Type)
	}
}

// TestBackOff: when two siblings are as likely, the answer is what is above
// both, and what mapping discourages comes with what to look at instead.
func TestBackOff(t *testing.T) {
	e := model(t).Estimator()
	a := e.Estimate("heap and stack, freed and saved")
	if a.Type == nil || a.Type.ID != 10 || a.Type.Usage != Discouraged || !slices.Contains(a.Type.Suggest, 11) {
		t.Errorf("%+v top %+v", a.Type, a.Top)
	}
}

func TestModelFile(t *testing.T) {
	m := model(t)
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if back.kind.long != m.Settings.Long || back.kind.long == 0 {
		t.Errorf("texts are stretched by the power %g", back.kind.long)
	}
	if back.kind.heard == nil {
		t.Error("features are heard by their rarity")
	}
	const text = "heap chunk freed by the sample server"
	if d := cmp.Diff(m.Estimator().Explain("", text), back.Estimator().Explain("", text)); d != "" {
		t.Errorf("read back, the model answers otherwise:\n%s", d)
	}
	again, err := Train(context.Background(), tree(t), corpus(1, 600), corpus(2, 200), settings())
	if err != nil {
		t.Fatal(err)
	}
	if c, err := again.Encode(); err != nil || !bytes.Equal(b, c) {
		t.Errorf("the same records made another file, %v", err)
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "text": []byte("PK\x03\x04 something else, long enough to be read as a header"), "cut": b[:len(b)/2],
		"changed": append(slices.Clone(b[:len(b)-1]), b[len(b)-1]^1), "version": append([]byte("CUREVM99"), b[8:]...),
	} {
		if _, err := Decode(bad); cure.KindOf(err) != cure.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); cure.KindOf(err) != cure.NotFound {
		t.Errorf("no file: %v", err)
	}
	file := filepath.Join(t.TempDir(), "a.cvm")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file); err != nil {
		t.Error(err)
	}
}

// TestRefit: the texts held back change the weights in the end, but not what
// was calibrated on them, and count as known.
func TestRefit(t *testing.T) {
	s := settings()
	s.Refit = false
	before, err := Train(context.Background(), tree(t), corpus(1, 600), corpus(2, 200), s)
	if err != nil {
		t.Fatal(err)
	}
	after := model(t)
	if !cmp.Equal(before.kind.cal, after.kind.cal) || !cmp.Equal(before.Bins, after.Bins) {
		t.Error("the calibration changed")
	}
	if cmp.Equal(before.kind.weights, after.kind.weights, cmp.AllowUnexported(textclass.Sparse{})) {
		t.Error("the weights did not change")
	}
	if len(before.known.id) >= len(after.known.id) {
		t.Errorf("%d known CVEs, before %d", len(after.known.id), len(before.known.id))
	}
}

func TestTrainRefuses(t *testing.T) {
	s := settings()
	s.Floor = 100_000
	if _, err := Train(context.Background(), tree(t), corpus(1, 50), nil, s); cure.KindOf(err) != cure.Invalid {
		t.Errorf("no label with enough texts: %v", err)
	}
	s = settings()
	s.Theta = 2
	if _, err := Train(context.Background(), tree(t), nil, nil, s); cure.KindOf(err) != cure.Invalid {
		t.Errorf("theta of 2: %v", err)
	}
}

func TestMeasure(t *testing.T) {
	train, test := corpus(1, 600), corpus(3, 200)
	test = append(test, train[:5]...) // leaked
	r := measure(model(t), nil, train, corpus(2, 200), test)
	if r.Shared != 5 || r.Test != 200 {
		t.Errorf("%d leaked records found in %d", r.Shared, r.Test)
	}
	if top := r.Types[0].Top1; top.Value < 95 || top.Low > top.Value || top.High < top.Value {
		t.Errorf("top-1 %+v", top)
	}
	if r.Severity.Exact.Value < 90 || r.BackOffs[2].Right.Value < 95 {
		t.Errorf("%+v %+v", r.Severity, r.BackOffs[2])
	}
}

func TestDoubt(t *testing.T) {
	e := model(t).Estimator()
	wrong := advisory.Record{ID: "CVE-2024-1", Text: "script in the page of the browser, reflected", Weak: []string{"CWE-11"}, Labeller: "cna"}
	s, ok := e.Doubt(&wrong)
	if !ok || s.Instead != 20 || s.Doubt < 0.5 || s.Why == "" {
		t.Errorf("%+v %v", s, ok)
	}
	for _, fine := range []string{"CWE-20", "CWE-2", "nonsense"} { // right, its pillar, none
		wrong.Weak = []string{fine}
		if s, ok := e.Doubt(&wrong); ok {
			t.Errorf("%s is doubted: %+v", fine, s)
		}
	}
}

func TestDefault(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	e := m.Estimator()
	for text, want := range map[string]CWE{
		"SQL injection in the search form of Sample Shop 1.2 allows remote attackers to read the database via the q parameter.":            89,
		"Cross-site scripting (XSS) in Sample Wiki allows remote attackers to inject arbitrary web script or HTML via the name parameter.": 79,
		"Directory traversal in Sample Server allows attackers to read arbitrary files via .. in the path.":                                22,
	} {
		if a := e.Estimate(text); a.Type == nil || a.Type.ID != want {
			t.Errorf("%q: %+v, want %s", text, a.Type, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	m, err := small()
	if err != nil {
		f.Fatal(err)
	}
	b, err := m.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[8+32:])
	f.Fuzz(func(t *testing.T, b []byte) {
		// Behind the checksum: what somebody who can make one may write.
		for _, old := range []bool{false, true} {
			if m, err := decode(b, old); err == nil {
				m.Estimator().Explain("", "a heap overflow in the parser")
			}
		}
	})
}

func FuzzEstimate(f *testing.F) {
	m, err := small()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("heap chunk <script>alert(1)</script> \xff\x00")
	f.Fuzz(func(t *testing.T, s string) {
		a := m.Estimator().Explain("", s)
		if a.Reasons == nil {
			return
		}
		for _, w := range a.Reasons.Words {
			if s[w.Start:w.End] != w.Text {
				t.Fatalf("%+v in %q", w, s)
			}
		}
	})
}

func BenchmarkExplain(b *testing.B) {
	m, err := Default()
	if err != nil {
		b.Fatal(err)
	}
	e := m.Estimator()
	for b.Loop() {
		e.Explain("", "Heap-based buffer overflow in the PNG decoder of Sample Viewer 2.1 allows remote attackers to execute arbitrary code via a crafted image.")
	}
}

func BenchmarkEstimate(b *testing.B) {
	m, err := Default()
	if err != nil {
		b.Fatal(err)
	}
	e := m.Estimator()
	for b.Loop() {
		e.Estimate("Heap-based buffer overflow in the PNG decoder of Sample Viewer 2.1 allows remote attackers to execute arbitrary code via a crafted image.")
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
}
