package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/opencure/cure"
)

// Follow says which records a stream brings, and from where.
type Follow struct {
	After  string    // behind this cursor; "0": from the beginning of the log; "": from now on
	From   time.Time // what arrived at or after this moment; After comes first
	To     time.Time // what arrived before this moment, which has passed; zero: for ever
	Source string    // of this publisher or source
	Kind   cure.Kind // with a value of this kind
	Query  string    // with a value that fulfils this query, without since: and until:
	Raw    bool      // with the raw texts
}

func (f *Follow) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"after": f.After, "source": f.Source, "q": f.Query} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.After == "" && !f.From.IsZero() {
		q.Set("from", f.From.UTC().Format(time.RFC3339Nano))
	}
	if !f.To.IsZero() {
		q.Set("to", f.To.UTC().Format(time.RFC3339Nano))
	}
	if f.Kind != cure.KindNone {
		q.Set("kind", f.Kind.String())
	}
	if f.Raw {
		q.Set("raw", "true")
	}
	return q
}

// StreamEvent is one event of a stream: records, a gap, or neither, which says
// that everything up to Cursor was read.
type StreamEvent struct {
	Cursor  string   // resumes behind it, for Follow.After; "": not known yet
	Records []Opened // of one batch
	Gap     *Gap
	Lost    error // the connection broke, for this reason, and is being made again
}

// Stream calls each with what arrives at the hub, in order, until ctx ends or
// each returns an error, which is returned. A connection that breaks, also
// with the hub, is made again where it was: nothing is left out that is not
// told as a Gap; the records of one batch may come twice then, and have their
// ids. It returns nil when everything before Follow.To was handed over, ctx's
// error, or that of a request which is refused.
func (c *Client) Stream(ctx context.Context, f Follow, each func(StreamEvent) error) error {
	for try := 0; ; {
		err := c.follow(ctx, &f, func(e StreamEvent) error {
			try = 0
			return each(e)
		})
		var mine eachError
		switch {
		case errors.As(err, &mine):
			return mine.err
		case errors.Is(err, errOver):
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case cure.KindOf(err) != cure.Unavailable && !endOf(err):
			return err
		}
		if err := each(StreamEvent{Cursor: f.After, Lost: err}); err != nil {
			return err
		}
		pause := 200*time.Millisecond + time.Duration(rand.Int64N(int64(200*time.Millisecond)<<min(try, 6)))
		if try++; c.sleep(ctx, pause) != nil {
			return ctx.Err()
		}
	}
}

// errOver ends a stream that has brought everything up to Follow.To.
var errOver = errors.New("everything was read")

// endError is a stream that the hub has ended.
type endError struct{ *Problem }

// endOf reports whether connecting again may help: the next request is refused
// if not.
func endOf(err error) bool {
	var e endError
	return errors.As(err, &e)
}

// eachError carries an error of the caller's function past the retries.
type eachError struct{ err error }

func (e eachError) Error() string { return e.err.Error() }

// follow is one connection; f.After moves on with what was handed over.
func (c *Client) follow(ctx context.Context, f *Follow, each func(StreamEvent) error) error {
	r := request{
		method: http.MethodGet, path: "/api/v1/stream", query: f.query(),
		header: http.Header{"Accept": {"text/event-stream"}},
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return c.once(ctx, r, func(resp *http.Response) error {
		defer cancel() // what still comes is nobody's
		return readEvents(resp.Body, func(name, id string, data []byte) error {
			e := StreamEvent{Cursor: id}
			var err error
			switch name {
			case "records":
				err = json.Unmarshal(data, &e.Records)
			case "gap":
				e.Gap = &Gap{}
				err = json.Unmarshal(data, e.Gap)
			case "end":
				p := &Problem{}
				if err = json.Unmarshal(data, p); err == nil {
					return endError{p}
				}
			case "over":
				return errOver
			case "at":
			default:
				return nil // a newer hub says more
			}
			if err != nil {
				return cure.Errorf(cure.Unavailable, "read event %s: %w", name, err)
			}
			if err := each(e); err != nil {
				return eachError{err}
			}
			if id != "" {
				f.After = id
			}
			return nil
		})
	})
}

// maxEvent bounds a line of a stream: a batch has at most 4 MiB, its JSON a
// few times that.
const maxEvent = 64 << 20

// readEvents reads Server-Sent Events (the WHATWG HTML standard, 9.2), each
// with at most one line of data. It returns Unavailable when they end.
func readEvents(body io.Reader, each func(name, id string, data []byte) error) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 0, 64<<10), maxEvent)
	name, id := "", ""
	var data []byte
	for lines.Scan() {
		line := lines.Bytes()
		if len(line) == 0 {
			if data != nil {
				if err := each(name, id, data); err != nil {
					return err
				}
			}
			name, id, data = "", "", nil
			continue
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "event":
			name = string(value)
		case "id":
			id = string(value)
		case "data":
			data = append(make([]byte, 0, len(value)), value...)
		}
	}
	err := lines.Err()
	if err == nil {
		err = fmt.Errorf("the stream has ended")
	}
	return cure.Errorf(cure.Unavailable, "follow hub: %w", err)
}
