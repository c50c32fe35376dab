package bench

import (
	"context"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/store/storetest"
)

const (
	httpBatches = 300   // of 1,000 values, of each format
	httpSingles = 3_000 // of each kind
)

// HTTP measures look-ups from this process at a hub in another, over loopback,
// by a key that may see half of what is there. Encoding the question and
// decoding the answer are in the time. parent is a folder on the disk that
// counts.
func HTTP(ctx context.Context, r Report, parent string, n int, seed uint64) error {
	r.Head("look-ups over HTTP at a hub in a process of its own, %d observations, seed %d", n, seed)
	s, stop, err := startUnlimited(ctx, parent)
	if err != nil {
		return err
	}
	defer stop()
	load := newLoader(s.Client, n, seed)
	rows, _, took, err := load.all(ctx)
	if err != nil {
		return err
	}
	r.Line("loaded over HTTP, durable and applied", "%d observations in %s, %.0f k/s", rows, short(took), float64(rows)/took.Seconds()/1e3)
	viewer, err := s.viewer(ctx)
	if err != nil {
		return err
	}
	h := httpBench{s: s, c: viewer, values: load.records.stream.Values(), seed: seed << 16}
	if err := h.batches(ctx, r); err != nil {
		return err
	}
	return h.singles(ctx, r)
}

type httpBench struct {
	s      *server
	c      *client.Client
	values int // in the hub
	seed   uint64
}

// sample draws values over the whole stream.
func (h *httpBench) sample(n int) []cure.Observable {
	var q store.Keys
	h.seed++
	storetest.Sample(&q, h.values, n, h.seed)
	all := make([]cure.Observable, n)
	for i := range all {
		kind, key := keyOf(&q, i)
		all[i] = cure.Observable{Kind: kind, Value: cure.KeyValue(kind, key)}
	}
	return all
}

// batches asks for 1,000 values at once, in the binary format and in JSON.
func (h *httpBench) batches(ctx context.Context, r Report) error {
	hits, rows := 0, 0
	binary := func(values []cure.Observable) error {
		l, err := h.c.Lookup(ctx, values)
		if err != nil {
			return err
		}
		for _, of := range l.Hits {
			rows += len(of)
			hits += min(len(of), 1)
		}
		return nil
	}
	text := func(values []cure.Observable) error {
		words := make([]string, len(values))
		for i, v := range values {
			words[i] = v.Value
		}
		_, err := h.c.LookupText(ctx, words)
		return err
	}
	if err := h.measure(r, "batch of 1,000 over HTTP, binary", binary); err != nil {
		return err
	}
	r.Line("  answered", "%.0f %% of the values, %.1f sources each", 100*float64(hits)/batchSize/httpBatches, float64(rows)/float64(max(hits, 1)))
	return h.measure(r, "batch of 1,000 over HTTP, JSON", text)
}

// measure times one format and the processor time of the hub for it.
func (h *httpBench) measure(r Report, name string, ask func([]cure.Observable) error) error {
	if err := ask(h.sample(batchSize)); err != nil { // connects
		return err
	}
	questions := make([][]cure.Observable, httpBatches)
	for i := range questions {
		questions[i] = h.sample(batchSize)
	}
	before := h.s.usage().CPU
	var each Latencies
	for _, q := range questions {
		start := time.Now()
		if err := ask(q); err != nil {
			return err
		}
		each.Add(time.Since(start))
	}
	used := h.s.usage().CPU - before
	r.Line(name, "p50 %.2f us a value, p99 %.2f; processor of the hub %.2f us a value (n=%d)",
		micros(each.At(.5), batchSize), micros(each.At(.99), batchSize), micros(used, batchSize*httpBatches), httpBatches)
	return nil
}

// singles asks for one value a request: by the look-up, and as a page of all
// that is known.
func (h *httpBench) singles(ctx context.Context, r Report) error {
	var lookup, answer Latencies
	for _, v := range h.sample(httpSingles) {
		start := time.Now()
		if _, err := h.c.Lookup(ctx, []cure.Observable{v}); err != nil {
			return err
		}
		lookup.Add(time.Since(start))
	}
	for _, v := range h.sample(httpSingles) {
		start := time.Now()
		if _, err := h.c.Answer(ctx, v); err != nil {
			return err
		}
		answer.Add(time.Since(start))
	}
	r.Line("one value over HTTP, binary look-up", "%v", &lookup)
	r.Line("one value over HTTP, whole answer in JSON", "%v", &answer)
	return nil
}
