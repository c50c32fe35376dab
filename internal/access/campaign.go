package access

import (
	"context"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/analyse/campaign"
)

// What is grouped, as the public client reads it.
type (
	Campaign  = client.Campaign
	Campaigns = client.Campaigns
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
