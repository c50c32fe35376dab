package access_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/analyse/darknet"
)

// scanned is a record as the darknet publisher makes it: one packet of a host
// to a port in the first bin of ten minutes.
func scanned(slice int, host string, port int, tlp cure.TLP) cure.Record {
	at := start.Add(time.Duration(slice) * 10 * time.Minute)
	to := fmt.Sprintf("tcp/%d", port)
	return cure.Record{
		ID: cure.NewID("group", host, to, at.String(), tlp.String()), Marking: cure.Marking{TLP: tlp},
		Observations: []cure.Observation{
			{Observable: cure.Observable{Kind: cure.KindIP, Value: host}, Role: cure.RoleScanner, First: at},
			{Observable: cure.Observable{Kind: cure.KindPort, Value: to}, Role: cure.RoleTarget, First: at},
		},
		Attrs: []cure.Attr{
			{Name: "kind", Value: "scan"},
			{Name: "to", Value: to},
			{Name: "slice", Value: at.Format(time.RFC3339)},
			{Name: "packets", Value: "1"},
			{Name: "per_50s", Value: "1 0 0 0 0 0 0 0 0 0 0 0"},
			{Name: "per_60s", Value: "1 0 0 0 0 0 0 0 0 0"},
		},
	}
}

// darkDays is a little more than a day of one lonely scanner, then 40 hosts at a
// port that has been silent, and a window more.
func darkDays(port int, tlp cure.TLP) (all []cure.Record) {
	const windows = 160
	for i := range windows {
		all = append(all, scanned(i, "192.0.2.9", 23, tlp))
	}
	for i := range 40 {
		all = append(all, scanned(windows, fmt.Sprintf("198.%d.%d.1", 18+i%8, i), port, tlp))
	}
	return append(all, scanned(windows+1, "192.0.2.9", 23, tlp))
}

// activities waits until a viewer sees n activities.
func (h *house) activities(v access.View, w *darknet.Watch, all bool, n int) []access.Activity {
	h.t.Helper()
	var got []access.Activity
	for range 10_000 {
		var err error
		if got, err = v.Activities(ctx, w, access.ActivityFilter{All: all}, access.Cursor{}); err != nil {
			h.t.Fatal(err)
		}
		if len(got) == n {
			return got
		}
		time.Sleep(2 * time.Millisecond)
	}
	h.t.Fatalf("%d activities, want %d: %+v", len(got), n, got)
	return nil
}

// watch runs the engine of the darknet.
func (h *house) watch(w *darknet.Watch) (stop func()) {
	run, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- h.hub.RunEngine(run, access.System("engine"), w.Engine()) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("engine: %v", err)
		}
	}
}

// TestDarknetActivities: what is found rests on records of one marking, is
// drawn for each viewer from what he sees, sticks when suppressed, and is said
// once however often the engine runs.
func TestDarknetActivities(t *testing.T) {
	h := newHouse(t)
	h.advance(30 * time.Hour)
	if err := h.reg.SetOrg(ctx, h.admin, access.Org{ID: "aoba", Name: "Aoba", MaxTLP: cure.TLPGreen}); err != nil {
		t.Fatal(err)
	}
	w := darknet.NewWatch(1)
	stop := h.watch(w)
	h.push("darknet/a", darkDays(48123, cure.TLPClear)...)
	guest, admin := h.view("aoba"), h.view("")
	first := h.activities(guest, w, false, 1)[0]
	if first.Sources != 40 || len(first.Ports) != 1 || first.Ports[0].Value != "tcp/48123" || len(first.Votes) == 0 {
		t.Errorf("activity: %+v", first)
	}
	h.push("darknet/a", darkDays(5000, cure.TLPRed)...)
	h.activities(admin, w, false, 2)
	if again := h.activities(guest, w, true, 1)[0]; again.Title != first.Title || again.Pattern != first.Pattern || again.Score != first.Score {
		t.Errorf("RED records changed what a guest sees: %+v, before %+v", again, first)
	}
	file, err := guest.Activity(ctx, w, first.ID)
	if err != nil || len(file.Members) != 40 || file.Heat.Of != 40 || slices.Max(file.Growth.Counts) != 40 {
		t.Errorf("pictures: %d members, heat of %d, growth %v, %v", len(file.Members), file.Heat.Of, file.Growth.Counts, err)
	}
	ports, err := guest.DarknetPorts(ctx, w, 48)
	if err != nil || slices.ContainsFunc(ports.Ports, func(p access.PortSeries) bool { return p.Port.Value == "tcp/5000" }) || len(ports.Ports) != 2 {
		t.Errorf("a guest's ports: %+v, %v", ports.Ports, err)
	}
	why, err := guest.WhyNot(ctx, w, cure.Observable{Kind: cure.KindPort, Value: "tcp/23"}, start.Add(26*time.Hour))
	if err != nil || len(why.Sensors) != 1 || len(why.Sensors[0].Judged) == 0 || why.Sensors[0].Judged[0].Alarmed {
		t.Errorf("why not: %+v, %v", why, err)
	}
	red := h.activities(admin, w, true, 2)
	hidden := red[slices.IndexFunc(red, func(a access.Activity) bool { return a.ID != first.ID })].ID
	if _, err := guest.Activity(ctx, w, hidden); cure.KindOf(err) != cure.NotFound {
		t.Errorf("a hidden activity: %v", err)
	}
	if _, err := admin.SuppressActivity(ctx, first.ID, access.Suppression{Reason: "known", Ports: true}); err != nil {
		t.Fatal(err)
	}
	if left := h.activities(admin, w, false, 1)[0]; left.ID != hidden {
		t.Errorf("the other activity is suppressed")
	}
	stop()
	h.push("darknet/a", scanned(162, "192.0.2.9", 23, cure.TLPClear)) // after all that was said
	before := h.hub.Sequence()
	stop = h.watch(w)
	for range 1000 {
		if len(w.Places()) == 2 {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	stop()
	h.push("darknet/a", scanned(163, "192.0.2.9", 23, cure.TLPClear))
	if h.hub.Sequence() != before+1 {
		t.Error("the engine said again what it had said")
	}
	h.activities(admin, w, false, 1)
}

// TestDarknetCheckpoint: an engine that is started again goes on from its
// checkpoint without reading the log and says nothing twice; one whose
// checkpoint is damaged, or whose source was corrected, reads the log.
func TestDarknetCheckpoint(t *testing.T) {
	h := newHouse(t)
	h.advance(30 * time.Hour)
	h.push("darknet/a", darkDays(48123, cure.TLPClear)...)
	engine := func() (n uint64) {
		t.Helper()
		status, err := h.hub.Status(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range status.Engines {
			if e.Name == darknet.EngineName {
				n = e.Read
			}
		}
		return n
	}
	// read runs the engine until it knows the activity and so many places, and
	// returns how many records it has read for that.
	read := func(restart bool, places int) uint64 {
		t.Helper()
		if restart {
			h.restart()
		}
		w := darknet.NewWatch(1)
		stop := sync.OnceFunc(h.watch(w))
		defer stop()
		found := h.activities(h.view(""), w, false, 1)
		for range 10_000 {
			if len(w.Places()) == places && w.Known(found[0].ID) != nil {
				break
			}
			time.Sleep(2 * time.Millisecond)
		}
		if w.Known(found[0].ID) == nil {
			t.Fatal("the activity is not known")
		}
		stop()
		return engine()
	}
	if n := read(false, 1); n != 201 {
		t.Errorf("at first it read %d records, want all 201", n)
	}
	if n := read(true, 1); n != 0 {
		t.Errorf("started again it read %d records, want none", n)
	}
	h.push("darknet/b", scanned(161, "192.0.2.9", 23, cure.TLPClear))
	if n := read(true, 2); n != 1 {
		t.Errorf("with a new source it read %d records, want that one", n)
	}
	if n := read(true, 2); n != 0 {
		t.Errorf("the beginning of a source counts as a correction: %d records read", n)
	}
	file := filepath.Join(h.dir, "engine-darknet.state")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if n := read(false, 2); n != 202 {
		t.Errorf("with a damaged checkpoint it read %d records, want 202", n)
	}
	said := h.hub.Sequence()
	if n := read(false, 2); n != 0 || h.hub.Sequence() != said {
		t.Errorf("then it read %d records, and the log ends at %d, not %d", n, h.hub.Sequence(), said)
	}
	if err := h.control("darknet/a", cure.Control{Op: cure.OpDelete, Record: cure.NewID("none")}); err != nil {
		t.Fatal(err)
	}
	if n := read(true, 2); n != 202 {
		t.Errorf("after a correction it read %d records, want 202", n)
	}
}
