package similar

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/num/minhash"
)

// How much of what two addresses share is named.
const (
	namesShown  = 3
	traitsInWhy = 5
)

// tell writes a match down: what the two share, by kind.
func (q *asked) tell(items []minhash.Item, m *match) client.SimilarAddress {
	out := client.SimilarAddress{
		Observable: cure.Observable{Kind: cure.KindIP, Value: m.addr.addr().String()},
		Overlap:    round(m.overlap), Score: round(Score(m.overlap)), Shared: q.shared(items, m),
	}
	for _, s := range m.sights {
		out.Sources = append(out.Sources, s.source)
	}
	slices.Sort(out.Sources)
	out.Sources = slices.Compact(out.Sources)
	var words []string
	for _, t := range out.Shared[:min(len(out.Shared), traitsInWhy)] {
		words = append(words, say(&t))
	}
	out.Why = strings.Join(words, ", ")
	return out
}

func round(x float64) float64 { return float64(int(x*1000+0.5)) / 1000 }

// shared gathers the tokens that both have by kind, the weightiest first.
func (q *asked) shared(items []minhash.Item, m *match) []client.SharedTrait {
	var traits [kindEnd]client.SharedTrait
	var weights [kindEnd]float64
	type named struct {
		t      token
		weight float32
	}
	var tokens []named
	sum := 0.0
	for i, k := 0, 0; i < len(items) && k < len(m.items); {
		switch x, y := items[i], m.items[k]; {
		case x.Token < y.Token:
			i++
		case x.Token > y.Token:
			k++
		default:
			w := min(x.Weight, y.Weight)
			tokens = append(tokens, named{token(x.Token), w})
			weights[token(x.Token).kind()] += float64(w)
			sum += float64(w)
			i, k = i+1, k+1
		}
	}
	slices.SortStableFunc(tokens, func(a, b named) int { return cmp.Compare(b.weight, a.weight) })
	for _, n := range tokens {
		t := &traits[n.t.kind()]
		t.Kind = kindNames[n.t.kind()]
		t.Count++
		if name := q.name(n.t); name != "" && len(t.Names) < namesShown {
			t.Names = append(t.Names, name)
		}
	}
	var all []client.SharedTrait
	for k := range traits {
		if traits[k].Count > 0 {
			traits[k].Part = round(weights[k] / sum)
			all = append(all, traits[k])
		}
	}
	slices.SortStableFunc(all, func(a, b client.SharedTrait) int { return cmp.Compare(b.Part, a.Part) })
	return all
}

// name returns what a token stands for, as a visible cell knows it.
func (q *asked) name(t token) string {
	if t.kind() == kindPort {
		return portName(t)
	}
	for _, c := range q.cells {
		if name, ok := c.names[t]; ok {
			return name
		}
	}
	return ""
}

// say puts one trait into words.
func say(t *client.SharedTrait) string {
	names := strings.Join(t.Names, ", ")
	switch t.Kind {
	case "slot":
		return "same " + plural(t.Count, "five-minute slot")
	case "hours":
		return "same " + plural(t.Count, "part") + " of the week"
	case "ports":
		return "same set of ports"
	case "sensor":
		return "same " + plural(t.Count, "sensor")
	case "rate":
		return "same rate"
	case "fingerprint":
		if t.Names != nil && t.Names[0] == "scan-tool:mirai" {
			return "Mirai mark" + others(t.Count-1, "fingerprint")
		}
	}
	what := "same " + plural(t.Count, strings.ReplaceAll(t.Kind, "-", " "))
	if names == "" {
		return what
	}
	return what + " (" + names + ")"
}

func others(n int, what string) string {
	if n == 0 {
		return ""
	}
	return " and " + plural(n, "more "+what)
}

// plural counts things: "port", "3 ports".
func plural(n int, what string) string {
	if n == 1 {
		return what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
