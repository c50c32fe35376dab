package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

func TestTriage(t *testing.T) {
	sight := func(src cure.Source, roles ...cure.Role) client.SourceSight {
		return client.SourceSight{Source: src, Roles: roles}
	}
	tests := map[string]struct {
		answer client.Answer
		rank   int
		why    []string
	}{
		"alone": {
			client.Answer{Sights: []client.SourceSight{sight("alerts/a", cure.RoleC2)}},
			40,
			[]string{"+40 c2"},
		},
		"known elsewhere": {
			client.Answer{Sights: []client.SourceSight{sight("alerts/a", cure.RoleScanner), sight("cowrie/a", cure.RoleInfected), sight("cowrie/b"), sight("feeds/x")}},
			35,
			[]string{"+5 scanner", "+20 known to 2 other publishers", "+10 seen to do harm elsewhere"},
		},
		"over-common": {
			client.Answer{
				Sights: []client.SourceSight{sight("alerts/a"), sight("feeds/x", cure.RoleC2)},
				Links:  []client.Link{{Common: true}},
			},
			0, nil,
		},
		"tagged and listed": {
			client.Answer{
				Summary: client.Summary{Tags: []string{"a", "b", "c", "d"}, Notes: []client.Note{{Name: "warninglist", Value: "public resolvers"}}},
				Sights:  []client.SourceSight{sight("alerts/a", cure.RoleScanner, cure.RoleInfected)},
			},
			15,
			[]string{"+25 infected", "+15 tagged a, b, c", "-25 on the warning list public resolvers"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := newTriage(&tt.answer)
			if diff := cmp.Diff(tt.why, r.Why); r.Rank != tt.rank || diff != "" {
				t.Errorf("rank %d, want %d; why (-want +got)\n%s", r.Rank, tt.rank, diff)
			}
		})
	}
}
