package api

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

// What a stream may take.
const (
	eventIdle  = 15 * time.Second       // the longest silence
	eventCheck = 500 * time.Millisecond // how often the rights are looked at
	eventWrite = 30 * time.Second       // how long the other side may take nothing
	eventFlush = 256 << 10              // bytes after which what is written is sent
)

// streams counts who follows, so that no key takes the hub from the others.
// Safe for concurrent use.
type streams struct {
	perKey, most int

	mu  sync.Mutex
	all int
	by  map[string]int
}

// enter takes a place; leave gives it back. ok is false when there is none.
func (c *streams) enter(key string) (leave func(), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all >= c.most || c.by[key] >= c.perKey {
		return nil, false
	}
	c.all++
	c.by[key]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.all--
		if c.by[key]--; c.by[key] == 0 {
			delete(c.by, key)
		}
	}, true
}

// follows adds a route that sends events until somebody ends it. open is asked
// before anything is sent and may refuse; run writes the events.
func (s *Server) follows(rt route, params []*huma.Param, open func(context.Context, *http.Request, access.View) (run func(context.Context, *events) error, end func(), err error)) {
	s.raw(rt, func(op *huma.Operation) {
		op.Parameters = params
		op.Responses["200"] = &huma.Response{Description: "Server-Sent Events.", Content: map[string]*huma.MediaType{
			"text/event-stream": {Schema: &huma.Schema{Type: "string"}},
		}}
	}, func(w http.ResponseWriter, r *http.Request, v access.View) error {
		leave, ok := s.streams.enter(v.Principal().Key)
		if !ok {
			return tooMany(r.Context())
		}
		defer leave()
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(s.life, cancel)()
		run, end, err := open(ctx, r, v)
		if err != nil {
			return err
		}
		defer end()
		if err := unhurried(w, r); err != nil {
			return err
		}
		e := newEvents(w, s.o.Now)
		if err := run(ctx, e); err != nil && r.Context().Err() == nil {
			// The head is sent: what is wrong is the last event.
			e.json("end", "", problemOf(r.Context(), err).Problem)
			_ = e.flush()
		}
		return nil
	})
}

// tooMany is the answer to a key with as many streams as it may have.
func tooMany(ctx context.Context) error {
	p := limited(ctx, 5*time.Second).(*problem)
	p.Detail, p.Hint = "more streams than this key, or this hub, may have at once", "end some of them"
	return p
}

// events writes Server-Sent Events. The first error stays.
type events struct {
	w    http.ResponseWriter
	rc   *http.ResponseController
	now  func() time.Time
	n    int // bytes since the last flush
	last time.Time
	err  error
}

// newEvents begins a stream of events. The deadlines that bound all other
// requests are lifted; a write is bounded by itself.
func newEvents(w http.ResponseWriter, now func() time.Time) *events {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy must not wait for more
	e := &events{w: w, rc: http.NewResponseController(w), now: now, last: now()}
	_ = e.rc.SetReadDeadline(time.Time{}) // where deadlines are not supported there are none
	_ = e.rc.SetWriteDeadline(e.now().Add(eventWrite))
	e.write([]byte("retry: 2000\n\n"))
	return e
}

func (e *events) write(b []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
		e.n += len(b)
	}
}

// send writes one event of one line of data.
func (e *events) send(name, id string, data []byte) {
	head := "event: " + name + "\n"
	if id != "" {
		head += "id: " + id + "\n"
	}
	e.write([]byte(head + "data: "))
	e.write(data)
	e.write([]byte("\n\n"))
}

// json writes v as one event.
func (e *events) json(name, id string, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		e.err = err
		return
	}
	e.send(name, id, data)
}

// flush sends what is written.
func (e *events) flush() error {
	if e.err == nil && e.n > 0 {
		_ = e.rc.SetWriteDeadline(e.now().Add(eventWrite))
		e.err = e.rc.Flush()
		e.n, e.last = 0, e.now()
	}
	return e.err
}

// here says up to where was read, when nothing has been sent for a while.
func (e *events) here(idle time.Duration, id string, h client.Here) error {
	if e.now().Sub(e.last) >= idle {
		e.json("at", id, h)
	}
	return e.flush()
}
