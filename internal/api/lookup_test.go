package api

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

var exampleValues = []cure.Observable{
	{Kind: cure.KindIP, Value: "198.51.100.7"},
	{Kind: cure.KindDomain, Value: "mirai.example.org"},
}

var exampleHits = access.Hits{
	Sources: []cure.Source{"cowrie/tokyo1", "feeds/ipsum"},
	Ends:    []uint32{2, 2},
	Rows: []access.Hit{
		{Source: 0, Roles: 1 << cure.RoleScanner, First: 0x5f5e2f80, Last: 0x5f5e2f90, Count: 3},
		{Source: 1, Roles: 1 << cure.RoleUnknown, First: 0x5f5ee300, Last: 0x5f5ee300, Count: 1},
	},
}

// documented returns the bytes of the examples in docs/formats/lookup.md.
func documented(t *testing.T) (question, answer []byte) {
	t.Helper()
	text, err := os.ReadFile("../../docs/formats/lookup.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "## Example")
	var blocks [][]byte
	in := false
	for line := range strings.SplitSeq(example, "\n") {
		code, ok := strings.CutPrefix(line, "    ")
		if !ok {
			in = false
			continue
		}
		if !in {
			blocks = append(blocks, nil)
			in = true
		}
		for _, word := range strings.Fields(code) {
			b, err := hex.DecodeString(word)
			if err != nil || len(word) != 2 {
				break
			}
			blocks[len(blocks)-1] = append(blocks[len(blocks)-1], b...)
		}
	}
	if len(blocks) < 2 {
		t.Fatal("no example in the document")
	}
	return blocks[0], blocks[1]
}

func TestLookupFormatIsAsDocumented(t *testing.T) {
	question, answer := documented(t)

	q, err := client.AppendKeys(nil, exampleValues)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(question, q); d != "" {
		t.Errorf("question (-document +code):\n%s", d)
	}
	d := desktop{body: question}
	if err := d.parseKeys(); err != nil {
		t.Fatal(err)
	}
	var want access.Keys
	for _, v := range exampleValues {
		want.Add(v)
	}
	if d := cmp.Diff(want, d.keys); d != "" {
		t.Errorf("keys read (-want +got):\n%s", d)
	}

	if d := cmp.Diff(answer, appendHits(nil, &exampleHits)); d != "" {
		t.Errorf("answer (-document +code):\n%s", d)
	}
	l, err := client.ParseHits(answer)
	if err != nil {
		t.Fatal(err)
	}
	wantLookup := &client.Lookup{Sources: exampleHits.Sources, Hits: [][]client.Hit{
		{{Source: 0, Roles: 2, First: 0x5f5e2f80, Last: 0x5f5e2f90, Count: 3}, {Source: 1, Roles: 1, First: 0x5f5ee300, Last: 0x5f5ee300, Count: 1}}, nil,
	}}
	if d := cmp.Diff(wantLookup, l); d != "" {
		t.Errorf("answer read (-want +got):\n%s", d)
	}
}

func TestLookupAnswerAsJSON(t *testing.T) {
	d := desktop{hits: exampleHits}
	d.hits.Ends = []uint32{2, 2, 2}
	d.keys.Add(exampleValues[0])
	d.keys.Add(exampleValues[1])
	d.keys.Kinds, d.keys.Ends = append(d.keys.Kinds, cure.KindTag), append(d.keys.Ends, d.keys.Ends[1])
	d.bad = []unread{{2, "tag of 300 bytes <b>\n"}}
	d.appendJSON()
	want := `{"values":[{"kind":"ip","value":"198.51.100.7","hits":[` +
		`{"source":"cowrie/tokyo1","roles":["scanner"],"first":"2020-09-13T14:41:04Z","last":"2020-09-13T14:41:20Z","count":3},` +
		`{"source":"feeds/ipsum","roles":["unknown"],"first":"2020-09-14T03:26:56Z","last":"2020-09-14T03:26:56Z","count":1}]},` +
		`{"kind":"domain","value":"mirai.example.org"},{"error":"tag of 300 bytes \u003cb\u003e\n"}]}` + "\n"
	if diff := cmp.Diff(want, string(d.out)); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestBrokenQuestionsAreRefused(t *testing.T) {
	good, err := client.AppendKeys(nil, exampleValues)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		body []byte
	}{
		{"empty", nil},
		{"other magic", append([]byte("CKQ2"), good[4:]...)},
		{"cut off in the head", good[:6]},
		{"cut off in the kinds", good[:9]},
		{"cut off in the keys", good[:len(good)-1]},
		{"byte too many", append(bytes.Clone(good), 0)},
		{"too many values", []byte("CKQ1\xff\xff\xff\xff")},
		{"unknown kind", bytes.Replace(good, []byte{1, 3}, []byte{1, 200}, 1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := desktop{body: tt.body}
			if err := d.parseKeys(); cure.KindOf(err) != cure.Invalid {
				t.Errorf("error %v, want Invalid", err)
			}
		})
	}
}

func FuzzLookupQuestion(f *testing.F) {
	good, _ := client.AppendKeys(nil, exampleValues)
	f.Add(good)
	f.Add([]byte("CKQ1\x01\x00\x00\x00\x01\x04\x00abcd"))
	f.Fuzz(func(t *testing.T, body []byte) {
		d := desktop{body: body}
		if d.parseKeys() != nil {
			return
		}
		n := len(d.keys.Kinds)
		if n != len(d.keys.Ends) || n > client.MaxLookup || n > 0 && int(d.keys.Ends[n-1]) != len(d.keys.Data) {
			t.Errorf("accepted %d kinds, %d ends, %d bytes", n, len(d.keys.Ends), len(d.keys.Data))
		}
	})
}

func BenchmarkLookupAnswer(b *testing.B) {
	h := access.Hits{Sources: exampleHits.Sources}
	d := desktop{}
	for range 1000 {
		h.Rows = append(h.Rows, exampleHits.Rows...)
		h.Ends = append(h.Ends, uint32(len(h.Rows)))
		d.keys.Add(exampleValues[0])
	}
	b.Run("binary", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d.out = appendHits(d.out[:0], &h)
		}
	})
	d.hits = h
	b.Run("json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d.appendJSON()
		}
	})
}
