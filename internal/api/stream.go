package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

const streamText = `Events, each with one line of JSON:

- records: an array of records, of one batch as far as the key may see it. Its id is where to go on behind it.
- at: {"seq","time"}: everything up to here was read, at least every 15 s. Its id resumes too.
- gap: {"from","to","until","why"}: this part of the stream is not there any more.
- over: everything that arrived before to was read; the stream is over.
- end: a problem; the stream is over. When rights have changed, authenticate and connect again.

An EventSource resumes by itself (Last-Event-ID). Nothing is dropped for a slow reader: it reads the log at its own pace. A batch that was sent in part when the connection broke is sent again: records have ids.`

// stream registers the following of records.
func (s *Server) stream() {
	s.follows(route{
		id: "stream", method: http.MethodGet, path: "/stream", tag: "streams", roles: readers,
		summary: "Follow records as they arrive", text: streamText,
	}, []*huma.Param{
		queryParam("after", "Begin behind the event of this id (0: at the beginning of the log). The header Last-Event-ID comes first. None: now."),
		queryParam("from", "Begin with what arrived at or after this time (RFC 3339)."),
		queryParam("to", "End with what arrived before this time (RFC 3339), which has passed. None: goes on for ever."),
		queryParam("source", "Of this publisher or source."),
		queryParam("kind", "With a value of this kind."),
		queryParam("q", "With a value that fulfils this query of the search language, without since: and until:."),
		queryParam("raw", "true: with the raw texts, which are long."),
	}, func(ctx context.Context, r *http.Request, v access.View) (func(context.Context, *events) error, func(), error) {
		o, err := followingOf(r)
		if err != nil {
			return nil, nil, err
		}
		f, err := v.Follow(ctx, o)
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context, e *events) error { return s.pump(ctx, e, f) }, f.Close, nil
	})
}

func queryParam(name, text string) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: text, Schema: &huma.Schema{Type: "string"}}
}

// followingOf reads what a request wants to follow.
func followingOf(r *http.Request) (o access.Following, err error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return o, cure.Errorf(cure.Invalid, "read parameters: %w", err)
	}
	for name, values := range q {
		switch value := values[0]; name {
		case "after":
			o.After = value
		case "from":
			if o.From, err = moment(name, value); err != nil {
				return o, err
			}
		case "to":
			if o.To, err = moment(name, value); err != nil {
				return o, err
			}
		case "source":
			o.Source = value
		case "kind":
			if o.Kind, err = optionalKind(value); err != nil {
				return o, err
			}
		case "q":
			if o.Query = Understand(value); value == "" {
				o.Query = ""
			}
		case "raw":
			o.Raw = value == "true"
		default:
			return o, cure.Errorf(cure.Invalid, "unknown parameter %.40q", name)
		}
	}
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		o.After = id
	}
	return o, nil
}

func moment(name, value string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return t, cure.Errorf(cure.Invalid, "%s %.40q, want a time like 2026-01-02T15:04:05Z", name, value)
	}
	return t, nil
}

// pump sends what is followed until ctx ends.
func (s *Server) pump(ctx context.Context, e *events, f *access.Stream) error {
	e.json("at", f.Cursor(), client.Here{Seq: f.At(), Time: s.o.Now().UTC()})
	for {
		if !f.Waiting() || e.n >= eventFlush {
			if err := e.here(s.o.Idle, f.Cursor(), client.Here{Seq: f.At(), Time: s.o.Now().UTC()}); err != nil {
				return nil // the other side is gone
			}
		}
		turn, cancel := context.WithTimeout(ctx, eventCheck)
		slice, err := f.Next(turn)
		cancel()
		switch {
		case ctx.Err() != nil:
			return errClosing
		case errors.Is(err, context.DeadlineExceeded):
			if err := f.Check(); err != nil {
				return err
			}
			// Nothing was to be shown for half a second: time to say where we are.
			if err := e.here(s.o.Idle, f.Cursor(), client.Here{Seq: f.At(), Time: s.o.Now().UTC()}); err != nil {
				return nil
			}
		case errors.Is(err, io.EOF):
			e.json("over", f.Cursor(), client.Here{Seq: f.At(), Time: s.o.Now().UTC()})
			_ = e.flush()
			return nil
		case err != nil:
			return err
		case slice.Gap != nil:
			e.json("gap", slice.Cursor, slice.Gap)
		default:
			for i, part := range slice.Parts {
				id := ""
				if i == len(slice.Parts)-1 {
					id = slice.Cursor
				}
				e.send("records", id, part)
			}
		}
	}
}

// errClosing ends the streams of a hub that shuts down.
var errClosing = cure.Errorf(cure.Unavailable, "the hub shuts down; connect again")

// pulseEvery is the shortest time between two messages to a picture.
const pulseEvery = 250 * time.Millisecond

// pulse registers the following of what happens, for pictures.
func (s *Server) pulse() {
	s.follows(route{
		id: "pictureStream", method: http.MethodGet, path: "/picture/stream", tag: "picture", roles: readers,
		summary: "What happens, for a picture",
		text:    "Events: pulse, at most four a second, counts what happened since the one before; at, when nothing did for 15 s. A pulse with missed says that more happened than it counts: load the picture anew, as after each reconnection.",
	}, nil, func(_ context.Context, _ *http.Request, v access.View) (func(context.Context, *events) error, func(), error) {
		h := v.Listen()
		return func(ctx context.Context, e *events) error { return s.beats(ctx, e, h) }, h.Close, nil
	})
}

// beats sends pulses until ctx ends.
func (s *Server) beats(ctx context.Context, e *events, h *access.Heart) error {
	e.json("at", "", client.Here{Time: s.o.Now().UTC()})
	for {
		if err := e.here(s.o.Idle, "", client.Here{Time: s.o.Now().UTC()}); err != nil {
			return nil
		}
		turn, cancel := context.WithTimeout(ctx, eventCheck)
		p, err := h.Next(turn)
		cancel()
		switch {
		case ctx.Err() != nil:
			return errClosing
		case errors.Is(err, context.DeadlineExceeded):
			if err := h.Check(); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		e.json("pulse", "", p)
		if e.flush() != nil {
			return nil
		}
		select {
		case <-time.After(pulseEvery):
		case <-ctx.Done():
		}
	}
}
