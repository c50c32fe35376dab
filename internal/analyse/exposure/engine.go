package exposure

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/hub"
	"github.com/opencure/cure/internal/publish/mean"
)

// EngineName is the name of the engine, and the second part of its source.
const EngineName = "exposure"

// fingerprint is that of the code: another one takes back what older code
// said.
const fingerprint = "1"

// Engine tells when a CVE comes to affect an own asset.
func Engine() hub.Engine { return engine{} }

type engine struct{}

// Name implements hub.Engine.
func (engine) Name() string { return EngineName }

// Fingerprint implements hub.Engine.
func (engine) Fingerprint() string { return fingerprint }

// queue is how many events may wait.
const queue = 1 << 16

// Run implements hub.Engine.
func (engine) Run(ctx context.Context, b *hub.Bench) error {
	sub := b.SubscribeSaid(queue) // before the first scan, so that nothing falls between
	defer sub.Close()
	w := &watch{b: b}
	if err := w.scan(ctx); err != nil {
		return err
	}
	for {
		ev, err := sub.Next(ctx)
		if err != nil {
			return err
		}
		switch {
		case ev.Kind == hub.EventMissed:
			b.Missed()
			err = w.scan(ctx)
		case ev.Kind == hub.EventSaid && ev.Source != hub.EngineSource(EngineName):
			err = w.look(ctx, ev.Observable)
		}
		if err != nil {
			return err
		}
	}
}

// watch is one run of the engine.
type watch struct {
	b      *hub.Bench
	assets bool // there is an inventory at all
}

// scan looks at each asset, and at each CVE that the engine said something of.
func (w *watch) scan(ctx context.Context) error {
	for k := range w.b.Values() {
		o := k.Observable
		switch {
		case o.Kind == cure.KindTag && strings.HasPrefix(o.Value, mean.TagInventory),
			o.Kind == cure.KindCVE && len(w.said(o)) > 0:
			if err := w.look(ctx, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// look looks at a CVE, or at all that may affect the asset of an inventory.
func (w *watch) look(ctx context.Context, o cure.Observable) error {
	w.b.Looked(1)
	if o.Kind == cure.KindCVE {
		if !w.assets && len(w.said(o)) == 0 {
			return nil // most hubs know many CVEs and no asset
		}
		return w.judge(ctx, o)
	}
	_, asset, ok := strings.Cut(strings.TrimPrefix(o.Value, mean.TagInventory), "/")
	if !ok || !strings.HasPrefix(o.Value, mean.TagInventory) {
		return nil
	}
	w.assets = true
	cves, _, _, err := candidates(ctx, w.b, asset)
	if err != nil {
		return fmt.Errorf("look at asset: %w", err)
	}
	slices.SortFunc(cves, newestFirst)
	for _, cve := range slices.Compact(cves) {
		if err := w.judge(ctx, cve); err != nil {
			return err
		}
	}
	return w.cured(ctx, asset, cves)
}

// said returns what the engine says of a CVE in this version.
func (w *watch) said(cve cure.Observable) []hub.Note {
	return slices.DeleteFunc(w.b.Said(cve), func(n hub.Note) bool {
		return n.Enricher != EngineName || n.Version != w.b.Version
	})
}

// judge compares what is true of a CVE with what was said of it, says what is
// new and takes back what is no longer so.
func (w *watch) judge(ctx context.Context, cve cure.Observable) error {
	all, err := OfCVE(ctx, w.b, cve)
	if err != nil {
		return fmt.Errorf("judge %s: %w", cve.Value, err)
	}
	said := w.said(cve)
	var out []cure.Record
	still := map[string]bool{}
	for _, part := range byAsset(all) {
		value := describe(part)
		still[value] = true
		if !slices.ContainsFunc(said, func(n hub.Note) bool { return n.Value == value }) {
			out = append(out, w.record(cve, part, value))
		}
	}
	for _, n := range said {
		if !still[n.Value] {
			out = append(out, cure.Record{Controls: []cure.Control{{
				Op: cure.OpDelete, Record: recordID(cve, n.Value), Reason: "no longer so", Author: EngineName,
			}}})
		}
	}
	if len(out) == 0 {
		return nil
	}
	return w.b.Emit(ctx, out)
}

// cured looks again at what was said of an asset and that nothing leads to any
// more.
func (w *watch) cured(ctx context.Context, asset string, judged []cure.Observable) error {
	for k := range w.b.Values() {
		o := k.Observable
		if o.Kind != cure.KindCVE || slices.Contains(judged, o) {
			continue
		}
		if slices.ContainsFunc(w.said(o), func(n hub.Note) bool { return strings.HasPrefix(n.Value, asset+": ") }) {
			if err := w.judge(ctx, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// byAsset cuts a sorted answer into what is surely known of each asset. What
// is unsure is an answer to who asks, and no reason to wake somebody.
func byAsset(all []client.Affected) [][]client.Affected {
	sure := slices.DeleteFunc(slices.Clone(all), func(a client.Affected) bool { return a.How == client.AffectedUnsure })
	slices.SortStableFunc(sure, func(a, b client.Affected) int { return cmp.Compare(a.Asset, b.Asset) })
	var parts [][]client.Affected
	for len(sure) > 0 {
		n := 1
		for n < len(sure) && sure[n].Asset == sure[0].Asset {
			n++
		}
		parts, sure = append(parts, sure[:n]), sure[n:]
	}
	return parts
}

// maxSaid bounds the packages that are named.
const maxSaid = 8

// describe says what of an asset is affected: the same for the same versions.
func describe(part []client.Affected) string {
	var said []string
	for _, a := range part {
		if s := strings.TrimSpace(a.Package + " " + a.Version); s != "" && len(said) < maxSaid {
			said = append(said, s)
		}
	}
	slices.Sort(said)
	if said = slices.Compact(said); said == nil {
		said = []string{"found by a scanner"}
	}
	return part[0].Asset + ": " + strings.Join(said, ", ")
}

// recordID is that of the record that says it.
func recordID(cve cure.Observable, value string) cure.ID {
	sum := sha256.Sum256([]byte(value))
	return cure.NewID("enrich", EngineName, cve.Value, hex.EncodeToString(sum[:8]))
}

// record says it: a note at the CVE and a detection.
func (w *watch) record(cve cure.Observable, part []client.Affected, value string) cure.Record {
	now := w.b.Now()
	rec := cure.Record{ID: recordID(cve, value), Marking: part[0].Marking}
	why, since := part[0].Why, part[0].Since
	var evidence []cure.ID
	for _, a := range part {
		rec.Marking = rec.Marking.Join(a.Marking)
		if a.Since.Before(since) {
			since = a.Since
		}
		for _, r := range a.Records {
			if id, err := cure.ParseID(r); err == nil && !slices.Contains(evidence, id) && len(evidence) < maxSaid {
				evidence = append(evidence, id)
			}
		}
		if a.Fixed != "" {
			why += "; " + strings.TrimSpace(a.Package+" is fixed in "+a.Fixed)
		}
	}
	if since.After(now) {
		since = now
	}
	if len(why) > 1024 {
		why = strings.ToValidUTF8(why[:1024], "")
	}
	rec.Enrichments = []cure.Enrichment{{
		Subject: cve, Enricher: EngineName, Version: w.b.Version, Name: hub.NoteAffects, Value: value, Score: 1, Time: now, Why: why,
	}}
	rec.Detections = []cure.Detection{{
		ID: rec.ID, Start: since, End: now, Engine: EngineName, Title: cve.Value + " affects own asset " + value,
		Sources: []cure.Observable{cve}, Score: 1, Evidence: evidence,
	}}
	return rec
}
