package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/api"
	"github.com/opencure/cure/internal/wire"
)

func TestOneQuestionIsAnsweredFromAllSources(t *testing.T) {
	h := open(t, nil)
	h.story()
	ctx := t.Context()

	a, err := h.admin.Answer(ctx, ip("198.51.100.7"))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]cure.Source{"cowrie/tokyo1", "feeds/ipsum", "tickets/soc"}, a.Sources); d != "" {
		t.Errorf("sources (-want +got):\n%s", d)
	}
	if !a.Known || len(a.Sights) != 3 || a.Sights[0].Count != 2 || len(a.Links) == 0 || len(a.Tied) != 1 || a.Tied[0].Tag.Value != "mirai" {
		t.Errorf("answer %+v", a)
	}
	if len(a.Related) == 0 || len(a.Recent) == 0 {
		t.Fatalf("answer without related values or observations: %+v", a)
	}

	opened := false
	for _, s := range a.Recent {
		r, err := h.admin.Record(ctx, s.Record)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Attrs) == 1 && strings.Contains(r.Attrs[0].Value, "wget") && len(r.Raw) > 0 {
			opened = true
		}
	}
	if !opened {
		t.Error("no record opens with its attributes and raw line")
	}

	res, err := h.admin.Search(ctx, "198.51.100.0/24", client.Page{})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Values) != 2 {
		t.Errorf("%d values in the network, want 2", len(res.Values))
	}

	e, err := h.admin.Extract(ctx, "bad: 198[.]51[.]100[.]7 and hxxp://nowhere[.]example[.]com/x")
	if err != nil {
		t.Fatal(err)
	}
	if e.Known != 1 || len(e.Values) != 3 || e.Kinds["ip"] != 1 || e.Kinds["url"] != 1 || e.Kinds["domain"] != 1 {
		t.Errorf("extracted %+v", e)
	}

	m, err := h.admin.Links(ctx, true)
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.admin.Shared(ctx, "cowrie/tokyo1", "feeds/ipsum", client.Page{})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Names) < 3 || s.Total != 1 || len(s.Values) != 1 || s.Values[0].Observable != ip("198.51.100.7") {
		t.Errorf("matrix of %v, shared %+v", m.Names, s)
	}

	tl, err := h.admin.Timeline(ctx, ip("198.51.100.7"), time.Time{}, time.Time{}, client.Page{})
	if err != nil {
		t.Fatal(err)
	}
	if len(tl.Sightings) != 4 {
		t.Errorf("%d sightings, want 4", len(tl.Sightings))
	}
	st, err := h.admin.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !st.Ready || st.Applied == 0 || st.Behind != 0 {
		t.Errorf("status %+v", st)
	}
}

func TestLookupBothWays(t *testing.T) {
	h := open(t, nil)
	h.story()
	values := []cure.Observable{ip("192.0.2.1"), ip("198.51.100.7"), domain("c2.example.org"), ip("2001:db8::1")}
	l, err := h.admin.Lookup(t.Context(), values)
	if err != nil {
		t.Fatal(err)
	}
	known := func(i int) (names []cure.Source) {
		for _, hit := range l.Hits[i] {
			names = append(names, l.Sources[hit.Source])
		}
		return names
	}
	if d := cmp.Diff([][]cure.Source{nil, {"cowrie/tokyo1", "feeds/ipsum", "tickets/soc"}, {"cowrie/tokyo1"}, nil},
		[][]cure.Source{known(0), known(1), known(2), known(3)}); d != "" {
		t.Errorf("sources (-want +got):\n%s", d)
	}

	text, err := h.admin.LookupText(t.Context(), []string{"192.0.2.1", "198.51.100[.]7", "C2.example.org", "", "2001:0DB8::1"})
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, v := range text.Values {
		got = append(got, len(v.Hits))
	}
	if d := cmp.Diff([]int{0, 3, 1, 0, 0}, got); d != "" {
		t.Errorf("hits (-want +got):\n%s", d)
	}
	if text.Values[3].Error == "" || text.Values[4].Value != "2001:db8::1" {
		t.Errorf("values %+v", text.Values[3:])
	}
	hit := text.Values[1].Hits[0]
	if hit.Source != "cowrie/tokyo1" || hit.Count != 2 || !hit.First.Equal(time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC)) {
		t.Errorf("hit %+v", hit)
	}
}

func TestBatchesOfAnOpenSource(t *testing.T) {
	h := open(t, nil)
	ctx := t.Context()
	const src = "cowrie/tokyo1"
	desk, err := h.admin.Open(ctx, src)
	if err != nil {
		t.Fatal(err)
	}
	key, seed, err := desk.Secrets()
	if err != nil || key == [32]byte{} || seed == [16]byte{} {
		t.Fatalf("secrets: %v", err)
	}
	batch := func(number uint64, v string) []byte {
		enc, err := wire.NewEncoder(seed)
		if err != nil {
			t.Fatal(err)
		}
		r := saw(src, 0, ip(v)).Record
		r.ID = cure.NewID(v)
		if err := enc.Add(&r); err != nil {
			t.Fatal(err)
		}
		b, err := enc.Flush(wire.Header{Source: src, Epoch: desk.Epoch, Seq: number, Created: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	one, two := batch(1, "198.51.100.1"), batch(2, "198.51.100.2")
	seqs, err := h.admin.Send(ctx, src, desk.Token, one, two)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.admin.Send(ctx, src, desk.Token, one, two); err != nil {
		t.Errorf("the same batches again: %v", err)
	}
	if err := h.admin.Applied(ctx, seqs[1]); err != nil {
		t.Fatal(err)
	}
	a, err := h.admin.Answer(ctx, ip("198.51.100.2"))
	if err != nil || a.Count != 1 {
		t.Errorf("answer %+v, %v, want one observation", a, err)
	}

	next, err := h.admin.Open(ctx, src)
	if err != nil {
		t.Fatal(err)
	}
	if next.Epoch != desk.Epoch || next.Seq != 2 {
		t.Errorf("opened again at epoch %d number %d, want %d and 2", next.Epoch, next.Seq, desk.Epoch)
	}
	if _, err := h.admin.Send(ctx, src, desk.Token, batch(3, "198.51.100.3")); cure.KindOf(err) != cure.Conflict {
		t.Errorf("send of who lost the source: %v, want Conflict", err)
	}
	for name, body := range map[string][]byte{"nothing": nil, "no batch": []byte("hello"), "of another source": one} {
		if _, err := h.admin.Send(ctx, "dionaea/x", next.Token, body); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestAPushCountsOnce(t *testing.T) {
	h := open(t, nil)
	h.push("same", saw("lab/one", 0, ip("198.51.100.7")))
	h.push("same", saw("lab/one", 0, ip("198.51.100.7")))
	a, err := h.admin.Answer(t.Context(), ip("198.51.100.7"))
	if err != nil {
		t.Fatal(err)
	}
	if a.Count != 1 {
		t.Errorf("counted %d times, want once", a.Count)
	}

	p, err := h.admin.PushLines(t.Context(), "", []byte("{\"source\":\"lab/one\",\"observations\":[{}]}\nnonsense\n"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Accepted != 0 || p.RefusedTotal != 2 || len(p.Refused) != 2 || p.Refused[1].Line != 2 {
		t.Errorf("push of nonsense: %+v", p)
	}
	bad := h.quarantined("lab/one")
	if len(bad) != 1 || bad[0].Reason == "" || !strings.Contains(bad[0].Place, "line 1") {
		t.Errorf("quarantine %+v", bad)
	}
}

func TestDeniedLooksLikeMissing(t *testing.T) {
	h := open(t, nil)
	h.story()
	if err := h.admin.SetOrg(t.Context(), client.Org{ID: "aoba", Name: "Aoba City", MaxTLP: cure.TLPGreen, MaxPAP: cure.PAPRed, Licence: cure.LicencePublic}); err != nil {
		t.Fatal(err)
	}
	key, aoba := h.newKey(client.KeySpec{Name: "reader", Org: "aoba", Role: "reader"})

	if a, err := aoba.Answer(t.Context(), ip("198.51.100.7")); err != nil || !a.Known {
		t.Fatalf("what is CLEAR: %+v, %v", a, err)
	}
	read := func(path string) string {
		req, err := http.NewRequest("GET", h.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+key)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, body := drain(t, resp)
		if i := strings.Index(body, `"request":"`); i >= 0 { // the id of the request itself
			body = body[:i] + body[i+28:]
		}
		return resp.Status + "\n" + strings.NewReplacer("203.0.113.5", "X", "192.0.2.5", "X", "203[.]0[.]113[.]5", "X", "192[.]0[.]2[.]5", "X", "red", "Y", "nix", "Y").Replace(body)
	}
	for _, tt := range []struct{ name, hidden, missing string }{
		{"value", "/api/v1/observables/ip/203.0.113.5", "/api/v1/observables/ip/192.0.2.5"},
		{"search", "/api/v1/search?q=203.0.113.5", "/api/v1/search?q=192.0.2.5"},
		{"network", "/api/v1/search?q=203.0.113.0/24", "/api/v1/search?q=203.0.113.0/24&skip=0"},
		{"links", "/api/v1/links/alerts%2Fred/cowrie", "/api/v1/links/alerts%2Fnix/cowrie"},
		{"quarantine", "/api/v1/quarantine?source=alerts/red", "/api/v1/quarantine?source=alerts/nix"},
		{"page", "/e/ip/203.0.113.5", "/e/ip/192.0.2.5"},
		{"links page", "/links?a=alerts%2Fred&b=cowrie", "/links?a=alerts%2Fnix&b=cowrie"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(read(tt.missing), read(tt.hidden)); d != "" {
				t.Errorf("hidden differs from missing (-missing +hidden):\n%s", d)
			}
		})
	}
	for _, path := range []string{"/api/v1/sources", "/api/v1/links?by=source", "/api/v1/top", "/", "/sources", "/links?by=source"} {
		if body := read(path); strings.Contains(body, "alerts") || strings.Contains(body, "X") && strings.Contains(body, "203.0.113") {
			t.Errorf("%s tells of the hidden source", path)
		}
	}
}

func TestRolesOfKeys(t *testing.T) {
	h := open(t, nil)
	ctx := t.Context()
	_, reader := h.newKey(client.KeySpec{Name: "r", Role: "reader"})
	_, publisher := h.newKey(client.KeySpec{Name: "p", Role: "publisher", Sources: []string{"lab/*"}})

	if _, err := reader.Stats(ctx); err != nil {
		t.Errorf("reader reads: %v", err)
	}
	if _, _, err := reader.CreateKey(ctx, client.KeySpec{Name: "x", Role: "admin"}); cure.KindOf(err) != cure.Denied {
		t.Errorf("reader makes a key: %v", err)
	}
	if _, err := reader.Push(ctx, "x", []client.RecordLine{saw("lab/one", 0, ip("192.0.2.1"))}); cure.KindOf(err) != cure.Denied {
		t.Errorf("reader writes: %v", err)
	}
	if _, err := reader.Status(ctx); cure.KindOf(err) != cure.Denied {
		t.Errorf("reader reads the state of the hub: %v", err)
	}
	if _, err := publisher.Stats(ctx); cure.KindOf(err) != cure.Denied {
		t.Errorf("publisher reads: %v", err)
	}
	if _, err := publisher.Open(ctx, "lab/one"); err != nil {
		t.Errorf("publisher opens its source: %v", err)
	}
	if _, err := publisher.Open(ctx, "cowrie/one"); cure.KindOf(err) != cure.Denied {
		t.Errorf("publisher opens another's source: %v", err)
	}
	p, err := publisher.Push(ctx, "y", []client.RecordLine{saw("cowrie/one", 0, ip("192.0.2.1")), saw("lab/one", 0, ip("192.0.2.1"))})
	if err != nil || p.Accepted != 1 || p.RefusedTotal != 1 {
		t.Errorf("publisher pushes for two sources: %+v, %v", p, err)
	}

	me, err := reader.Me(ctx)
	if err != nil || me.Principal.Role != "reader" {
		t.Fatalf("me %+v, %v", me, err)
	}
	if err := h.admin.RevokeKey(ctx, me.Principal.Key); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Stats(ctx); cure.KindOf(err) != cure.Denied {
		t.Errorf("revoked key reads: %v", err)
	}
	audit, err := h.admin.Audit(ctx, 100)
	if err != nil || len(audit) == 0 {
		t.Errorf("audit %+v, %v", audit, err)
	}
}

func TestKeysAreLimited(t *testing.T) {
	h := open(t, func(o *api.Options) { o.Rate, o.Burst = 1, 5 })
	var err error
	for range 6 {
		_, err = h.admin.Stats(t.Context())
	}
	var p *client.Problem
	if !asProblem(err, &p) || p.Code != "limited" || p.RetryAfter < time.Second {
		t.Errorf("sixth request: %v, want a problem with Retry-After", err)
	}
}
