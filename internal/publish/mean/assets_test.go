package mean_test

import (
	"bytes"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/mean"
)

func TestAssetsGolden(t *testing.T) { goldenStates(t, "assets", mean.Assets()) }

func TestAssetsBroken(t *testing.T) { goldenStates(t, "assets-broken", mean.Assets()) }

func TestAssetsStayHere(t *testing.T) {
	m := mean.Assets().Marking
	if m.Orgs != cure.NoOrg || m.TLP < cure.TLPAmberStrict || m.Licence != cure.LicenceInternal {
		t.Errorf("inventories are marked %v by default: a partner could see them", m)
	}
}

func FuzzAssets(f *testing.F) {
	for _, name := range []string{"assets.in", "assets-broken.in"} {
		for line := range bytes.SplitSeq(read(f, name), []byte("\n")) {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		dec, fold, err := mean.Assets().New(publish.Options{Source: "assets/own"})
		if err != nil {
			t.Fatal(err)
		}
		_ = dec.Decode(raw, func(ev *publish.Event) { // most input is broken
			fold.Add(ev, func(r *cure.Record) {
				for _, o := range r.Observations {
					if err := o.Observable.Check(); err != nil {
						t.Error(err)
					}
				}
				for _, a := range r.Annotations {
					if a.Subject.Check() != nil || a.Tag.Check() != nil || len(a.Sentence) > 8<<10 {
						t.Errorf("%s carries %s: %q", a.Subject, a.Tag, a.Sentence)
					}
				}
			})
		})
	})
}
