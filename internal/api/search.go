package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/ioc"
)

type searchInput struct {
	Waits
	Paged
	Q string `query:"q" required:"true" minLength:"1" maxLength:"16384" doc:"What to look for, in any spelling: 198.51.100.7, evil[.]example, a hash, CVE-2021-44228, 198.51.100.0/24, *.example.org, several of them, or an expression."`
}

// search registers the questions that find values.
func (s *Server) search() {
	register(s, route{
		id: "search", method: http.MethodGet, path: "/search", tag: "search", roles: readers,
		summary: "Find values",
		text:    "One line a value that was found. A value asked for by name that nobody holds is among the misses, with what is near it.",
	}, func(ctx context.Context, v access.View, in *searchInput) (*out[access.Results], error) {
		return body(v.Search(ctx, Understand(in.Q), in.cursor()))
	})
	register(s, route{
		id: "pivot", method: http.MethodPost, path: "/pivot", tag: "search", roles: readers,
		summary: "Go from values over shared records",
		text:    "What stands in one record with the seeds, and what stands with that. Values with too many neighbours are named and not followed.",
	}, func(ctx context.Context, v access.View, in *pivotInput) (*out[access.Pivot], error) {
		for _, o := range in.Body.Seeds {
			if err := o.Check(); err != nil {
				return nil, err
			}
		}
		return body(v.Pivot(ctx, in.Body.Seeds, in.Body.PivotOptions))
	})
	register(s, route{
		id: "seen", method: http.MethodGet, path: "/seen", tag: "search", roles: readers,
		summary: "Find values that several sources observed in a time",
	}, func(ctx context.Context, v access.View, in *seenInput) (*out[access.Results], error) {
		return body(v.Seen(ctx, in.Sources, in.From, in.To, in.cursor()))
	})
	register(s, route{
		id: "tag", method: http.MethodGet, path: "/tags/{tag}", tag: "search", roles: readers,
		summary: "Find values tied to a tag",
	}, func(ctx context.Context, v access.View, in *tagInput) (*out[access.Results], error) {
		return body(v.Tagged(ctx, in.Tag, in.cursor()))
	})
	register(s, route{
		id: "port", method: http.MethodGet, path: "/ports/{protocol}/{number}", tag: "search", roles: readers,
		summary: "Find records with a port in a time",
	}, func(ctx context.Context, v access.View, in *portInput) (*out[[]access.RecordRef], error) {
		port := cure.Observable{Kind: cure.KindPort, Value: in.Protocol + "/" + in.Number}
		if err := port.Check(); err != nil {
			return nil, err
		}
		return body(v.PortTime(ctx, port, in.From, in.To, in.cursor()))
	})
	register(s, route{
		id: "top", method: http.MethodGet, path: "/top", tag: "search", roles: readers,
		summary: "List the values that most sources hold, or the rarest links",
	}, func(ctx context.Context, v access.View, in *topInput) (*out[[]access.Summary], error) {
		kind, err := optionalKind(in.Kind)
		if err != nil {
			return nil, err
		}
		if in.Rare {
			return body(v.Rare(ctx, kind, in.Limit))
		}
		return body(v.Top(ctx, kind, in.Limit))
	})
}

// Value reads a word that is surely one value, in any spelling. A word that may
// be a tag, or that has a wildcard, is not.
func Value(word string) (o cure.Observable, ok bool) {
	o, err := ioc.Classify(word)
	return o, err == nil && o.Kind != cure.KindTag && !strings.Contains(word, "*")
}

// Understand turns words that are all values, in any spelling, into the
// question for any of them. Everything else is the search language and stays
// as it is.
func Understand(q string) string {
	var terms []string
	for _, word := range strings.Fields(q) {
		o, ok := Value(word)
		switch {
		case strings.HasPrefix(word, "*."):
			terms = append(terms, word)
		case !ok:
			return q
		case o.Kind == cure.KindCIDR: // asks for what is in it
			terms = append(terms, o.Value)
		default:
			terms = append(terms, `"`+o.Value+`"`)
		}
	}
	return strings.Join(terms, " or ")
}

type pivotInput struct {
	Waits
	Body struct {
		Seeds []cure.Observable `json:"seeds" minItems:"1" maxItems:"1000"`
		access.PivotOptions
	}
}

// Span is a time from one point to another in an input.
type Span struct {
	From time.Time `query:"from" doc:"Begin (RFC 3339), event time."`
	To   time.Time `query:"to" doc:"End."`
}

type seenInput struct {
	Waits
	Paged
	Span
	Sources int `query:"sources" minimum:"1" maximum:"1000" default:"2" doc:"By at least so many sources."`
}

type tagInput struct {
	Waits
	Paged
	Tag string `path:"tag" maxLength:"1024" doc:"The tag, escaped."`
}

type portInput struct {
	Waits
	Paged
	Span
	Protocol string `path:"protocol" enum:"tcp,udp,sctp"`
	Number   string `path:"number" maxLength:"5"`
}

type topInput struct {
	Waits
	Kind  string `query:"kind" doc:"Of this kind; none: of all."`
	Rare  bool   `query:"rare" doc:"Values that exactly two publishers share, newest first, instead."`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"20"`
}

// optionalKind reads a kind, "" being all.
func optionalKind(name string) (cure.Kind, error) {
	if name == "" {
		return cure.KindNone, nil
	}
	return cure.ParseKind(name)
}
