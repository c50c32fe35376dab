package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/scenario"
)

// checkTruth asks the hub what the story says it must know, and returns what
// is wrong.
func checkTruth(ctx context.Context, cl *client.Client, story *scenario.Story) (wrong []string, err error) {
	for _, link := range story.Truth.Links {
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
	for _, f := range story.Truth.Forbidden {
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
	for _, s := range story.Truth.Shared {
		got, err := cl.Shared(ctx, string(s.A), string(s.B), client.Page{Limit: 10_000})
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
