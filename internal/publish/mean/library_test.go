package mean_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure/internal/publish/mean"
)

func catalogue(t *testing.T, data []byte) *mean.Catalogue {
	t.Helper()
	c, err := mean.ReadCatalogue(t.Context(), put(t, "catalogue.json", data))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDiff(t *testing.T) {
	old := read(t, "attack.in")
	next := old
	for _, r := range [][2]string{
		{`"name":"Nami RAT"`, `"name":"Nami Bot"`},
		{`"aliases":["Umi","Blue  WAVE"`, `"aliases":["Umi","Red Wave","Blue  WAVE"`},
		{`"id":"malware--s1"`, `"id":"malware--s1","x":1`},
		{`"name":"ping","x_mitre`, `"name":"ping","revoked":true,"x_mitre`},
		{`"type":"campaign","id":"campaign--c1"`, `"type":"campaign","id":"campaign--c2"`},
		{`"source_ref":"campaign--c1"`, `"source_ref":"campaign--c2"`},
		{`"x_mitre_version":"2.0"`, `"x_mitre_version":"2.1"`},
		{`"relationship_type":"mitigates"`, `"revoked":true,"relationship_type":"mitigates"`},
	} {
		next = bytes.Replace(next, []byte(r[0]), []byte(r[1]), 1)
	}
	want := []mean.Change{
		{Kind: "campaign", What: "added", Tag: "campaign:operation tide", Text: "Operation Tide"},
		{Kind: "campaign", What: "removed", Tag: "campaign:operation tide", Text: "Operation Tide"},
		{Kind: "group", What: "names", Tag: "group:umi", Text: "+ red wave"},
		{Kind: "malware", What: "renamed", Tag: "malware:nami bot", Text: "Nami RAT -> Nami Bot"},
		{Kind: "mitigates", What: "removed", Tag: "attack:m9036", Text: "attack:t9110"},
		{Kind: "technique", What: "changed", Tag: "attack:t9110", Text: "Brute Force"},
		{Kind: "tool", What: "revoked", Tag: "tool:ping", Text: "ping"},
		{Kind: "uses", What: "added", Tag: "malware:nami bot", Text: "malware:nami bot"},
		{Kind: "uses", What: "removed", Tag: "malware:nami rat", Text: "malware:nami rat"},
	}
	if diff := cmp.Diff(want, mean.Diff(catalogue(t, old), catalogue(t, next))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if same := mean.Diff(catalogue(t, old), catalogue(t, old)); len(same) > 0 {
		t.Errorf("the same release differs: %v", same)
	}
}

func TestReadCatalogueRefuses(t *testing.T) {
	for name, data := range map[string]string{"page": "<html></html>", "empty": "", "other": `{"type":"bundle","objects":[{"type":"identity"}]}`} {
		if _, err := mean.ReadCatalogue(t.Context(), put(t, name, []byte(data))); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestCited(t *testing.T) {
	cited := catalogue(t, read(t, "attack.in")).Cited()
	c, ok := cited["https://reports.example/umi"]
	if !ok || len(cited) != 1 || !strings.HasPrefix(c.Title, "Example, A.") {
		t.Fatalf("cited %v", cited)
	}
	want := []mean.Keyword{{Tag: "group:umi", Names: []string{"Umi", "g9001", "umi", "blue wave", "kaigara", "陽炎組"}}}
	if diff := cmp.Diff(want, c.Keywords); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestTextOf(t *testing.T) {
	pdf := func(_ context.Context, data []byte) (string, error) { return "from pdf", nil }
	tests := map[string]struct {
		data  string
		title string
		text  string
		err   string
	}{
		"page": {
			"<!DOCTYPE html><html><head><title> A &amp; B </title><style>x</style></head><body><nav>menu 198.51.100.1</nav>" +
				"<h1>Head</h1><p>one <b>two</b>\nthree<br>four</p><script>var a='198.51.100.2'</script><table><tr><td>a</td><td>b</td></tr></table></body></html>",
			"A & B", "# Head\none two three\nfour\n | a | b", "",
		},
		"page that ends badly": {"<html><body><p>one<div>two", "", "one\ntwo", ""},
		"page in CP932": {
			"<html><head><meta charset=\"shift_jis\"><title>\x83J\x83Q\x83\x8d\x83E</title></head><body>\x92\xca\x90M\x90\xe6 198.51.100.7</body></html>",
			"カゲロウ", "通信先 198.51.100.7", "",
		},
		"Markdown":       {"# Head\n\n- 198.51.100[.]7\n", "", "# Head\n\n- 198.51.100[.]7\n", ""},
		"UTF-16":         {"\xff\xfeh\x00i\x00", "", "hi", ""},
		"PDF":            {"%PDF-1.7\n", "", "from pdf", ""},
		"program":        {"\x7fELF\x00\x00\x00", "", "", "neither HTML, PDF nor text"},
		"nothing":        {"  \n", "", "", "no text in it"},
		"head alone":     {"<html><head><title>x</title>", "", "", "no text in it"},
		"body in a head": {"<html><head><body>text</body>", "", "text", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			title, text, err := mean.TextOf(t.Context(), []byte(tt.data), pdf)
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Errorf("got %v, want %s", err, tt.err)
				}
				return
			}
			if err != nil || title != tt.title || strings.TrimSpace(text) != strings.TrimSpace(tt.text) {
				t.Errorf("got %q, %q, %v", title, text, err)
			}
		})
	}
}

func FuzzTextOf(f *testing.F) {
	f.Add([]byte("<html><body><p>198.51.100[.]7</p>"))
	f.Add([]byte("\xff\xfeh\x00"))
	f.Add([]byte("<html><head><head></head><svg><svg></svg>x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, text, err := mean.TextOf(t.Context(), data, nil)
		if err == nil && (len(text) > mean.MaxReferenceText || strings.TrimSpace(text) == "") {
			t.Errorf("text of %d bytes", len(text))
		}
		ref := mean.Reference{URL: "https://reports.example/a", Text: text, Keywords: []mean.Keyword{{Tag: "group:umi", Names: []string{"umi"}}}}
		for _, tie := range ref.Ties() {
			if tie.Indicator.Check() != nil || tie.Tag.Check() != nil || len(tie.Sentence) > 2000+len(tie.Indicator.Value)*8 {
				t.Errorf("tie %v", tie)
			}
		}
	})
}

func TestTies(t *testing.T) {
	umi := []mean.Keyword{{Tag: "group:umi", Names: []string{"Umi"}}, {Tag: "malware:kaze", Names: []string{"Kaze"}}}
	tests := map[string]struct {
		text string
		want []string // indicator tag confidence
	}{
		"defanged in the sentence": {"Umi used c2[.]nami[.]example. Then it left.", []string{"domain:c2.nami.example group:umi 70"}},
		"named elsewhere":          {"Umi is old.\n198.51.100[.]7 is new.", []string{"ip:198.51.100.7 group:umi 50"}},
		"nobody named":             {"198.51.100[.]7 is new.", []string{"ip:198.51.100.7 group:umi 20", "ip:198.51.100.7 malware:kaze 20"}},
		"part of a word":           {"Umihara saw 198.51.100[.]7.", []string{"ip:198.51.100.7 group:umi 20", "ip:198.51.100.7 malware:kaze 20"}},
		"references are plain":     {"Umi: a[.]example, b[.]example, c[.]example; see news.other.example in this long sentence of a blog post for more of it.", []string{"domain:a.example group:umi 70", "domain:b.example group:umi 70", "domain:c.example group:umi 70"}},
		"plain in running text":    {"Umi was first described on the page of other.example in a post that everybody has read since then.", nil},
		"plain in a list":          {"Umi\nIndicators of compromise\n198.51.100.7\nevil.example", []string{"ip:198.51.100.7 group:umi 50", "domain:evil.example group:umi 50"}},
		"own publisher":            {"Umi: www.reports[.]example", nil},
		"private address":          {"Umi: 192.168.0[.]1", nil},
		"hash":                     {"The file of Umi has the sum 4f2e29f5bdcdef2c9e4a27c1b8a7c2a5cbd6a50d0a1a0fd2ad36ad9ef93a1a11 in all the cases.", []string{"hash:4f2e29f5bdcdef2c9e4a27c1b8a7c2a5cbd6a50d0a1a0fd2ad36ad9ef93a1a11 group:umi 70"}},
		"empty file":               {"Umi e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ref := mean.Reference{URL: "https://reports.example/a", Text: tt.text, Keywords: umi}
			var got []string
			for _, tie := range ref.Ties() {
				got = append(got, tie.Indicator.String()+" "+tie.Tag.Value+" "+string([]byte{'0' + tie.Confidence/10, '0'}))
				if !strings.Contains(tt.text, tie.Sentence) {
					t.Errorf("%q does not stand in the text", tie.Sentence)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestShelf(t *testing.T) {
	dir := t.TempDir()
	const u = "https://reports.example/umi"
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(mean.FileOf(u)+".txt", "Umi used 198.51.100[.]7.")
	c := catalogue(t, read(t, "attack.in"))
	s, err := mean.OpenShelf(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	p, err := mean.ImportReferences(t.Context(), c, s, nil, &out)
	if err != nil || p.Stored != 1 || p.Read != 1 || p.Tied != 1 || p.Ties != 1 {
		t.Errorf("by name of file: %+v, %v", p, err)
	}
	write("b.pdf", "%PDF-1.4")
	write(mean.ManifestName, `{"url":"`+u+`","file":"b.pdf"}`+"\n\n"+`{"url":"https://other.example/","failed":"HTTP status 404"}`+"\n")
	if s, err = mean.OpenShelf(dir); err != nil {
		t.Fatal(err)
	}
	p, err = mean.ImportReferences(t.Context(), c, s, nil, nil)
	if err != nil || p.Failed != 1 || p.Reasons[u] != "PDF files cannot be read here" {
		t.Errorf("a PDF without reader: %+v, %v", p, err)
	}
	for _, bad := range []string{"no json", `{"file":"x"}`, `{"url":"x","file":"../../etc/passwd"}`, `{"url":"x","file":"/etc/passwd"}`} {
		write(mean.ManifestName, bad)
		if _, err := mean.OpenShelf(dir); err == nil {
			t.Errorf("manifest %s was taken", bad)
		}
	}
}

// TestFetch: what is on a listed host and allowed by its robots.txt, once.
func TestFetch(t *testing.T) {
	asked := map[string]int{}
	mux := http.NewServeMux()
	serve := func(path, kind, text string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			asked[r.URL.Path]++
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write([]byte(text))
		})
	}
	serve("/robots.txt", "text/plain", "User-agent: *\nDisallow: /secret\nAllow: /secret/open$\n")
	serve("/umi", "text/html; charset=utf-8", "<html><body>Umi used 198.51.100[.]7.</body></html>")
	serve("/secret/a", "text/html", "no")
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://unlisted.example/", http.StatusFound)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	var objects []string
	for i, path := range []string{"/umi", "/secret/a", "/gone", "/away"} {
		objects = append(objects, `{"type":"intrusion-set","id":"intrusion-set--`+path+`","modified":"2026-01-02T00:00:00Z","name":"Group `+path+
			`","external_references":[{"source_name":"mitre-attack","external_id":"G`+string(rune('1'+i))+`"},{"source_name":"x","description":"t","url":"`+server.URL+path+`"},{"source_name":"y","url":"https://unlisted.example`+path+`"}]}`)
	}
	c := catalogue(t, []byte(strings.Join(objects, "\n")))
	dir := t.TempDir()
	at, slept := now(), time.Duration(0)
	host, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	f := mean.Fetcher{
		Hosts: []string{host.Host}, Pause: 10 * time.Second, Client: server.Client(), Now: func() time.Time { return at },
		Wait: func(_ context.Context, d time.Duration) error { slept += d; at = at.Add(d); return nil },
	}
	want := []mean.Fetched{
		{Fetched: 1, Failed: 2, Refused: 1, Unlisted: 4},
		{Stored: 3, Refused: 1, Unlisted: 4}, // what failed is not tried again
	}
	for i, w := range want {
		s, err := mean.OpenShelf(dir)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Fetch(t.Context(), c, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(w, got); diff != "" {
			t.Errorf("run %d (-want +got)\n%s", i, diff)
		}
	}
	if asked["/umi"] != 1 || asked["/secret/a"] != 0 || slept < 30*time.Second {
		t.Errorf("asked %v, slept %v", asked, slept)
	}
	s, err := mean.OpenShelf(dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := mean.ImportReferences(t.Context(), c, s, nil, nil)
	if err != nil || p.Read != 1 || p.Ties != 1 || p.Failed != 2 {
		t.Errorf("imported %+v, %v", p, err)
	}
}

// TestFetchWithoutRobots: a host whose rules cannot be read is left alone, one
// that has none is not.
func TestFetchWithoutRobots(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		want   mean.Fetched
	}{
		"broken": {http.StatusInternalServerError, mean.Fetched{Refused: 1}},
		"none":   {http.StatusNotFound, mean.Fetched{Fetched: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/robots.txt" {
					w.WriteHeader(tt.status)
				}
			}))
			defer server.Close()
			c := catalogue(t, []byte(`{"type":"tool","id":"tool--1","modified":"2026-01-02T00:00:00Z","name":"x","external_references":[{"source_name":"mitre-attack","external_id":"S1"},{"source_name":"x","url":"`+server.URL+`/a"}]}`))
			s, err := mean.OpenShelf(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			f := mean.Fetcher{
				Hosts: []string{strings.TrimPrefix(server.URL, "http://")}, Client: server.Client(), Now: now,
				Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
			}
			got, err := f.Fetch(t.Context(), c, s, nil)
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestReadHosts(t *testing.T) {
	hosts, err := mean.ReadHosts(strings.NewReader("# ours\nReports.example\n\nother.example # two\n"))
	if diff := cmp.Diff([]string{"reports.example", "other.example"}, hosts); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for _, bad := range []string{"", "*.example", "https://reports.example/", "a b"} {
		if _, err := mean.ReadHosts(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if _, err := mean.ReadHosts(failing{}); err == nil {
		t.Error("a list that cannot be read was taken")
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("broken") }
