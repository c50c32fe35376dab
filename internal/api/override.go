package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/ioc"
)

type overrideInput struct{ Body cure.Override }

type overridesInput struct {
	Observable string `query:"observable" maxLength:"12288" doc:"Only decisions on this one, as kind:value; none: all."`
	All        bool   `query:"all" doc:"Those that have ended too."`
	Kind       string `query:"kind" enum:"suppress,verdict,rating,feedback,alias,owner,note" doc:"Only decisions of this kind."`
}

type removeInput struct {
	IDPath
	Reason string `query:"reason" maxLength:"2048" doc:"Why; it is kept in the audit."`
}

type aliasesInput struct {
	Waits
	Tag string `query:"tag" required:"true" minLength:"1" maxLength:"1024" doc:"A name of the thing, in any spelling."`
}

// overrides registers what people decide about data.
func (s *Server) overrides() {
	register(s, route{
		id: "overrides", method: http.MethodGet, path: "/overrides", tag: "overrides", roles: readers,
		summary: "What people decided, newest first",
	}, func(_ context.Context, v access.View, in *overridesInput) (*out[[]cure.Override], error) {
		o, err := optionalObservable(in.Observable)
		if err != nil {
			return nil, err
		}
		all := v.Overrides(o, in.All)
		if in.Kind != "" {
			all = slices.DeleteFunc(all, func(x cure.Override) bool { return string(x.Kind) != in.Kind })
		}
		return body(all, nil)
	})
	register(s, route{
		id: "setOverride", method: http.MethodPost, path: "/overrides", tag: "overrides", roles: analysts,
		summary: "Decide about a value, a tag on one, a source, a link or a detection",
		text: "Kinds: suppress, verdict, rating, feedback, alias, owner, note. A note without a target is for the next shift. A decision sticks over new data and restarts until it expires or is removed. " +
			"It is graded like data; without a marking it stays in the own organisation.",
	}, func(ctx context.Context, v access.View, in *overrideInput) (*out[cure.Override], error) {
		return body(v.SetOverride(ctx, in.Body))
	})
	register(s, route{
		id: "removeOverride", method: http.MethodDelete, path: "/overrides/{id}", tag: "overrides", roles: analysts,
		summary: "Take a decision back",
	}, func(ctx context.Context, v access.View, in *removeInput) (*struct{}, error) {
		id, err := cure.ParseID(in.ID)
		if err != nil {
			return nil, err
		}
		return nil, v.RemoveOverride(ctx, id, in.Reason)
	})
	register(s, route{
		id: "aliases", method: http.MethodGet, path: "/aliases", tag: "overrides", roles: readers,
		summary: "The names of a thing, and who says that they are its names",
	}, func(ctx context.Context, v access.View, in *aliasesInput) (*out[access.Names], error) {
		return body(v.Names(ctx, in.Tag))
	})
	register(s, route{
		id: "tagRecords", method: http.MethodGet, path: "/tags/{tag}/records", tag: "search", roles: readers,
		summary: "The records that a tag reaches over the files tied to it",
	}, func(ctx context.Context, v access.View, in *tagInput) (*out[access.TagRecords], error) {
		return body(v.TagRecords(ctx, in.Tag, in.cursor()))
	})
}

// optionalObservable reads kind:value or a value in any spelling; "" is none.
func optionalObservable(text string) (cure.Observable, error) {
	if text == "" {
		return cure.Observable{}, nil
	}
	if name, value, ok := strings.Cut(text, ":"); ok {
		if kind, err := cure.ParseKind(name); err == nil {
			return ioc.Canonical(kind, value)
		}
	}
	return ioc.Classify(text)
}
