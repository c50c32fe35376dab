package campaign

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/hub"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/table"
)

// How much of a campaign is shown.
const (
	listMembers = 8
	maxMembers  = 5000
	maxTags     = 16
	maxTouches  = 32
)

// Campaigns are the groups of one time as one scope sees them.
type Campaigns struct {
	From, To time.Time
	Cut      int // shared values that were left out

	threads []hub.Thread
	values  []Value
	groups  []Group
}

// Of groups what the scope sees of a time.
func Of(ctx context.Context, h *hub.Hub, sc cure.Scope, from, to time.Time) (*Campaigns, error) {
	threads, cut, err := h.Fabric(ctx, sc, from, to)
	if err != nil {
		return nil, err
	}
	c := &Campaigns{From: from, To: to, Cut: cut, threads: threads, values: make([]Value, len(threads))}
	for i := range threads {
		t := &threads[i]
		c.values[i] = Value{
			Observable: t.Observable, Sources: t.Sources, First: t.First, Last: t.Last, Roles: t.Roles, Common: t.Common, Near: t.Near,
		}
	}
	c.groups = Find(c.values, Options{})
	return c, nil
}

// List returns campaigns by rank, each with a few of its members.
func (c *Campaigns) List(skip, limit int) client.Campaigns {
	out := client.Campaigns{From: c.From, To: c.To, Cut: c.Cut, Values: len(c.values), Campaigns: []client.Campaign{}}
	for _, g := range c.groups[min(skip, len(c.groups)):] {
		if len(out.Campaigns) == limit {
			break
		}
		out.Campaigns = append(out.Campaigns, c.show(&g, listMembers))
	}
	return out
}

// Named returns one campaign with its members, by its id or that of any member.
// NotFound: none.
func (c *Campaigns) Named(id cure.ID) (client.Campaign, error) {
	g, ok := Named(c.values, c.groups, id)
	if !ok {
		return client.Campaign{}, cure.Errorf(cure.NotFound, "no campaign %s", id)
	}
	return c.show(&g, maxMembers), nil
}

// show describes a group.
func (c *Campaigns) show(g *Group, members int) client.Campaign {
	out := client.Campaign{
		ID: g.ID, Founder: c.values[g.Founder].Observable, First: g.First, Last: g.Last,
		Publishers: g.Publishers, Shared: g.Shared, Size: len(g.Members),
	}
	ties, tags := map[int]int{}, map[string]int{}
	in := map[int]bool{}
	for _, m := range g.Members {
		in[m] = true
	}
	for _, m := range g.Members {
		for _, n := range c.values[m].Near {
			if in[n] {
				ties[m]++
				ties[n]++
			}
		}
		for _, t := range c.threads[m].Tags {
			tags[t]++
		}
	}
	for _, m := range g.Members {
		t := &c.threads[m]
		out.Members = append(out.Members, client.CampaignMember{
			Observable: t.Observable, Sources: t.Sources, Roles: t.Roles, First: t.First, Last: t.Last, Ties: ties[m],
		})
	}
	slices.SortStableFunc(out.Members, func(a, b client.CampaignMember) int {
		return cmp.Or(cmp.Compare(len(publishers(b.Sources)), len(publishers(a.Sources))), cmp.Compare(b.Ties, a.Ties))
	})
	out.Members = out.Members[:min(len(out.Members), members)]
	out.Tags = most(tags, c.sayers(), maxTags)
	out.Title = out.Founder.Value
	if len(out.Tags) > 0 {
		out.Title = out.Tags[0]
	}
	for _, i := range g.Touches[:min(len(g.Touches), maxTouches)] {
		out.Touches = append(out.Touches, c.values[i].Observable)
	}
	return out
}

// sayers returns how many publishers of the meaning layer say each tag.
func (c *Campaigns) sayers() map[string]int {
	meanings := map[string]bool{}
	for _, p := range table.Publishers() {
		meanings[p.Name] = p.Layer == publish.Meanings
	}
	n := map[string]int{}
	for i := range c.threads {
		t := &c.threads[i]
		if t.Observable.Kind != cure.KindTag {
			continue
		}
		for _, p := range publishers(t.Sources) {
			if meanings[p] {
				n[t.Observable.Value]++
			}
		}
	}
	return n
}

// most returns the words counted most often, those first that most people and
// texts say: a campaign is not called what sensors guess of its sessions.
func most(count, sayers map[string]int, n int) []string {
	words := make([]string, 0, len(count))
	for w := range count {
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b string) int {
		return cmp.Or(cmp.Compare(sayers[b], sayers[a]), cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	return words[:min(n, len(words))]
}
