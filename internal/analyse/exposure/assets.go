package exposure

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/hub"
	"github.com/opencure/cure/internal/publish/mean"
)

// Searcher can list the assets too.
type Searcher interface {
	Knower
	Search(ctx context.Context, query string, c hub.Cursor) (hub.Results, error)
}

// The bounds of a question after everything.
const (
	maxAssets     = 10_000
	maxOfAsset    = 10_000 // packages and CVEs of an asset
	maxCandidates = 5_000  // CVEs that are compared
)

// Assets returns the assets with an inventory, by name, without counts.
func Assets(ctx context.Context, k Searcher) ([]client.Asset, error) {
	res, err := k.Search(ctx, "kind:tag source:assets", hub.Cursor{Limit: maxAssets})
	if err != nil {
		return nil, err
	}
	all := []client.Asset{}
	at := map[string]int{}
	for _, v := range res.Values {
		inventory, is := strings.CutPrefix(v.Observable.Value, mean.TagInventory)
		format, name, ok := strings.Cut(inventory, "/")
		if !is || !ok {
			continue
		}
		i, known := at[name]
		if !known {
			i, at[name] = len(all), len(all)
			all = append(all, client.Asset{Name: name})
		}
		a := &all[i]
		a.Formats = append(a.Formats, format)
		slices.Sort(a.Formats)
		if v.Last.After(a.Made) {
			a.Made = v.Last
		}
	}
	slices.SortFunc(all, func(a, b client.Asset) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// Everything returns the assets with an inventory and what of them is
// affected, the newest CVE first.
func Everything(ctx context.Context, k Searcher) (client.Exposure, error) {
	out := client.Exposure{Affected: []client.Affected{}}
	var err error
	if out.Assets, err = Assets(ctx, k); err != nil {
		return out, err
	}
	var order []cure.Observable
	for i := range out.Assets {
		a := &out.Assets[i]
		cves, packages, more, err := candidates(ctx, k, a.Name)
		if err != nil {
			return out, err
		}
		a.Packages, out.More = packages, out.More || more
		order = append(order, cves...)
	}
	slices.SortFunc(order, newestFirst)
	order = slices.Compact(order)
	out.More = out.More || len(order) > maxCandidates
	for _, cve := range order[:min(len(order), maxCandidates)] {
		part, err := OfCVE(ctx, k, cve)
		if err != nil {
			return out, err
		}
		out.Affected = append(out.Affected, part...)
	}
	return out, nil
}

// newestFirst orders CVEs by year and number, the highest first.
func newestFirst(a, b cure.Observable) int {
	return cmp.Or(cmp.Compare(len(b.Value), len(a.Value))*sameYear(a, b), strings.Compare(b.Value, a.Value))
}

// sameYear is 1 where only the numbers differ: CVE-2024-10000 is above
// CVE-2024-9999.
func sameYear(a, b cure.Observable) int {
	if len(a.Value) > 8 && len(b.Value) > 8 && a.Value[:8] == b.Value[:8] {
		return 1
	}
	return 0
}

// candidates returns the CVEs that may affect an asset: those that a scanner
// found, and those of the packages in its inventories.
func candidates(ctx context.Context, k Knower, asset string) (cves []cure.Observable, packages int, more bool, err error) {
	res, err := k.Tagged(ctx, mean.TagAsset+asset, hub.Cursor{Limit: maxOfAsset})
	if err != nil {
		return nil, 0, false, err
	}
	more = res.More
	for _, v := range res.Values {
		if v.Observable.Kind == cure.KindCVE {
			cves = append(cves, v.Observable)
			continue
		}
		if !strings.HasPrefix(v.Observable.Value, mean.TagPackage) {
			continue
		}
		packages++
		flaws, err := k.Tagged(ctx, v.Observable.Value, hub.Cursor{Limit: maxOfAsset})
		if err != nil {
			return nil, 0, false, err
		}
		more = more || flaws.More
		for _, f := range flaws.Values {
			if f.Observable.Kind == cure.KindCVE {
				cves = append(cves, f.Observable)
			}
		}
	}
	return cves, packages, more, nil
}
