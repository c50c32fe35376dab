package hub

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

func TestSuggest(t *testing.T) {
	r := newRig(t)
	rec := record("1", "198.51.100.7", "198.51.2.1")
	rec.Annotations = []cure.Annotation{
		{Subject: ip("198.51.100.7"), Tag: cure.Observable{Kind: cure.KindTag, Value: "malware:mirai"}, Time: start},
		{Subject: ip("198.51.100.7"), Tag: cure.Observable{Kind: cure.KindTag, Value: "two words"}, Time: start},
	}
	rec.Observations = append(rec.Observations, cure.Observation{Observable: cure.Observable{Kind: cure.KindDomain, Value: "kage.example"}, First: start})
	r.publisher("cowrie/tokyo1").send(rec)
	hidden := record("2", "198.51.100.9")
	hidden.Annotations = []cure.Annotation{{Subject: ip("198.51.100.9"), Tag: cure.Observable{Kind: cure.KindTag, Value: "mirai-hidden"}, Time: start}}
	hidden.Marking.TLP = cure.TLPRed
	r.publisher("secret/one").send(hidden)
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"so", []string{"source:"}},
		{"kind:ip source:c", []string{"kind:ip source:cowrie", "kind:ip source:cowrie/tokyo1"}},
		{"source:se", nil},
		{"kind:d", []string{"kind:domain"}},
		{"mir", []string{"tag:malware:mirai"}},
		{"tag:two", []string{`tag:"two words"`}},
		{"198.51.1", []string{"198.51.100.7"}},
		{"x or (kage", []string{"x or (kage.example"}},
		{"-KAGE", []string{"-kage.example"}},
	} {
		all, err := r.Suggest(ctx, public, tt.in, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range all {
			got = append(got, s.Query)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.in, diff)
		}
	}
}

func TestHistogram(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	for i, h := range []int{0, 0, 1, 3} {
		rec := record("", "198.51.100.1")
		rec.ID = cure.NewID(fmt.Sprint(i))
		rec.Observations[0].First = start.Add(time.Duration(h)*time.Hour + time.Minute)
		rec.Observations[0].Count = 2
		p.send(rec)
	}
	want := client.Histogram{
		From: start, Step: 3600, Steps: 4, Total: 8, Sources: map[cure.Source][]uint64{"cowrie/a": {4, 2, 0, 2}},
	}
	got, err := r.Histogram(ctx, all, ip("198.51.100.1"), Span{Step: time.Hour})
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("by hour: %v (-want +got):\n%s", err, diff)
	}
	want.Values = 1
	got, err = r.SearchHistogram(ctx, all, "198.51.100.0/24", Span{Step: time.Hour})
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("of a search: %v (-want +got):\n%s", err, diff)
	}
	_, err = r.Histogram(ctx, all, ip("198.51.100.1"), Span{From: time.Unix(1, 0), Step: time.Second})

	if cure.KindOf(err) != cure.Invalid {
		t.Errorf("too many steps: %v", err)
	}
}

func TestSearchFindsWhatIsInside(t *testing.T) {
	r := newRig(t)
	rec := record("1", "198.51.100.7")
	for _, o := range []cure.Observable{
		{Kind: cure.KindCIDR, Value: "198.51.100.0/28"},
		{Kind: cure.KindCIDR, Value: "198.51.0.0/16"},
		{Kind: cure.KindURL, Value: "http://dl.kage.example:8080/a"},
		{Kind: cure.KindURL, Value: "http://example.org/kage.example"},
	} {
		rec.Observations = append(rec.Observations, cure.Observation{Observable: o, First: start})
	}
	r.publisher("feeds/a").send(rec)
	for round := range 2 {
		for query, want := range map[string][]string{
			"198.51.100.0/24": {"198.51.100.7", "198.51.100.0/28"},
			"*.kage.example":  {"http://dl.kage.example:8080/a"},
		} {
			res, err := r.Search(ctx, all, query, Cursor{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, v := range res.Values {
				got = append(got, v.Observable.Value)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, round %d (-want +got):\n%s", query, round, diff)
			}
		}
		if _, err := r.Snapshot(ctx); err != nil {
			t.Fatal(err)
		}
		r.restart() // from the snapshot: the values are found again
	}
}
