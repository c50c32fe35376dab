package mean_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/mean"
	"github.com/opencure/cure/internal/publish/publishtest"
)

const assetLines = `{"asset":"Shop 1.4","format":"cyclonedx","made":"2026-11-20T01:00:00Z","inventory":"ab12","components":[{"package":"deb/debian/libssl1.1","also":["deb/debian/openssl"],"release":"debian-11","version":"1.1.1k-1"},{"package":"npm/left","version":"1.0.0"},{"package":"npm/left","version":"1.1.0"},{"package":"npm/odd","version":"none; [at] all"}],"findings":[{"cve":"CVE-2024-90301","package":"npm/left","version":"1.0.0","fixed":"1.0.1"},{"cve":"CVE-2024-90301","package":"npm/left","version":"1.1.0"},{"cve":"CVE-x"}]}
{"asset":"","format":"cyclonedx"}
nothing
`

func TestAssets(t *testing.T) {
	h := &publishtest.Hub{}
	res, err := publish.Run(t.Context(), publish.Config{Source: "assets/own", Publisher: mean.Assets(), Sink: h, Now: now, Wait: true}, put(t, "a.jsonl", []byte(assetLines)))
	if err != nil || res.Quarantined != 2 || len(h.Records) != 1 {
		t.Fatalf("%+v, %v, %d records", res, err, len(h.Records))
	}
	r := h.Records[0]
	var got []string
	for _, o := range r.Observations {
		got = append(got, fmt.Sprintf("%s %s %s", o.Observable, o.Role, o.State))
	}
	for _, a := range r.Annotations {
		got = append(got, fmt.Sprintf("%s carries %s: %s", a.Subject, a.Tag, a.Sentence))
	}
	want := strings.Split(`tag:asset:shop 1.4 own listed
tag:inventory:cyclonedx/shop 1.4 own listed
tag:package:deb/debian/libssl1.1 carries tag:asset:shop 1.4: cyclonedx: [debian-11] 1.1.1k-1
tag:package:deb/debian/openssl carries tag:asset:shop 1.4: cyclonedx: [debian-11] 1.1.1k-1
tag:package:npm/left carries tag:asset:shop 1.4: cyclonedx: 1.0.0, 1.1.0
cve:CVE-2024-90301 carries tag:asset:shop 1.4: cyclonedx: npm/left 1.0.0, fixed in 1.0.1; npm/left 1.1.0`, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m := mean.Assets().Marking
	if m.Orgs != cure.NoOrg || m.TLP < cure.TLPAmberStrict || m.Licence != cure.LicenceInternal {
		t.Errorf("inventories are marked %v by default: a partner could see them", m)
	}
}

func FuzzAssets(f *testing.F) {
	for line := range strings.SplitSeq(assetLines, "\n") {
		f.Add([]byte(line))
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
