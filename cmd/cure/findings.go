package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/scenario"
)

// publishFindings publishes what engines would find in the story, marked
// "engine: scenario".
func publishFindings(ctx context.Context, cl *client.Client, story *scenario.Story) error {
	for _, said := range story.Said {
		lines := make([]client.RecordLine, len(said.Records))
		for i, r := range said.Records {
			lines[i] = client.RecordLine{Source: said.Source, Record: r}
		}
		done, err := cl.Push(ctx, "", lines)
		if err == nil && done.RefusedTotal > 0 {
			err = cure.Errorf(cure.Internal, "%d records refused: %s", done.RefusedTotal, done.Refused[0].Reason)
		}
		if err == nil {
			err = cl.Applied(ctx, done.Sequence)
		}
		if err != nil {
			return fmt.Errorf("publish %s of the story: %w", said.Source, err)
		}
	}
	return nil
}

// checkCase wants the case of the story put together as told.
func checkCase(ctx context.Context, cl *client.Client, truth *scenario.Truth) (wrong []string, err error) {
	fact := &truth.Case
	k, err := cl.Case(ctx, fact.Detection.String(), client.CaseWindow{})
	if err != nil {
		return nil, err
	}
	if k.Title != fact.Title || len(k.Detection.Sources) != fact.Sources {
		wrong = append(wrong, fmt.Sprintf("the case is %q with %d sources, the story says %q with %d", k.Title, len(k.Detection.Sources), fact.Title, fact.Sources))
	}
	for _, want := range fact.Blocks {
		i := slices.IndexFunc(k.Blocks, func(b client.Block) bool { return b.Name == want.Name })
		if i < 0 {
			wrong = append(wrong, fmt.Sprintf("the case has no block %q", want.Name))
			continue
		}
		wrong = append(wrong, checkBlock(&k.Blocks[i], &want)...)
	}
	return wrong, nil
}

func checkBlock(b *client.Block, want *scenario.BlockFact) (wrong []string) {
	has := func(f func(*client.Part) bool) bool {
		return slices.ContainsFunc(b.Parts, func(p client.Part) bool { return f(&p) })
	}
	for _, o := range want.Holds {
		if !has(func(p *client.Part) bool { return p.Observable == o && p.Reason != "" }) {
			wrong = append(wrong, fmt.Sprintf("block %q of the case does not hold %s", want.Name, o))
		}
	}
	for _, src := range want.From {
		if !has(func(p *client.Part) bool { return slices.Contains(p.Sources, src) }) {
			wrong = append(wrong, fmt.Sprintf("block %q of the case has nothing of %s", want.Name, src))
		}
	}
	if want.Engine && !has(func(p *client.Part) bool { return slices.Contains(p.Sources, scenario.EngineSource) }) {
		wrong = append(wrong, fmt.Sprintf("block %q of the case has nothing of the story's engine", want.Name))
	}
	if (b.State == client.BlockEmpty) != (len(b.Parts) == 0) || len(b.Parts) == 0 && b.Fills == "" {
		wrong = append(wrong, fmt.Sprintf("block %q of the case is %s with %d parts and says %q", want.Name, b.State, len(b.Parts), b.Fills))
	}
	return wrong
}

// checkCampaigns wants the members of each campaign of the story in one group,
// and no two campaigns in the same.
func checkCampaigns(ctx context.Context, cl *client.Client, truth *scenario.Truth) (wrong []string, err error) {
	all, err := cl.Campaigns(ctx, 0, client.Page{})
	if err != nil {
		return nil, err
	}
	of := map[cure.Observable]cure.ID{}
	for _, c := range all.Campaigns {
		full, err := cl.Campaign(ctx, c.ID, 0)
		if err != nil {
			return nil, err
		}
		for _, m := range full.Members {
			of[m.Observable] = c.ID
		}
	}
	taken := map[cure.ID]string{}
	for _, fact := range truth.Campaigns {
		id := of[fact.Members[0]]
		for _, m := range fact.Members {
			if of[m].IsZero() || of[m] != id {
				wrong = append(wrong, fmt.Sprintf("%s is not in the campaign %s", m, fact.Name))
			}
		}
		if other := taken[id]; other != "" {
			wrong = append(wrong, fmt.Sprintf("the campaigns %s and %s are one", other, fact.Name))
		}
		taken[id] = fact.Name
	}
	return wrong, nil
}
