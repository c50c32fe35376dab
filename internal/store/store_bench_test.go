//go:build linux

package store_test

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/store/storetest"
)

var benchRows = flag.Int("rows", 1_000_000, "observations in the store that benchmarks ask")

// filled is a store with the whole stream in it, made once.
var filled = sync.OnceValue(func() *fill { return load(*benchRows) })

type fill struct {
	s       *store.Store
	stream  *storetest.Stream
	applied time.Duration   // of processor in Apply, the janitor beside it included
	stalls  []time.Duration // of the writer's thread, by batch
}

func load(n int) *fill {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s, err := store.New(store.Options{Seed: [16]byte{1}})
	if err != nil {
		panic(err)
	}
	f := &fill{s: s, stream: storetest.NewStream(n, 42)}
	for at, b := f.stream.Next(); b != nil; at, b = f.stream.Next() {
		start, own := cpu(), thread()
		if _, err := s.Apply(at, b, nil); err != nil {
			panic(err)
		}
		f.applied += cpu() - start
		f.stalls = append(f.stalls, thread()-own)
	}
	s.Settle()
	return f
}

func BenchmarkIngest(b *testing.B) {
	var f *fill
	debug.FreeOSMemory()
	before := resident()
	for b.Loop() {
		if f != nil {
			f.s.Close()
		}
		f = load(*benchRows)
	}
	b.ReportMetric(float64(*benchRows)/f.applied.Seconds(), "obs/s")
	b.ReportMetric(float64(f.s.Sets()), "sets")
	b.ReportMetric(float64(f.s.Bytes())/float64(*benchRows), "B/obs")
	b.ReportMetric(float64(f.stream.Values())/float64(*benchRows), "values/obs")
	b.ReportMetric(float64(f.s.Reader(storetest.All()).Stats().Pairs)/float64(*benchRows), "pairs/obs")
	debug.FreeOSMemory()
	b.ReportMetric(float64(resident()-before)/float64(*benchRows), "RSS/obs")
	slices.Sort(f.stalls)
	b.ReportMetric(float64(f.stalls[len(f.stalls)*999/1000].Microseconds())/1000, "stall-p99.9-ms")
	b.ReportMetric(float64(f.stalls[len(f.stalls)-1].Microseconds())/1000, "stall-max-ms")
	f.s.Close()
}

// resident returns the resident set of the process in bytes, 0 where the
// system does not say.
func resident() int64 {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var total, rss int64
	fmt.Sscan(string(data), &total, &rss)
	return rss * int64(os.Getpagesize())
}

// cpu is the processor time of the process: a busy machine adds less to it
// than to the wall clock. thread is that of the calling thread.
func cpu() time.Duration    { return clock(unix.CLOCK_PROCESS_CPUTIME_ID) }
func thread() time.Duration { return clock(unix.CLOCK_THREAD_CPUTIME_ID) }

func clock(id int32) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(id, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

func half(b *testing.B) (*fill, *store.Reader) {
	b.Helper()
	f := filled()
	r := f.s.Reader(storetest.Half())
	b.ResetTimer()
	return f, r
}

func BenchmarkExact(b *testing.B) {
	f, r := half(b)
	var q store.Keys
	storetest.Sample(&q, f.stream.Values(), 60_000, 9)
	var sights []store.Sight
	i, hits := 0, 0
	begin := cpu()
	for b.Loop() {
		start := uint32(0)
		if i > 0 {
			start = q.Ends[i-1]
		}
		if id, ok := r.Exact(q.Kinds[i], q.Data[start:q.Ends[i]]); ok {
			sights = r.Sights(id, sights[:0])
			hits++
		}
		i = (i + 1) % len(q.Ends)
	}
	b.ReportMetric(float64((cpu()-begin).Nanoseconds())/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(hits)/float64(b.N), "hits/op")
}

func BenchmarkBatch1000(b *testing.B) {
	f, r := half(b)
	var qs [60]store.Keys
	for i := range qs {
		storetest.Sample(&qs[i], f.stream.Values(), 1000, uint64(i))
	}
	var ids []store.ID
	i := 0
	begin := cpu()
	for b.Loop() {
		ids = r.Batch(&qs[i], ids[:0])
		i = (i + 1) % len(qs)
	}
	b.ReportMetric(float64((cpu()-begin).Nanoseconds())/float64(b.N)/1000, "cpu-ns/value")
}

// networks are the /16s of sampled addresses.
func networks(f *fill) []netip.Prefix {
	var q store.Keys
	storetest.Sample(&q, f.stream.Values(), 4000, 5)
	var out []netip.Prefix
	start := uint32(0)
	for i, k := range q.Kinds {
		if key := q.Data[start:q.Ends[i]]; k == cure.KindIP && len(key) == 4 {
			p, _ := netip.AddrFrom4([4]byte(key)).Prefix(16)
			out = append(out, p)
		}
		start = q.Ends[i]
	}
	return out
}

func BenchmarkIn16(b *testing.B) {
	f, r := half(b)
	nets := networks(f)
	rows, i := 0, 0
	begin := cpu()
	b.ResetTimer()
	for b.Loop() {
		for range r.In(nets[i]) {
			rows++
		}
		i = (i + 1) % len(nets)
	}
	b.ReportMetric(float64((cpu()-begin).Nanoseconds())/float64(max(rows, 1)), "cpu-ns/row")
	b.ReportMetric(float64(rows)/float64(b.N), "rows/op")
	b.ReportMetric(float64(f.s.Runs()), "runs")
}

func BenchmarkIn16Strings(b *testing.B) {
	f, r := half(b)
	nets := networks(f)
	rows, i := 0, 0
	var buf []byte
	var ends []uint32
	var ids []store.ID
	begin := cpu()
	b.ResetTimer()
	for b.Loop() {
		ids = slices.AppendSeq(ids[:0], r.In(nets[i]))
		buf, ends = r.AppendValues(buf[:0], ends[:0], ids)
		rows += len(ids)
		i = (i + 1) % len(nets)
	}
	b.ReportMetric(float64((cpu()-begin).Nanoseconds())/float64(max(rows, 1)), "cpu-ns/row")
}

func BenchmarkUnder(b *testing.B) {
	f, r := half(b)
	var q store.Keys
	storetest.Sample(&q, f.stream.Values(), 20_000, 6)
	var domains []string
	start := uint32(0)
	for i, k := range q.Kinds {
		if k == cure.KindDomain {
			o, _ := cure.FromKey(k, q.Data[start:q.Ends[i]])
			for j := range o.Value {
				if o.Value[j] == '.' {
					domains = append(domains, o.Value[j+1:])
					break
				}
			}
		}
		start = q.Ends[i]
	}
	rows, i := 0, 0
	begin := cpu()
	b.ResetTimer()
	for b.Loop() {
		for range r.Under(domains[i], cure.KindDomain) {
			rows++
		}
		i = (i + 1) % len(domains)
	}
	b.ReportMetric(float64((cpu()-begin).Nanoseconds())/float64(max(rows, 1)), "cpu-ns/row")
	b.ReportMetric(float64(rows)/float64(b.N), "rows/op")
}

func BenchmarkAtLeast3LastDay(b *testing.B) {
	f, r := half(b)
	from := f.stream.End().Add(-24 * time.Hour)
	rows := 0
	begin := cpu()
	for b.Loop() {
		for range r.AtLeast(3, from, time.Time{}) {
			rows++
		}
	}
	inWindow := float64(*benchRows) / 30
	b.ReportMetric(float64((cpu()-begin).Nanoseconds())/float64(b.N)/inWindow, "cpu-ns/obs")
	b.ReportMetric(float64(rows)/float64(b.N), "rows/op")
}

func BenchmarkPivot(b *testing.B) {
	f, r := half(b)
	var seeds []store.ID
	var q store.Keys
	storetest.Sample(&q, f.stream.Values()/50, 3000, 8)
	for _, id := range r.Batch(&q, nil) {
		if id != store.NoID {
			if near, _ := r.Neighbours(id, 10); len(near) > 2 {
				seeds = append(seeds, id)
			}
		}
	}
	rows, i := 0, 0
	var buf []byte
	var ends []uint32
	begin := cpu()
	b.ResetTimer()
	for b.Loop() {
		ids := r.Pivot(seeds[i:i+1], store.PivotOptions{Hops: 2}).IDs
		buf, ends = r.AppendValues(buf[:0], ends[:0], ids)
		rows += len(ids)
		i = (i + 1) % len(seeds)
	}
	b.ReportMetric(float64((cpu()-begin).Nanoseconds())/float64(max(rows, 1)), "cpu-ns/row")
	b.ReportMetric(float64(rows)/float64(b.N), "rows/op")
}
