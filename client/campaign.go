package client

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/opencure/cure"
)

// Campaign is a group of values that belong together across databases, as far
// as the key may see them.
type Campaign struct {
	ID         cure.ID           `json:"id"`    // stays as the campaign grows; that of any member finds it
	Title      string            `json:"title"` // a tag that members carry, or the founder
	Founder    cure.Observable   `json:"founder"`
	First      time.Time         `json:"first"`
	Last       time.Time         `json:"last"`
	Publishers []string          `json:"publishers"`
	Shared     int               `json:"shared"` // members that two or more publishers hold
	Size       int               `json:"size"`   // members in all
	Tags       []string          `json:"tags,omitempty"`
	Members    []CampaignMember  `json:"members,omitempty"` // those of most publishers first; in a list a few
	Touches    []cure.Observable `json:"touches,omitempty"` // stands with members of other campaigns too and joins nothing
}

// CampaignMember is one value of a campaign.
type CampaignMember struct {
	Observable cure.Observable `json:"observable"`
	Sources    []cure.Source   `json:"sources"`
	Roles      []cure.Role     `json:"roles,omitempty"`
	First      time.Time       `json:"first"`
	Last       time.Time       `json:"last"`
	Ties       int             `json:"ties"` // members that it stands with
}

// Campaigns are the groups of a time, ranked.
type Campaigns struct {
	From      time.Time  `json:"from"`
	To        time.Time  `json:"to"`
	Campaigns []Campaign `json:"campaigns"`
	Values    int        `json:"values"`        // that were grouped
	Cut       int        `json:"cut,omitempty"` // shared values that were left out
}

// Campaigns groups what was seen in the last days (0: 30).
func (c *Client) Campaigns(ctx context.Context, days int, p Page) (*Campaigns, error) {
	q := p.query(0)
	if days > 0 {
		q.Set("days", strconv.Itoa(days))
	}
	return ask[Campaigns](ctx, c, "/campaigns", q)
}

// Campaign returns one campaign with its members, by its id or the one that
// any member would give it.
func (c *Client) Campaign(ctx context.Context, id cure.ID, days int) (*Campaign, error) {
	q := url.Values{}
	if days > 0 {
		q.Set("days", strconv.Itoa(days))
	}
	return ask[Campaign](ctx, c, "/campaigns/"+id.String(), q)
}

// CampaignChanges say what is new about campaigns since a time: the same
// grouping then and now, compared.
type CampaignChanges struct {
	Since time.Time        `json:"since"`
	New   []Campaign       `json:"new"`   // none of its values was in a campaign then
	Grown []CampaignGrowth `json:"grown"` // those that grew most first
	Ended int              `json:"ended"` // campaigns of then of which nothing is grouped any more
}

// CampaignGrowth is a campaign with what has joined it.
type CampaignGrowth struct {
	Campaign   Campaign         `json:"campaign"` // as it is now
	Joined     []CampaignMember `json:"joined"`
	Cut        int              `json:"cut,omitempty"`        // left out of Joined
	Publishers []string         `json:"publishers,omitempty"` // that held nothing of it then
	Merged     []string         `json:"merged,omitempty"`     // titles of campaigns that it took in
}

// CampaignChanges compares the campaigns of the last days (0: 30) with those of
// that time up to since.
func (c *Client) CampaignChanges(ctx context.Context, days int, since time.Time) (*CampaignChanges, error) {
	q := url.Values{}
	if days > 0 {
		q.Set("days", strconv.Itoa(days))
	}
	if !since.IsZero() {
		q.Set("since", since.UTC().Format(time.RFC3339))
	}
	return ask[CampaignChanges](ctx, c, "/campaigns/changes", q)
}
