package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/scenario"
)

// checkExposure wants each own asset affected, or not, as told, and the flaw's
// type and severity estimated.
func checkExposure(ctx context.Context, cl *client.Client, truth *scenario.Truth) (wrong []string, err error) {
	for _, f := range truth.Exposure {
		v, err := cl.Vulnerability(ctx, f.CVE)
		if err != nil {
			return nil, err
		}
		hit := slices.ContainsFunc(v.Affects, func(a client.Affected) bool {
			return a.Asset == f.Asset && a.Version == f.Version && a.How == client.AffectedVersion
		})
		if hit != f.Affected {
			wrong = append(wrong, fmt.Sprintf("%s affects %s %s: %v, the story says %v", f.CVE, f.Asset, f.Version, hit, f.Affected))
		}
		if v.Estimate == nil || v.Estimate.CVSS == nil {
			continue // this hub estimates nothing, or the record is no more there
		}
		if !slices.ContainsFunc(v.Estimate.Top, func(n client.WeaknessNode) bool { return n.ID.String() == f.Type }) {
			wrong = append(wrong, fmt.Sprintf("%s is not estimated as %s", f.CVE, f.Type))
		}
		if v.Estimate.CVSS.Band != f.Band {
			wrong = append(wrong, fmt.Sprintf("%s is estimated %s, the story says %s", f.CVE, v.Estimate.CVSS.Band, f.Band))
		}
	}
	return wrong, nil
}
