package campaign

import (
	"cmp"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// How many changes are shown.
const (
	maxChanged = 50 // campaigns of each sort
	maxJoined  = 50 // values of one campaign
)

// Changes compares the campaigns of an earlier time with c. A campaign is the
// same when it holds any value of the earlier one, so that ids that moved to an
// older founder are not new. Linear in the values of both.
func (c *Campaigns) Changes(before *Campaigns, since time.Time) client.CampaignChanges {
	was := map[cure.Observable]int{} // group of then
	for i := range before.groups {
		for _, m := range before.groups[i].Members {
			was[before.values[m].Observable] = i
		}
	}
	out := client.CampaignChanges{Since: since, New: []client.Campaign{}, Grown: []client.CampaignGrowth{}}
	lives := map[int]bool{}
	for i := range c.groups {
		g := &c.groups[i]
		from := map[int]bool{}
		var joined []int
		for _, m := range g.Members {
			if old, ok := was[c.values[m].Observable]; ok {
				from[old], lives[old] = true, true
			} else {
				joined = append(joined, m)
			}
		}
		switch {
		case len(from) == 0 && len(out.New) < maxChanged:
			out.New = append(out.New, c.show(g, listMembers))
		case len(from) > 0 && (len(joined) > 0 || len(from) > 1):
			out.Grown = append(out.Grown, c.growth(before, g, joined, from))
		}
	}
	out.Ended = len(before.groups) - len(lives)
	slices.SortStableFunc(out.Grown, func(a, b client.CampaignGrowth) int {
		return cmp.Compare(len(b.Joined)+b.Cut, len(a.Joined)+a.Cut)
	})
	out.Grown = out.Grown[:min(len(out.Grown), maxChanged)]
	return out
}

// growth describes what joined a group that was made of others before.
func (c *Campaigns) growth(before *Campaigns, g *Group, joined []int, from map[int]bool) client.CampaignGrowth {
	out := client.CampaignGrowth{Campaign: c.show(g, listMembers), Cut: max(len(joined)-maxJoined, 0), Joined: []client.CampaignMember{}}
	for _, m := range joined[:min(len(joined), maxJoined)] {
		t := &c.threads[m]
		out.Joined = append(out.Joined, client.CampaignMember{
			Observable: t.Observable, Sources: t.Sources, Roles: t.Roles, First: t.First, Last: t.Last,
		})
	}
	held := map[string]bool{}
	var titles []string
	for old := range before.groups { // in their order, so that the answer is the same each time
		if !from[old] {
			continue
		}
		for _, p := range before.groups[old].Publishers {
			held[p] = true
		}
		if before.groups[old].ID != g.ID {
			titles = append(titles, before.show(&before.groups[old], 0).Title)
		}
	}
	if len(from) > 1 {
		out.Merged = titles
	}
	for _, p := range g.Publishers {
		if !held[p] {
			out.Publishers = append(out.Publishers, p)
		}
	}
	return out
}
