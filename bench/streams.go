package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// StreamsOptions say how many follow how much.
type StreamsOptions struct {
	Dir         string
	Subscribers int
	Rate        int // records a second
	Seconds     int
}

// perKey is how many of the subscribers share a key: fewer than a hub allows.
const perKey = 50

// Streams measures a hub in another process with many followers of its
// records, each on a connection of its own: half of them of all records, half
// of those with an address. They read and count, and decode nothing.
func Streams(ctx context.Context, r Report, o StreamsOptions) error {
	r.Head("%d subscribers at %d records/s for %d s, hub in a process of its own", o.Subscribers, o.Rate, o.Seconds)
	s, stop, err := startUnlimited(ctx, o.Dir)
	if err != nil {
		return err
	}
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &crowd{http: &http.Client{Transport: &http.Transport{MaxConnsPerHost: 0}}, url: s.url, at: map[string]int{}}
	var all errgroup.Group
	defer func() { cancel(); _ = all.Wait() }()
	key := ""
	for i := range o.Subscribers {
		if i%perKey == 0 {
			if key, _, err = s.Client.CreateKey(ctx, client.KeySpec{Name: "bench", Role: "analyst", MaxTLP: cure.TLPRed}); err != nil {
				return err
			}
		}
		c.begun.Add(1)
		mine := key
		all.Go(func() error { return c.follow(ctx, mine, i%2 == 1) })
	}
	c.begun.Wait()
	before, start := s.usage(), time.Now()
	sent, last, err := c.publish(ctx, s.Client, o)
	if err != nil {
		return err
	}
	published := time.Now()
	for c.behind(last, o.Subscribers) && ctx.Err() == nil && time.Since(published) < time.Minute {
		time.Sleep(10 * time.Millisecond)
	}
	took, after := time.Since(start), s.usage()
	r.Line("published", "%d records in %s", sent, short(published.Sub(start)))
	r.Line("delivered", "%d records, %.1f MB/s", c.records.Load(), float64(c.bytes.Load())/took.Seconds()/1e6)
	r.Line("everybody had the last one after", "%s; failed: %d", short(time.Since(published)), c.failed.Load())
	if why, _ := c.why.Load().(string); why != "" {
		r.Line("the last failure", "%s", why)
	}
	r.Line("processor time of the hub", "%.2f of a core", (after.CPU-before.CPU).Seconds()/took.Seconds())
	return ctx.Err()
}

// crowd is all subscribers.
type crowd struct {
	http    *http.Client
	url     string
	begun   sync.WaitGroup
	records atomic.Int64
	bytes   atomic.Int64
	failed  atomic.Int64
	why     atomic.Value // string: of the last failure
	mu      sync.Mutex
	at      map[string]int // how many have got to a cursor
}

// mark stands once in the JSON of each record.
var mark = []byte(`"arrived":`)

// follow is one subscriber.
func (c *crowd) follow(ctx context.Context, key string, addresses bool) error {
	begun := sync.OnceFunc(c.begun.Done)
	defer begun()
	url := c.url + "/api/v1/stream"
	if addresses {
		url += "?kind=ip"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := c.http.Do(req)
	if err != nil {
		return c.fail(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return c.fail(fmt.Errorf("status %d", resp.StatusCode))
	}
	lines := bufio.NewReaderSize(resp.Body, 16<<10)
	var seam []byte // a long line comes in pieces
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return nil
		}
		begun()
		c.bytes.Add(int64(len(line)))
		n := bytes.Count(line, mark)
		if seam = append(seam, line[:min(len(line), len(mark)-1)]...); bytes.Contains(seam, mark) {
			n++
		}
		seam = append(seam[:0], line[max(0, len(line)-len(mark)+1):]...)
		c.records.Add(int64(n))
		if id, ok := strings.CutPrefix(string(line[:min(len(line), 40)]), "id: "); ok {
			c.mu.Lock()
			c.at[strings.TrimSpace(id)]++
			c.mu.Unlock()
		}
	}
}

func (c *crowd) fail(err error) error {
	c.failed.Add(1)
	c.why.Store(err.Error())
	return err
}

// behind reports whether somebody has not got to a sequence.
func (c *crowd) behind(last uint64, n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at[fmt.Sprint(last)] < n-int(c.failed.Load())
}

// publish sends records at an even rate, ten batches a second.
func (c *crowd) publish(ctx context.Context, cl *client.Client, o StreamsOptions) (sent int, last uint64, err error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for turn := range 10 * o.Seconds {
		lines := make([]client.RecordLine, max(o.Rate/10, 1))
		for i := range lines {
			n := sent + i
			lines[i] = client.RecordLine{Source: "bench/one", Record: cure.Record{
				Attrs: []cure.Attr{{Name: "command", Value: "cd /tmp; ./sample " + fmt.Sprint(n)}},
				Observations: []cure.Observation{
					{Observable: cure.Observable{Kind: cure.KindIP, Value: fmt.Sprintf("198.18.%d.%d", n>>8&255, n&255)}, Role: cure.RoleScanner, First: time.Now()},
					{Observable: cure.Observable{Kind: cure.KindPort, Value: "tcp/23"}, Role: cure.RoleTarget, First: time.Now()},
				},
			}}
		}
		p, err := cl.Push(ctx, fmt.Sprintf("bench-%d-%d", o.Rate, turn), lines)
		if err != nil {
			return sent, last, err
		}
		sent, last = sent+len(lines), p.Sequence
		select {
		case <-tick.C:
		case <-ctx.Done():
			return sent, last, ctx.Err()
		}
	}
	return sent, last, nil
}
