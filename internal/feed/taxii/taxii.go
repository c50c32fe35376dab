// Package taxii brings the objects of one collection of a TAXII 2.1 server
// (OASIS TAXII Version 2.1, 10 June 2021). It answers "what was added to this
// collection since the last time?" and keeps all that ever came in one file,
// so that relationships between objects of different times can be followed.
//
// The address may be that of a server (discovery), of an API root, or of a
// collection. Pages are followed to the end with the same added_after, as the
// standard wants it: many objects can have been added in one moment, and a
// client that moves added_after from page to page loses some. Each page is
// durable before the next is asked for, with the place where to go on, so that
// an interrupted run goes on where it was.
//
// Memory is that of one page, at most [MaxPage]. The file is bounded by the
// caller. One goroutine; nothing but the server's own addresses is contacted.
package taxii

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed/fetch"
)

// MediaType is what a server of this version speaks.
const MediaType = "application/taxii+json;version=2.1"

// MaxPage bounds one answer in bytes.
const MaxPage = 64 << 20

const (
	pageSize = 1000      // objects asked for at once
	maxPages = 1_000_000 // of one run
	addedEnd = "X-TAXII-Date-Added-Last"
)

// Cursor is where a client is in a collection. It is kept between runs, and
// between pages.
type Cursor struct {
	Objects string `json:"objects,omitempty"` // address of the collection's objects
	After   string `json:"after,omitempty"`   // added_after of the run before: all up to it is there
	Next    string `json:"next,omitempty"`    // page to go on with, of a run that was interrupted
	Added   string `json:"added,omitempty"`   // date added last of that run
	Size    int64  `json:"size,omitempty"`    // of the file up to there
}

// Client reads one collection.
type Client struct {
	Fetch  *fetch.Client
	Target fetch.Target // URL: of the server, an API root or a collection
	Name   string       // id, alias or title of the collection; "": the only one that can be read
}

// Update brings what is new and appends it to the file, an envelope a line.
// Before each further page keep is called with the cursor, which has to be
// durable when it returns. It reports whether anything was added.
func (c *Client) Update(ctx context.Context, cur Cursor, file string, keep func(Cursor) error) (Cursor, bool, error) {
	client := c.Fetch.HTTP(&c.Target)
	defer client.CloseIdleConnections()
	s := &session{c: c, http: client}
	if cur.Objects == "" {
		objects, err := s.find(ctx)
		if err != nil {
			return cur, false, err
		}
		cur = Cursor{Objects: objects}
	}
	out, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return cur, false, cure.Errorf(cure.Unavailable, "keep objects: %w", err)
	}
	defer out.Close()
	if info, err := out.Stat(); err != nil || info.Size() < cur.Size {
		cur.After, cur.Next, cur.Added, cur.Size = "", "", "", 0 // the file is gone: all over again
	}
	added := false
	for range maxPages {
		n, more, err := s.page(ctx, &cur, out)
		if err != nil && cur.Next != "" && stale(err) { // the place is not known any more
			cur.Next, cur.Added = "", ""
			n, more, err = s.page(ctx, &cur, out)
		}
		if err != nil {
			return cur, added, err
		}
		added = added || n > 0
		if !more {
			if cur.Added != "" {
				cur.After = cur.Added
			}
			cur.Next, cur.Added = "", ""
			return cur, added, keep(cur)
		}
		if err := keep(cur); err != nil {
			return cur, added, err
		}
	}
	return cur, added, cure.Errorf(cure.Unavailable, "collection does not end after %d pages", maxPages)
}

// stale reports whether the server does not know the page it was asked for.
func stale(err error) bool {
	var f *fetch.Failure
	gone := []int{http.StatusBadRequest, http.StatusNotFound, http.StatusGone, http.StatusUnprocessableEntity}
	return errors.As(err, &f) && slices.Contains(gone, f.Status)
}

// session is one run.
type session struct {
	c    *Client
	http *http.Client
}

// envelope is a page of objects.
type envelope struct {
	More    bool              `json:"more"`
	Next    string            `json:"next"`
	Objects []json.RawMessage `json:"objects"`
}

// page brings one page and moves the cursor behind it.
func (s *session) page(ctx context.Context, cur *Cursor, out *os.File) (objects int, more bool, err error) {
	q := url.Values{"limit": {strconv.Itoa(pageSize)}}
	if cur.After != "" {
		q.Set("added_after", cur.After)
	}
	if cur.Next != "" {
		q.Set("next", cur.Next)
	}
	body, head, err := s.get(ctx, cur.Objects+"?"+q.Encode())
	if err != nil {
		return 0, false, err
	}
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return 0, false, cure.Errorf(cure.Unavailable, "page is no TAXII envelope: %w", err)
	}
	if len(e.Objects) > 0 {
		if err := write(out, e.Objects, cur, s.c.Target.MaxBytes); err != nil {
			return 0, false, err
		}
		if last := head.Get(addedEnd); later(last, cur.Added) {
			cur.Added = last
		}
	}
	switch {
	case !e.More:
		return len(e.Objects), false, nil
	case e.Next != "" && e.Next != cur.Next && len(e.Next) <= 4<<10:
		cur.Next = e.Next
	case e.Next == "" && later(cur.Added, cur.After): // 3.5: no next, then the date of the last object
		cur.After, cur.Next = cur.Added, ""
	default:
		return len(e.Objects), false, cure.Errorf(cure.Unavailable, "server says there is more and not where")
	}
	return len(e.Objects), true, nil
}

// write appends the objects of a page, durably. Only what reads as an object
// is kept, on one line.
func write(out *os.File, objects []json.RawMessage, cur *Cursor, most int64) error {
	var b bytes.Buffer
	b.WriteString(`{"objects":[`)
	for i, o := range objects {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := json.Compact(&b, o); err != nil {
			return cure.Errorf(cure.Unavailable, "keep objects: %w", err)
		}
	}
	b.WriteString("]}\n")
	if cur.Size+int64(b.Len()) > most {
		return fetch.TooLarge(most)
	}
	// What a run that was killed has written behind the cursor goes.
	if err := out.Truncate(cur.Size); err != nil {
		return cure.Errorf(cure.Unavailable, "keep objects: %w", err)
	}
	if _, err := out.WriteAt(b.Bytes(), cur.Size); err != nil {
		return cure.Errorf(cure.Unavailable, "keep objects: %w", err)
	}
	if err := out.Sync(); err != nil {
		return cure.Errorf(cure.Unavailable, "keep objects: %w", err)
	}
	cur.Size += int64(b.Len())
	return nil
}

// later reports whether a is a time, and later than b or b none.
func later(a, b string) bool {
	x, err := time.Parse(time.RFC3339Nano, a)
	if err != nil {
		return false
	}
	y, err := time.Parse(time.RFC3339Nano, b)
	return err != nil || x.After(y)
}

// get asks for one resource.
func (s *session) get(ctx context.Context, address string) ([]byte, http.Header, error) {
	r, err := s.c.Fetch.Request(ctx, &s.c.Target, address)
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Accept", MediaType)
	resp, err := s.http.Do(r)
	if err != nil {
		return nil, nil, fetch.Unreachable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusPartialContent {
		return nil, nil, cure.Errorf(cure.Unavailable, "%w", fetch.FailureOf(resp, time.Time{}))
	}
	if media := resp.Header.Get("Content-Type"); !strings.HasPrefix(media, "application/taxii+json") {
		return nil, nil, cure.Errorf(cure.Unavailable, "server speaks %.60q, want %s", media, MediaType)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxPage+1))
	if err != nil {
		return nil, nil, cure.Errorf(cure.Unavailable, "receive page: %w", err)
	}
	if len(body) > MaxPage {
		return nil, nil, cure.Errorf(cure.Unavailable, "page has more than %d bytes", MaxPage)
	}
	return body, resp.Header, nil
}

var errNoCollection = errors.New("no collection that can be read")
