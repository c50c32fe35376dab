package web

import (
	"bytes"
	"io"
	"log/slog"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

// hostile is what strangers write into any field.
var hostile = map[string]string{
	"element":   `<xss-mark><script>alert(1)</script>`,
	"attribute": `" onmouseover="alert(1)" xss-mark="`,
	"quote":     `' onfocus='alert(1)' autofocus x='`,
	"url":       `javascript:alert(1)//xss-mark`,
	"comment":   `--><xss-mark><!--`,
	"raw text":  `</title></textarea></style></pre><xss-mark>`,
	"template":  `{{.}}{{template "layout.html"}}`,
	"direction": "exe.\u202etxt\u2066\u2069\u200f\u061c",
	"invisible": "a\u200bb\ufeffc\u00add\u2060e",
	"control":   "\x1b[2J\x00\x07\r\u0085\x9b",
	"not utf-8": "\xff\xfe\xc0\xaf<xss-mark>",
	"long":      strings.Repeat(`<xss-mark a="`, 10_000/13),
}

// fill puts s into every string that can be reached from v, and something
// that is not zero into the rest.
func fill(v reflect.Value, s string) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 11, 20, 1, 40, 0, 0, time.UTC)))
		return
	case cure.Kind:
		v.Set(reflect.ValueOf(cure.KindURL))
		return
	case []byte:
		v.SetBytes([]byte(s))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64, reflect.Int32:
		v.SetInt(2)
	case reflect.Uint8:
		v.SetUint(2)
	case reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(12345)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(.5)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), s)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), s)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, val := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, s)
		fill(val, s)
		v.SetMapIndex(key, val)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), s)
	}
}

// filled returns a T full of s.
func filled[T any](s string) T {
	var v T
	fill(reflect.ValueOf(&v).Elem(), s)
	return v
}

// everyPage renders each page with data full of s.
func everyPage(t *testing.T, s string) map[string]string {
	t.Helper()
	p := New(Options{
		Version: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now: func() time.Time { return time.Date(2026, 11, 20, 1, 40, 0, 0, time.UTC) },
	})
	matrix := access.Matrix{Names: []string{s, "tickets", "enrich", s + "2"}, Shared: [][]uint64{{9, 3, 1, 1}, {3, 9, 0, 1}, {1, 0, 9, 0}, {1, 1, 0, 4}}}
	known := filled[access.Answer](s)
	known.Links = slices.Repeat(known.Links, 5) // long enough to be folded
	known.Related = slices.Repeat(known.Related, 8)
	known.Recent = slices.Repeat(known.Recent, 5)
	known.Sources = slices.Repeat(known.Sources, 5)
	e := entity{Answer: known, Tagged: known.Covering, More: true, Records: filled[access.TagRecords](s), Folded: known.Links, Vuln: new(filled[estimated](s))}
	e.Strips, e.Axis = strips(known, filled[access.Timeline](s))
	lost := entity{Answer: known}
	lost.Known = false
	data := map[string]any{
		"home":    home{Stats: filled[access.Stats](s), Kinds: filled[[]kindCount](s), Sources: 3, Picture: draw(matrix, ""), Newest: filled[[]access.Summary](s), Widest: filled[[]access.Summary](s)},
		"answer":  e,
		"results": filled[results](s),
		"shared":  filled[access.Shared](s),
		"record":  filled[access.Opened](s),
		"login":   s,
		"cases":   filled[[]access.CaseFile](s), "case": filled[access.CaseFile](s),
		"documents": filled[access.Documents](s), "document": filled[access.DocumentFile](s),
		"campaigns": filled[access.Campaigns](s), "campaign": filled[access.Campaign](s),
		"vulnerabilities": filled[vulnerabilities](s),
		"problem":         s,
		"sources": struct {
			Rows []sourceRow
			Hub  *access.Status
		}{filled[[]sourceRow](s), new(filled[access.Status](s))},
		"links": struct {
			BySource bool
			Names    []string
			Rows     [][]cell
		}{true, matrix.Names, heat(matrix)},
		"quarantine": struct {
			Source  cure.Source
			Records []access.BadRecord
		}{cure.Source(s), filled[[]access.BadRecord](s)},
	}
	out := map[string]string{}
	render := func(as, name string, data any) {
		w := httptest.NewRecorder()
		f := frame{Title: s, Query: s, Data: data}
		if err := p.render(w, httptest.NewRequest("GET", "/", nil), 200, name, f); err != nil {
			t.Fatalf("render %s: %v", as, err)
		}
		out[as] = w.Body.String()
	}
	for name := range p.pages {
		d, ok := data[name]
		if !ok {
			t.Fatalf("no data for page %s", name)
		}
		render(name, name, d)
	}
	render("answer of nothing", "answer", lost)
	return out
}

func TestHostileTextStaysText(t *testing.T) {
	for name, s := range hostile {
		t.Run(name, func(t *testing.T) {
			for page, body := range everyPage(t, s) {
				checkInert(t, page, body)
			}
		})
	}
}

// checkInert fails when a page holds markup that is not ours or characters
// that steer the reader.
func checkInert(t *testing.T, page, body string) {
	t.Helper()
	for _, r := range body {
		if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || strings.ContainsRune("\u200b\u200f\u061c\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", r) {
			t.Errorf("page %s holds the character %U", page, r)
			break
		}
	}
	z := html.NewTokenizer(strings.NewReader(body))
	for z.Next() != html.ErrorToken {
		tok := z.Token()
		if tok.Type != html.StartTagToken && tok.Type != html.SelfClosingTagToken {
			continue
		}
		switch tok.Data {
		case "script", "iframe", "object", "embed", "style", "img", "base", "xss-mark":
			t.Errorf("page %s has an element %s", page, tok.Data)
		}
		for _, a := range tok.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "xss-mark", a.Key == "srcdoc":
				t.Errorf("page %s has an attribute %s on %s", page, a.Key, tok.Data)
			case a.Key == "href" || a.Key == "action" || a.Key == "src":
				if !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#") || strings.HasPrefix(a.Val, "//") {
					t.Errorf("page %s leads elsewhere: %s=%.80q", page, a.Key, a.Val)
				}
			}
		}
	}
}

func TestPagesAreWhole(t *testing.T) {
	for page, body := range everyPage(t, "example") {
		if strings.Contains(body, "ZgotmplZ") || strings.Contains(body, "<no value>") || strings.Contains(body, "%!") || strings.Contains(body, `\u`) {
			t.Errorf("page %s has a hole", page)
		}
		if !strings.Contains(body, `<html lang="en">`) {
			t.Errorf("page %s has no language", page)
		}
		if _, err := html.Parse(strings.NewReader(body)); err != nil {
			t.Errorf("page %s: %v", page, err)
		}
		var open []string
		z := html.NewTokenizer(strings.NewReader(body))
		for {
			tt := z.Next()
			if tt == html.ErrorToken {
				break
			}
			name, _ := z.TagName()
			switch tt {
			case html.StartTagToken:
				switch string(name) {
				case "meta", "link", "input", "br":
				default:
					open = append(open, string(name))
				}
			case html.EndTagToken:
				if len(open) == 0 || open[len(open)-1] != string(name) {
					t.Fatalf("page %s: </%s> closes %v", page, name, open)
				}
				open = open[:len(open)-1]
			}
		}
		if len(open) > 0 {
			t.Errorf("page %s leaves %v open", page, open)
		}
	}
}

func TestDefang(t *testing.T) {
	for _, tt := range []struct{ name, kind, in, want string }{
		{"address", "ip", "198.51.100.7", "198[.]51[.]100[.]7"},
		{"IPv6", "ip", "2001:db8::1", "2001[:]db8[:][:]1"},
		{"domain", "domain", "c2.example.org", "c2[.]example[.]org"},
		{"mail", "email", "a@example.org", "a[@]example[.]org"},
		{"URL", "url", "http://example.org/a.b", "hxxp://example[.]org/a.b"},
		{"URL with TLS", "url", "https://example.org/", "hxxps://example[.]org/"},
		{"other scheme", "url", "ftp://example.org/x", "ftp://example[.]org/x"},
		{"hash", "hash", "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kind, err := cure.ParseKind(tt.kind)
			if err != nil {
				t.Fatal(err)
			}
			if got := defang(cure.Observable{Kind: kind, Value: tt.in}); got != tt.want {
				t.Errorf("defang(%s) = %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestStyleNeedsNothingFromOutside(t *testing.T) {
	css, err := files.ReadFile("static/cure.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"@import", "http:", "https:", "//", "url(data:"} {
		if bytes.Contains(css, []byte(bad)) {
			t.Errorf("style sheet contains %s", bad)
		}
	}
}
