package campaign

import (
	"slices"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/hub"
)

// grouped is what Of makes of a world, without a hub.
func grouped(w *world) *Campaigns {
	c := &Campaigns{values: w.values, groups: Find(w.values, Options{})}
	for _, v := range w.values {
		c.threads = append(c.threads, hub.Thread{Observable: v.Observable, Sources: v.Sources, First: v.First, Last: v.Last})
	}
	return c
}

func TestChanges(t *testing.T) {
	now := story()
	before := &world{}
	for i, v := range now.values[:2] { // the files of A, and a bot of theirs
		before.values = append(before.values, Value{Observable: v.Observable, Sources: v.Sources, First: v.First, Last: v.Last})
		_ = i
	}
	bot := before.add(ip("198.18.0.0"), 0, "cowrie/a", "darknet/a")
	before.record(0, bot)
	before.record(1, bot)
	gone := []int{before.add(ip("203.0.113.1"), 0, "feeds/a", "cowrie/a"), before.add(ip("203.0.113.2"), 0, "feeds/a", "cowrie/a"), before.add(ip("203.0.113.3"), 0, "feeds/a", "cowrie/a")}
	before.record(gone...)

	since := day0.Add(24 * time.Hour)
	ch := grouped(now).Changes(grouped(before), since)
	if len(ch.New) != 1 || ch.Ended != 1 || !ch.Since.Equal(since) {
		t.Fatalf("%d new, %d ended: %+v", len(ch.New), ch.Ended, ch)
	}
	if len(ch.Grown) != 1 {
		t.Fatalf("%d grown", len(ch.Grown))
	}
	g := ch.Grown[0]
	joined := func(o cure.Observable) bool {
		for _, m := range g.Joined {
			if m.Observable == o {
				return true
			}
		}
		return false
	}
	if !joined(ip("192.0.2.45")) || joined(ip("198.18.0.0")) || !slices.Contains(g.Publishers, "alerts") || slices.Contains(g.Publishers, "cowrie") {
		t.Errorf("joined %+v, publishers %v", g.Joined, g.Publishers)
	}
	if again := grouped(now).Changes(grouped(story()), since); len(again.New)+len(again.Grown)+again.Ended > 0 {
		t.Errorf("nothing changed, but: %+v", again)
	}
}
