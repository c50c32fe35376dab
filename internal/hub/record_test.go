package hub

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

func TestRecordIsReadBack(t *testing.T) {
	r := newRig(t)
	rec := cure.Record{
		ID: cure.NewID("s1"), Sensor: "sensor-1", Contributor: "minato", Raw: []byte(`{"eventid":"x"}`),
		Attrs: []cure.Attr{{Name: "login", Value: "root"}},
		Observations: []cure.Observation{{
			Observable: ip("198.51.100.1"), Role: cure.RoleInfected, First: start, Last: start.Add(time.Minute), Count: 3,
		}},
		Annotations: []cure.Annotation{{
			Subject: ip("198.51.100.1"), Tag: cure.Observable{Kind: cure.KindTag, Value: "mirai"}, Time: start,
			Confidence: 80, Sentence: "it is Mirai",
		}},
	}
	p := r.publisher("cowrie/a")
	p.send(rec)
	got, err := r.Record(ctx, public, rec.ID.String())
	if err != nil {
		t.Fatal(err)
	}
	rec.Marking = open
	if diff := cmp.Diff(Opened{Source: "cowrie/a", Parts: 1, Arrived: start, Record: rec}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	a, err := r.Answer(ctx, public, ip("198.51.100.1"))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Recent) != 1 || a.Recent[0].Record != rec.ID.String() || len(a.Tied) != 1 || a.Tied[0].Records[0] != rec.ID.String() {
		t.Errorf("sighting and tag do not lead to the record: %+v, %+v", a.Recent, a.Tied)
	}
	for name, ref := range map[string]string{"not an id": "1-0", "nothing": ""} {
		t.Run(name, func(t *testing.T) {
			_, err := r.Record(ctx, public, ref)
			want(t, cure.Invalid, err)
		})
	}
	_, err = r.Record(ctx, public, cure.NewID("another").String())
	want(t, cure.NotFound, err)
}

// Whoever lies can tie very many tags to a value: they are folded in one pass,
// which ends when nobody waits for it.
func TestAnswerWithVeryManyTagsEnds(t *testing.T) {
	r := newRig(t)
	p := r.publisher("lab/a")
	const tags = 5000
	for i := 0; i < tags; i += 100 {
		rec := record(fmt.Sprint("r", i), "198.51.100.1")
		for k := range 100 {
			rec.Annotations = append(rec.Annotations, cure.Annotation{
				Subject: ip("198.51.100.1"), Tag: cure.Observable{Kind: cure.KindTag, Value: fmt.Sprint("t", i+k)}, Time: start,
			})
		}
		p.send(rec)
	}
	a, err := r.Answer(ctx, public, ip("198.51.100.1"))
	if err != nil || len(a.Tied) != answerTags || a.TiedCut != tags-answerTags || len(a.Tags) != summaryTags {
		t.Errorf("%d tags and %d cut, %d in the summary, error %v, of %d", len(a.Tied), a.TiedCut, len(a.Tags), err, tags)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := r.Answer(gone, public, ip("198.51.100.1")); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits any more: %v", err)
	}
}

func TestRecordBeyondTheLog(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	at := p.send(record("a", "198.51.100.1"))
	if err := r.stream.TruncateBefore(ctx, at+1); err != nil {
		t.Fatal(err)
	}
	_, err := r.Record(ctx, all, cure.NewID("a").String())
	want(t, cure.NotFound, err)
	tl, err := r.Timeline(ctx, all, ip("198.51.100.1"), time.Time{}, time.Time{}, Cursor{})
	if err != nil || len(tl.Sightings) != 1 || tl.Sightings[0].Record != "" {
		t.Errorf("timeline %+v, %v, want one sighting without a record", tl, err)
	}
}

func TestPages(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	for i := range 5 {
		p.send(record(fmt.Sprint(i), fmt.Sprintf("198.51.100.%d", i), "192.0.2.1"))
	}
	var got []string
	for skip := 0; ; skip += 2 {
		res, err := r.Search(ctx, all, "198.51.100.0/24", Cursor{Limit: 2, Skip: skip})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range res.Values {
			got = append(got, v.Observable.Value)
		}
		if !res.More {
			break
		}
	}
	if diff := cmp.Diff([]string{"198.51.100.0", "198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4"}, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	n, err := r.Neighbours(ctx, all, ip("192.0.2.1"), Cursor{Limit: 2})
	if err != nil || len(n.Values) != 2 || n.Cut != 3 {
		t.Errorf("%d neighbours, %d cut, %v, want 2 and 3", len(n.Values), n.Cut, err)
	}
	tl, err := r.Timeline(ctx, all, ip("192.0.2.1"), time.Time{}, time.Time{}, Cursor{Limit: 2, Skip: 1})
	if err != nil || len(tl.Sightings) != 2 || !tl.More {
		t.Errorf("timeline %+v, %v", tl, err)
	}
}
