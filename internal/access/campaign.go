package access

import (
	"context"
	"net/netip"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/analyse/campaign"
	"github.com/opencure/cure/internal/analyse/malware/publication"
	"github.com/opencure/cure/internal/enrich/similar"
)

// What is grouped, as the public client reads it.
type (
	Campaign  = client.Campaign
	Campaigns = client.Campaigns

	CampaignChanges = client.CampaignChanges
)

// campaignDays is the time that is grouped unless another is asked for.
const campaignDays = 30

// Campaigns groups what the principal sees of the last days (0: 30).
func (v View) Campaigns(ctx context.Context, days int, c Cursor) (Campaigns, error) {
	groups, err := v.group(ctx, days)
	if err != nil {
		return Campaigns{}, err
	}
	if c.Limit <= 0 {
		c.Limit = 100
	}
	return groups.List(c.Skip, c.Limit), nil
}

// Campaign returns one campaign with its members. NotFound: none that the
// principal sees.
func (v View) Campaign(ctx context.Context, id cure.ID, days int) (Campaign, error) {
	groups, err := v.group(ctx, days)
	if err != nil {
		return Campaign{}, err
	}
	return groups.Named(id)
}

func (v View) group(ctx context.Context, days int) (*campaign.Campaigns, error) {
	if days <= 0 {
		days = campaignDays
	}
	now := v.reg.now().UTC()
	return campaign.Of(ctx, v.hub, v.scope, now.Add(-time.Duration(days)*24*time.Hour), now)
}

// CampaignChanges compares the groups of the last days (0: 30) with those that
// the same question had found at since. Invalid: since is not within the days.
func (v View) CampaignChanges(ctx context.Context, days int, since time.Time) (CampaignChanges, error) {
	if days <= 0 {
		days = campaignDays
	}
	now := v.reg.now().UTC()
	from := now.Add(-time.Duration(days) * 24 * time.Hour)
	if !since.After(from) || !since.Before(now) {
		return CampaignChanges{}, cure.Errorf(cure.Invalid, "compare campaigns: %s is not within the last %d days", since.Format(time.RFC3339), days)
	}
	before, err := campaign.Of(ctx, v.hub, v.scope, from, since)
	if err != nil {
		return CampaignChanges{}, err
	}
	groups, err := campaign.Of(ctx, v.hub, v.scope, from, now)
	if err != nil {
		return CampaignChanges{}, err
	}
	return groups.Changes(before, since), nil
}

// MalwareClusters lists the clusters of samples that the principal sees; of one
// sample where a SHA-256, or the beginning of one, is given.
func (v View) MalwareClusters(ctx context.Context, sha256 string, c Cursor) (client.MalwareClusters, error) {
	p, err := publication.Of(ctx, v.hub, v.scope)
	if err != nil {
		return client.MalwareClusters{}, err
	}
	if c.Limit <= 0 {
		c.Limit = 100
	}
	if sha256, err = p.Whole(sha256); err != nil {
		return client.MalwareClusters{}, err
	}
	return p.List(sha256, c.Skip, c.Limit), nil
}

// MalwareCluster returns one cluster with members and tree. NotFound: none that
// the principal sees.
func (v View) MalwareCluster(ctx context.Context, id string) (client.MalwareCluster, error) {
	p, err := publication.Of(ctx, v.hub, v.scope)
	if err != nil {
		return client.MalwareCluster{}, err
	}
	return p.Cluster(ctx, id)
}

// MalwareDiff says what is new in a sample. NotFound: nothing that the
// principal sees.
func (v View) MalwareDiff(ctx context.Context, sha256 string) (client.MalwareDiff, error) {
	p, err := publication.Of(ctx, v.hub, v.scope)
	if err != nil {
		return client.MalwareDiff{}, err
	}
	if sha256, err = p.Whole(sha256); err != nil {
		return client.MalwareDiff{}, err
	}
	return p.Diff(ctx, sha256)
}

// Similar is which addresses behave like one, as the public client reads it.
type Similar = client.Similar

// Similar returns the addresses that behave like o, from the cells that the
// principal sees and nothing else. It waits until what was applied up to a
// stream sequence is in, for those whom Applied waits for. Invalid: o is no
// address.
func (v View) Similar(ctx context.Context, o cure.Observable, after uint64) (Similar, error) {
	a, err := netip.ParseAddr(o.Value)
	if o.Kind != cure.KindIP || err != nil {
		return Similar{}, cure.Errorf(cure.Invalid, "find similar addresses: %s is not an address", o.Kind)
	}
	out := Similar{Observable: o, Values: []client.SimilarAddress{}}
	ix := v.reg.alike
	if ix == nil {
		out.State, out.Why = client.SimilarOff, "this hub compares no addresses"
		return out, nil
	}
	if after > 0 && (v.org.Own || writes(&v.who)) {
		if err := ix.Wait(ctx, after); err != nil {
			return out, err
		}
	}
	if !ix.Ready() {
		out.State, out.Why = client.SimilarReading, "the hub has just begun: what sensors saw in the last 30 days is still being read"
		return out, nil
	}
	answer := ix.Similar(similar.Viewer{Sees: v.scope.Sees, Corrected: v.hub.Corrected}, a)
	if answer.Red {
		v.reg.LookedAtRed(ctx, v.scope, "similar "+o.String())
	}
	return answer.Similar, nil
}
