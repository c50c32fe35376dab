package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

type alertsCmd struct {
	Since time.Duration `default:"24h" help:"Alerts of this time up to now."`
	Limit int           `short:"n" default:"20" help:"Rows at most."`
	Why   bool          `help:"Also what the rank of each row is made of."`
}

// Help teaches by example.
func (alertsCmd) Help() string {
	return `What own alerts name, in the order in which to look at it: the severity of the
rule, the part the other end played, and what others know of it. Each row names
the own hosts; the record opens with 'cure case'.

  cure alerts
  cure alerts --since 2h --why
  cure case 7f0c11109ca009380208925babb96d49`
}

// Run ranks what alerts name.
func (c *alertsCmd) Run(e *env) error {
	if err := checkRows(c.Limit); err != nil {
		return err
	}
	if c.Since < time.Minute {
		return cure.Errorf(cure.Invalid, "since %v: want 1m at least", c.Since)
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	query := "source:alerts -role:own -kind:port -kind:tag -kind:cve -kind:fp since:" + e.now().Add(-c.Since).UTC().Format(time.RFC3339)
	found, err := cl.Search(e.ctx, query, client.Page{Limit: 3 * c.Limit}) // those of most sources first
	if err != nil {
		return err
	}
	var rows []triage
	for _, v := range found.Values {
		a, err := cl.Answer(e.ctx, v.Observable)
		if err != nil {
			return err
		}
		row := newTriage(a)
		if row.Record != "" {
			rec, err := cl.Record(e.ctx, row.Record)
			if err != nil {
				return err
			}
			row.alert(rec)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return errNone
	}
	slices.SortStableFunc(rows, func(a, b triage) int {
		return cmp.Or(cmp.Compare(b.Rank, a.Rank), b.Last.Compare(a.Last))
	})
	rows = rows[:min(len(rows), c.Limit)]
	if e.flags.JSON {
		return e.printJSON(rows)
	}
	t := newGrid("#rank", "what", "role", "own hosts", "known to others", "severity", "rule", "last", "record")
	for _, r := range rows {
		t.add(r.Rank, r.Observable, roles([]cure.Role{r.Role}), strings.Join(r.Own, ", "), join(r.Others), r.Severity, r.Rule, minute(r.Last), r.Record)
		if c.Why {
			t.add("", "  "+strings.Join(r.Why, "; "), "", "", "", "", "", "", "")
		}
	}
	t.print(e.out)
	return nil
}

// triage is one thing that alerts name, with its rank: a sum of terms that are
// all in Why.
type triage struct {
	Observable cure.Observable `json:"observable"`
	Role       cure.Role       `json:"role"` // the worst that an alert gave it
	Own        []string        `json:"own,omitempty"`
	Others     []cure.Source   `json:"others,omitempty"` // sources that are no alerts
	Last       time.Time       `json:"last"`
	Record     string          `json:"record,omitempty"` // of its newest alert
	Rule       string          `json:"rule,omitempty"`
	Severity   string          `json:"severity,omitempty"`
	Rank       int             `json:"rank"`
	Why        []string        `json:"why"`
}

// Points of the rank.
var (
	rolePoints     = map[cure.Role]int{cure.RoleC2: 40, cure.RoleLoader: 30, cure.RoleTool: 25, cure.RoleInfected: 25, cure.RoleScanner: 5}
	severityPoints = map[string]int{"critical": 30, "high": 20, "medium": 10, "low": 3}
)

const (
	otherPoints   = 10 // each other publisher, three at most
	hostilePoints = 10 // somebody else saw it do harm
	tagPoints     = 5  // each tag, three at most
	listedPoints  = -25
)

// newTriage makes a row of an answer.
func newTriage(a *client.Answer) triage {
	r := triage{Observable: a.Observable}
	publishers, hostile := map[string]bool{}, false
	for _, s := range a.Sights {
		if s.Source == cure.TicketSource {
			continue // our own words about it are no outside knowledge
		}
		if s.Source.Publisher() != "alerts" {
			r.Others = append(r.Others, s.Source)
			publishers[s.Source.Publisher()] = true
			hostile = hostile || slices.ContainsFunc(s.Roles, cure.Role.Hostile)
			continue
		}
		if s.Last.After(r.Last) {
			r.Last = s.Last
		}
		for _, role := range s.Roles {
			if rolePoints[role] > rolePoints[r.Role] || r.Role == cure.RoleUnknown {
				r.Role = role
			}
		}
	}
	r.term(rolePoints[r.Role], r.Role.String())
	common := slices.ContainsFunc(a.Links, func(l client.Link) bool { return l.Common })
	if n := min(len(publishers), 3); n > 0 && !common {
		r.term(n*otherPoints, fmt.Sprintf("known to %d other publishers", len(publishers)))
	}
	if hostile && !common {
		r.term(hostilePoints, "seen to do harm elsewhere")
	}
	if n := min(len(a.Tags), 3); n > 0 {
		r.term(n*tagPoints, "tagged "+strings.Join(a.Tags[:n], ", "))
	}
	for _, n := range a.Notes {
		if n.Name == "warninglist" {
			r.term(listedPoints, "on the warning list "+n.Value)
			break
		}
	}
	for _, o := range a.Related {
		if slices.Contains(o.Roles, cure.RoleOwn) && len(r.Own) < 4 {
			r.Own = append(r.Own, o.Observable.Value)
		}
	}
	for _, s := range a.Recent {
		if s.Source.Publisher() == "alerts" && s.Record != "" {
			r.Record = s.Record
			break
		}
	}
	return r
}

// alert adds what the newest alert says.
func (r *triage) alert(rec *client.Opened) {
	for _, a := range rec.Attrs {
		switch a.Name {
		case "rule":
			r.Rule = a.Value
		case "severity":
			r.Severity = a.Value
		}
	}
	r.term(severityPoints[r.Severity], "severity "+r.Severity)
}

func (r *triage) term(points int, why string) {
	if points != 0 {
		r.Rank += points
		r.Why = append(r.Why, fmt.Sprintf("%+d %s", points, why))
	}
}
