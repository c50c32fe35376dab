package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/analyse/darknet"
	"github.com/opencure/cure/internal/scenario"
)

// engineWait is how long the engines have to find what the story's packets
// hold. It takes about a second.
const engineWait = 30 * time.Second

// publishFindings publishes what engines would find in the story, marked
// "engine: scenario", about the detection that the darknet engine finds by
// itself.
func publishFindings(ctx context.Context, cl *client.Client, story *scenario.Story) error {
	found, err := awaitDetection(ctx, cl, &story.Truth.Case)
	if err != nil {
		return err
	}
	if err := publishSamples(ctx, cl, story); err != nil {
		return fmt.Errorf("publish the samples of the story: %w", err)
	}
	for _, said := range story.Said {
		var lines []client.RecordLine
		for _, r := range said.About(found.ID) {
			lines = append(lines, client.RecordLine{Source: said.Source, Record: r})
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

// awaitDetection waits until the engine has found the activity of the story
// with all of its sources; in the end it returns what there is.
func awaitDetection(ctx context.Context, cl *client.Client, fact *scenario.CaseFact) (client.Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, engineWait)
	defer cancel()
	var last client.Finding
	for {
		found, err := cl.Detections(ctx, client.FindingFilter{Port: fact.Port.Value, Publisher: "enrich"}, client.Page{})
		if err == nil && len(found) > 0 {
			if last = found[0]; len(last.Sources) >= len(fact.Sources) {
				return last, nil
			}
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			if last.ID.IsZero() {
				return last, cure.Errorf(cure.Internal, "the darknet engine found nothing on %s within %s: %v", fact.Port.Value, engineWait, err)
			}
			return last, nil
		}
	}
}

// checkCase wants the activity of the story found from its packets alone, and
// its case put together as told.
func checkCase(ctx context.Context, cl *client.Client, truth *scenario.Truth) (wrong []string, err error) {
	fact := &truth.Case
	found, err := cl.Detections(ctx, client.FindingFilter{Publisher: "enrich"}, client.Page{})
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(f client.Finding) bool { return f.Engine != darknet.EngineName })
	if len(found) != 1 {
		return []string{fmt.Sprintf("the engines found %d activities, the story has one", len(found))}, nil
	}
	d := &found[0]
	wrong = checkDetection(d, fact)
	k, alike, err := awaitSimilar(ctx, cl, d.ID, fact)
	if err != nil {
		return nil, err
	}
	wrong = append(wrong, alike...)
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

// awaitSimilar waits until the engine of similar addresses has said who else
// behaves like the sources of the detection: the story's, and nobody else.
func awaitSimilar(ctx context.Context, cl *client.Client, id cure.ID, fact *scenario.CaseFact) (k *client.CaseFile, wrong []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, engineWait)
	defer cancel()
	for {
		if k, err = cl.Case(ctx, id.String(), client.CaseWindow{}); err != nil {
			return k, wrong, err
		}
		var got []cure.Observable
		for _, b := range k.Blocks {
			for _, p := range b.Parts {
				if b.Name == "similar" {
					got = append(append(got, p.Members...), p.Observable)
				}
			}
		}
		got = slices.DeleteFunc(got, cure.Observable.IsZero)
		wrong = nil
		for _, o := range fact.Similar {
			if !slices.Contains(got, o) {
				wrong = append(wrong, fmt.Sprintf("%s is not among the addresses that behave like the sources", o))
			}
		}
		for _, o := range got {
			if !slices.Contains(fact.Similar, o) {
				wrong = append(wrong, fmt.Sprintf("%s is among the addresses that behave like the sources", o))
			}
		}
		if len(wrong) == 0 {
			return k, nil, nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return k, wrong, nil
		}
	}
}

// checkDetection compares a detection with what the story's packets hold.
func checkDetection(d *client.Finding, fact *scenario.CaseFact) (wrong []string) {
	if len(d.Ports) != 1 || d.Ports[0] != fact.Port {
		wrong = append(wrong, fmt.Sprintf("the detection is of %v, the story's of %s", d.Ports, fact.Port))
	}
	if lead := fact.From.Sub(d.Start); lead < -time.Minute || lead > 10*time.Minute {
		wrong = append(wrong, fmt.Sprintf("the detection begins %s, the story's in the ten minutes of %s", d.Start, fact.From))
	}
	if n := len(fact.Sources); len(d.Sources) != n {
		wrong = append(wrong, fmt.Sprintf("the detection has %d sources, the story's %d", len(d.Sources), n))
	}
	for _, o := range fact.Sources {
		if !slices.Contains(d.Sources, o) {
			wrong = append(wrong, fmt.Sprintf("the detection does not have the source %s", o))
		}
	}
	for _, o := range fact.Never {
		if slices.Contains(d.Sources, o) {
			wrong = append(wrong, fmt.Sprintf("the detection has the source %s", o))
		}
	}
	return wrong
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
