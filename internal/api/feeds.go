package api

import (
	"context"
	"net/http"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

// Feeds are the feeds of a hub that polls.
type Feeds interface {
	Feeds() []client.Feed
	Switch(name string, on bool) (client.Feed, error)
	Poll(ctx context.Context, name string) (client.Feed, error)
	Add(definitions string) ([]string, error)
}

// FeedName is the name of a feed in a path.
type FeedName struct {
	Name string `path:"name" maxLength:"96"`
}

type compareInput struct {
	Waits
	Feed []string `query:"feed,explode" maxItems:"128" doc:"Sources or publishers; none: all feeds."`
}

type addFeedsInput struct {
	Body struct {
		Definitions string `json:"definitions" maxLength:"4194304" doc:"A YAML list, as in docs/feeds.md."`
	}
}

var errNoPoller = cure.Errorf(cure.Unavailable, "this hub does not poll feeds")

// feeds registers the feeds that are polled, and how sources compare.
func (s *Server) feeds() {
	register(s, route{
		id: "compareFeeds", method: http.MethodGet, path: "/feeds/compare", tag: "links", roles: readers,
		summary: "What feeds share, what only one has, and who had it first",
	}, func(ctx context.Context, v access.View, in *compareInput) (*out[access.Comparison], error) {
		return body(v.Compare(ctx, in.Feed))
	})
	register(s, route{
		id: "feeds", method: http.MethodGet, path: "/feeds", tag: "feeds", roles: admins,
		summary: "The feeds that are defined, and the state of those that are polled",
	}, func(ctx context.Context, v access.View, _ *struct{}) (*out[[]client.Feed], error) {
		if s.o.Feeds == nil {
			return body([]client.Feed{}, v.Administer(ctx, "", "", ""))
		}
		return body(s.o.Feeds.Feeds(), v.Administer(ctx, "", "", ""))
	})
	s.switchFeed("enable", true)
	s.switchFeed("disable", false)
	register(s, route{
		id: "pollFeed", method: http.MethodPost, path: "/feeds/{name}/poll", tag: "feeds", roles: admins,
		summary: "Poll a feed now", text: "Waits for the end, at most some 20 seconds; busy says that it goes on.",
	}, func(ctx context.Context, v access.View, in *FeedName) (*out[client.Feed], error) {
		if err := s.polls(ctx, v, "feed.poll", in.Name); err != nil {
			return nil, err
		}
		return body(s.o.Feeds.Poll(ctx, in.Name))
	})
	register(s, route{
		id: "addFeeds", method: http.MethodPost, path: "/feeds", tag: "feeds", roles: admins,
		summary: "Add feed definitions; they are off",
	}, func(ctx context.Context, v access.View, in *addFeedsInput) (*out[[]string], error) {
		if err := s.polls(ctx, v, "feed.add", ""); err != nil {
			return nil, err
		}
		return body(s.o.Feeds.Add(in.Body.Definitions))
	})
}

func (s *Server) switchFeed(verb string, on bool) {
	register(s, route{
		id: verb + "Feed", method: http.MethodPost, path: "/feeds/{name}/" + verb, tag: "feeds", roles: admins,
		summary: "Switch a feed on or off",
	}, func(ctx context.Context, v access.View, in *FeedName) (*out[client.Feed], error) {
		if err := s.polls(ctx, v, "feed."+verb, in.Name); err != nil {
			return nil, err
		}
		return body(s.o.Feeds.Switch(in.Name, on))
	})
}

// polls lets an administrator do something to a feed, and audits it.
func (s *Server) polls(ctx context.Context, v access.View, action, name string) error {
	if s.o.Feeds == nil {
		return errNoPoller
	}
	return v.Administer(ctx, action, name, "")
}
