package hub

import (
	"context"
	"testing"

	"github.com/opencure/cure"
)

// publishReport publishes a document with its text.
func (p *publisher) report(name, title, body string, m cure.Marking) {
	p.t.Helper()
	sum, err := p.Put(context.Background(), []byte(body))
	if err != nil {
		p.t.Fatal(err)
	}
	p.send(cure.Record{ID: cure.NewID("record of " + name), Marking: m, Documents: []cure.Document{
		{ID: cure.NewID(name), Title: title, Date: start, Language: "ja", Body: sum},
	}})
}

func TestTextsAreFound(t *testing.T) {
	r := newRig(t)
	p := r.publisher("reports/soc")
	p.report("one", "カゲロウの解析", "検体はルータのＳＨＥＬＬを奪う。感染元は198.51.100[.]77である。", cure.Marking{})
	p.report("two", "Weekly report", "The botnet Kagerou, again Kagerou, scans port 48123.", cure.Marking{})
	p.report("red", "Kagerou, internal", "who is behind Kagerou", cure.Marking{TLP: cure.TLPRed})
	p.send(cure.Record{ID: cure.NewID("lost"), Documents: []cure.Document{{ID: cure.NewID("lost"), Title: "A title alone", Date: start, Body: "00" + cure.NewID("x").String() + cure.NewID("y").String()[2:]}}})
	for _, tt := range []struct {
		name, query string
		sc          cure.Scope
		want        []string
	}{
		{"japanese, half-width", "ｶｹﾞﾛｳ", public, []string{"one"}},
		{"a part of a word in kanji", "感染", public, []string{"one"}},
		{"full-width letters", "shell", public, []string{"one"}},
		{"words of one text", "kagerou 48123", public, []string{"two"}},
		{"a phrase", `"scans port"`, public, []string{"two"}},
		{"words of no one text", "shell 48123", public, nil},
		{"what is hidden", "internal", public, nil},
		{"most places first", "kagerou", all, []string{"red", "two"}},
		{"a title without its text", "title", public, []string{"lost"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := r.Documents(context.Background(), tt.sc, tt.query, Cursor{})
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Documents) != len(tt.want) {
				t.Fatalf("%d documents, want %v: %+v", len(got.Documents), tt.want, got)
			}
			for i, name := range tt.want {
				if got.Documents[i].ID != cure.NewID(name) {
					t.Errorf("document %d is %q, want %s", i, got.Documents[i].Title, name)
				}
			}
		})
	}
	r.restart()
	d, err := r.Document(context.Background(), public, cure.NewID("two"))
	if err != nil || d.Text != "The botnet Kagerou, again Kagerou, scans port 48123." {
		t.Errorf("document %+v, %v", d, err)
	}
	_, err = r.Document(context.Background(), public, cure.NewID("red"))
	want(t, cure.NotFound, err)
	r.tell("reports/soc", cure.Control{Op: cure.OpDelete, Record: cure.NewID("record of two")})
	_, err = r.Document(context.Background(), public, cure.NewID("two"))
	want(t, cure.NotFound, err)
}
