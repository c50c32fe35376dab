package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/scenario"
)

// checkTruth asks the hub what the story says it must know, and returns what
// is wrong.
func checkTruth(ctx context.Context, cl *client.Client, story *scenario.Story) (wrong []string, err error) {
	for _, check := range []func(context.Context, *client.Client, *scenario.Truth) ([]string, error){
		checkLinks, checkForbidden, checkShared, checkQuarantine, checkSecrets, checkCase, checkCampaigns, checkExposure, checkSamples,
	} {
		found, err := check(ctx, cl, &story.Truth)
		if err != nil {
			return nil, err
		}
		wrong = append(wrong, found...)
	}
	return wrong, nil
}

// checkLinks wants each shared observable known from each of its sources.
func checkLinks(ctx context.Context, cl *client.Client, truth *scenario.Truth) (wrong []string, err error) {
	for _, link := range truth.Links {
		a, err := cl.Answer(ctx, link.Observable)
		if err != nil {
			return nil, err
		}
		for _, src := range link.Sources {
			if !slices.Contains(a.Sources, src) {
				wrong = append(wrong, fmt.Sprintf("%s is not known from %s, only from %v", link.Observable, src, a.Sources))
			}
		}
	}
	return wrong, nil
}

// checkForbidden wants observables not known that must not be.
func checkForbidden(ctx context.Context, cl *client.Client, truth *scenario.Truth) (wrong []string, err error) {
	for _, f := range truth.Forbidden {
		if f.Observable.IsZero() {
			continue
		}
		a, err := cl.Answer(ctx, f.Observable)
		if err != nil {
			return nil, err
		}
		known := slices.ContainsFunc(a.Sources, func(s cure.Source) bool { return f.Publisher == "" || s.Publisher() == f.Publisher })
		if known {
			wrong = append(wrong, fmt.Sprintf("%s is known from %v: %s", f.Observable, a.Sources, f.Why))
		}
	}
	return wrong, nil
}

// checkShared wants each two sources to share as many addresses as told.
func checkShared(ctx context.Context, cl *client.Client, truth *scenario.Truth) (wrong []string, err error) {
	for _, s := range truth.Shared {
		got, err := cl.Shared(ctx, string(s.A), string(s.B), client.Page{Limit: maxRows})
		if err != nil {
			return nil, err
		}
		addresses := 0
		for _, v := range got.Values {
			if v.Observable.Kind == cure.KindIP {
				addresses++
			}
		}
		if addresses != s.Addresses {
			wrong = append(wrong, fmt.Sprintf("%s and %s share %d addresses, the story says %d", s.A, s.B, addresses, s.Addresses))
		}
	}
	return wrong, nil
}

// checkQuarantine wants of each source as many refused records as the story
// made mistakes, and one for each input that is refused as a whole.
func checkQuarantine(ctx context.Context, cl *client.Client, truth *scenario.Truth) (wrong []string, err error) {
	for try := 0; ; try++ {
		sources, err := cl.Sources(ctx)
		if err != nil {
			return nil, err
		}
		got := map[cure.Source]int{}
		for _, s := range sources {
			if s.Operating != nil {
				got[s.Source] = int(s.Operating.Quarantined)
			}
		}
		wrong = nil
		for _, src := range slices.Sorted(maps.Keys(truth.Sources)) {
			want := 0
			for _, n := range truth.Sources[src].Quarantined {
				want += n
			}
			if truth.Sources[src].Refused != "" {
				want++
			}
			if got[src] != want {
				wrong = append(wrong, fmt.Sprintf("%d records of %s are in the quarantine, the story says %d", got[src], src, want))
			}
		}
		// The hub counts a moment after it has acknowledged.
		if len(wrong) == 0 || try == 40 {
			return wrong, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// checkSecrets looks for texts that must not come out of the hub, as the
// sensors' addresses, in all answers, in the records behind them, raw text
// included, and in the quarantine.
func checkSecrets(ctx context.Context, cl *client.Client, truth *scenario.Truth) (wrong []string, err error) {
	found := map[string]bool{}
	look := func(where string, v any) error {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		for _, f := range truth.Forbidden {
			if f.Text != "" && !found[f.Text] && strings.Contains(string(b), f.Text) {
				found[f.Text] = true
				wrong = append(wrong, fmt.Sprintf("%s stands in %s: %s", f.Text, where, f.Why))
			}
		}
		return nil
	}
	bad, err := cl.Quarantined(ctx, "", client.Page{Limit: maxRows})
	if err != nil {
		return nil, err
	}
	for _, b := range bad {
		if err := look("the quarantine", []any{b, string(b.Raw)}); err != nil {
			return nil, err
		}
	}
	opened := map[string]bool{}
	for src := range truth.Sources {
		known, err := cl.Search(ctx, "source:"+string(src), client.Page{Limit: maxRows})
		if err != nil {
			return nil, err
		}
		for _, v := range known.Values {
			if v.Observable.Kind != cure.KindIP {
				if err := look("what "+string(src)+" says", v); err != nil {
					return nil, err
				}
				continue
			}
			a, err := cl.Answer(ctx, v.Observable)
			if err == nil {
				err = look("the answer about "+v.Observable.Value, a)
			}
			if err == nil {
				err = lookIntoRecords(ctx, cl, a, opened, look)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return wrong, nil
}

// lookIntoRecords opens the records of an answer, each once.
func lookIntoRecords(ctx context.Context, cl *client.Client, a *client.Answer, opened map[string]bool, look func(string, any) error) error {
	for _, s := range a.Recent {
		if s.Record == "" || opened[s.Record] {
			continue
		}
		opened[s.Record] = true
		rec, err := cl.Record(ctx, s.Record)
		if err != nil {
			return err
		}
		if err := look("record "+s.Record, []any{rec, string(rec.Record.Raw)}); err != nil {
			return err
		}
	}
	return nil
}
