package api

import (
	"context"
	"net/http"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/ioc"
)

// ValuePath is an observable in a path.
type ValuePath struct {
	Kind  string `path:"kind" doc:"ip, cidr, domain, hash, email, url, cve, tag, port, fp or asn."`
	Value string `path:"value" maxLength:"12288" doc:"The value in any spelling, escaped (a slash is %2F)."`
}

func (p ValuePath) observable() (cure.Observable, error) {
	kind, err := cure.ParseKind(p.Kind)
	if err != nil {
		return cure.Observable{}, err
	}
	return ioc.Canonical(kind, p.Value)
}

type observableInput struct {
	Waits
	ValuePath
}

type timelineInput struct {
	Waits
	Paged
	Span
	ValuePath
}

type neighboursInput struct {
	Waits
	Paged
	ValuePath
}

// observables registers what is known of one value.
func (s *Server) observables() {
	register(s, route{
		id: "observable", method: http.MethodGet, path: "/observables/{kind}/{value}", tag: "observables", roles: readers,
		summary: "All that is known of one value",
		text:    "A value that nobody holds is answered too: known is false, and miss says since when and what is near.",
	}, func(ctx context.Context, v access.View, in *observableInput) (*out[access.Answer], error) {
		o, err := in.observable()
		if err != nil {
			return nil, err
		}
		return body(v.Answer(ctx, o))
	})
	register(s, route{
		id: "timeline", method: http.MethodGet, path: "/observables/{kind}/{value}/timeline", tag: "observables", roles: readers,
		summary: "When a value was observed",
	}, func(ctx context.Context, v access.View, in *timelineInput) (*out[access.Timeline], error) {
		o, err := in.observable()
		if err != nil {
			return nil, err
		}
		return body(v.Timeline(ctx, o, in.From, in.To, in.cursor()))
	})
	register(s, route{
		id: "neighbours", method: http.MethodGet, path: "/observables/{kind}/{value}/neighbours", tag: "observables", roles: readers,
		summary: "What stands in one record with a value",
	}, func(ctx context.Context, v access.View, in *neighboursInput) (*out[access.Neighbours], error) {
		o, err := in.observable()
		if err != nil {
			return nil, err
		}
		return body(v.Neighbours(ctx, o, in.cursor()))
	})
	register(s, route{
		id: "similar", method: http.MethodGet, path: "/observables/{kind}/{value}/similar", tag: "observables", roles: readers,
		summary: "Which addresses behave like one",
		text:    "Compared by what sensors saw them do in the last 30 days, never by where they are. Each has a score and the traits it shares. Addresses only.",
	}, func(ctx context.Context, v access.View, in *observableInput) (*out[access.Similar], error) {
		o, err := in.observable()
		if err != nil {
			return nil, err
		}
		return body(v.Similar(ctx, o, in.After))
	})
}

type recordInput struct {
	Waits
	ID string `path:"id" maxLength:"256" doc:"Id of a record, or the reference a sighting carries."`
}

// records registers the reading of records.
func (s *Server) records() {
	register(s, route{
		id: "record", method: http.MethodGet, path: "/records/{id}", tag: "observables", roles: readers,
		summary: "One record, read back from the log",
		text:    "With its attributes and raw line, as far as the key may see them. A look at TLP:RED is audited.",
	}, func(ctx context.Context, v access.View, in *recordInput) (*out[access.Opened], error) {
		return body(v.Record(ctx, in.ID))
	})
}
