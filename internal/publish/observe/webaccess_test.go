package observe_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/block"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

// blocked is the block list of the tests, in the forms that lists have.
func blocked(t testing.TB) *block.List {
	t.Helper()
	b, err := block.Read(strings.NewReader("# a list\n0.0.0.0 news.sazanami.example\n||dl[.]sazanami.example^\n192.0.2.45,c2\n198.51.100.77\n?\n"))
	if err != nil {
		t.Fatal(err)
	}
	if b.Len() != 4 || b.Passed != 1 {
		t.Fatalf("%d values, %d lines passed over", b.Len(), b.Passed)
	}
	return b
}

// withBlockList is webaccess with the list of the tests.
func withBlockList(t testing.TB) publish.Publisher {
	p := observe.Webaccess()
	make, list := p.New, blocked(t)
	p.New = func(o publish.Options) (publish.Decoder, publish.Fold, error) {
		o.Block = list
		return make(o)
	}
	return p
}

func TestWebaccessGolden(t *testing.T) {
	goldenInto(t, &publishtest.Hub{Own: ownSide}, "webaccess", withBlockList(t), "webaccess/a", nil)
}

func TestWebaccessBroken(t *testing.T) {
	goldenInto(t, &publishtest.Hub{Own: ownSide}, "webaccess-broken", withBlockList(t), "webaccess/a", nil)
}

func FuzzWebaccess(f *testing.F) {
	fuzzDecoder(f, withBlockList(f), publish.Options{Source: "webaccess/a", Own: publish.NewOwnSide(ownSide)}, "webaccess.in", "webaccess-broken.in")
}

// TestWebaccessKeepsAtHome: what matches no entry leaves in no way.
func TestWebaccessKeepsAtHome(t *testing.T) {
	h := &publishtest.Hub{Own: ownSide}
	for _, in := range []string{"webaccess.in", "webaccess-broken.in"} {
		runInto(t, h, withBlockList(t), "webaccess/a", nil, filepath.Join("testdata", in))
	}
	all := everything(t, h)
	for _, secret := range []string{"hanako", "private", "203.0.113.22 ", "daily", "innocent.example/private", "user_agent"} {
		if i := strings.Index(all, secret); i >= 0 {
			t.Errorf("%s left: …%q…", secret, all[max(0, i-100):min(len(all), i+60)])
		}
	}
	for _, r := range h.Records {
		way := false
		for _, a := range r.Attrs {
			way = way || a.Name == "url" || a.Name == "referrer"
		}
		if way != (r.Marking.TLP == cure.TLPRed) {
			t.Errorf("record %s with the way %v is marked %s", r.ID, way, r.Marking)
		}
	}
}

func TestWebaccessWantsAList(t *testing.T) {
	in := filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(in, []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := publish.Run(context.Background(), publish.Config{
		Source: "webaccess/a", Publisher: observe.Webaccess(), Sink: &publishtest.Hub{}, Now: now,
	}, in)
	if cure.KindOf(err) != cure.Invalid || !strings.Contains(err.Error(), "--blocklist") {
		t.Errorf("got %v", err)
	}
}
