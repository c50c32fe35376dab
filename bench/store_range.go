package bench

import (
	"context"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// prefixes returns the /16s of sampled addresses.
func (b *storeBench) prefixes() []netip.Prefix {
	q := b.sample(8000, 3)
	var all []netip.Prefix
	for i := range q.Kinds {
		if kind, key := keyOf(q, i); kind == cure.KindIP && len(key) == 4 {
			p, _ := netip.AddrFrom4([4]byte(key)).Prefix(16)
			all = append(all, p)
		}
	}
	return all
}

// networks asks for all addresses of a /16.
func (b *storeBench) networks(ctx context.Context, r Report) error {
	all := b.prefixes()
	return b.ranges(ctx, r, "CIDR /16", len(all), func(i int) iter.Seq[store.ID] { return b.half.In(all[i]) })
}

// suffixes asks for all domains under the parent of a sampled one, a handful
// each, and then for all under a top level, a quarter of them each.
func (b *storeBench) suffixes(ctx context.Context, r Report) error {
	q := b.sample(40_000, 4)
	var all []string
	for i := range q.Kinds {
		if kind, key := keyOf(q, i); kind == cure.KindDomain {
			_, parent, _ := strings.Cut(cure.KeyValue(kind, key), ".")
			all = append(all, parent)
		}
	}
	under := func(i int) iter.Seq[store.ID] { return b.half.Under(all[i], cure.KindDomain) }
	if err := b.ranges(ctx, r, "suffix", len(all), under); err != nil {
		return err
	}
	all = slices.Repeat([]string{"com", "org", "net", "jp"}, 10) // the stream's
	return b.ranges(ctx, r, "suffix, top level", len(all), under)
}

// tags asks for all values tied to each of the stream's two thousand tags.
func (b *storeBench) tags(ctx context.Context, r Report) error {
	var all []store.ID
	for i := range 2000 {
		// 739 is prime to 2000: frequent and rare tags alternate.
		key := fmt.Appendf(nil, "tag-%d", 1+i*739%2000)
		if id, ok := b.half.Exact(cure.KindTag, key); ok {
			all = append(all, id)
		}
	}
	return b.ranges(ctx, r, "tag", len(all), func(i int) iter.Seq[store.ID] { return b.half.Tagged(all[i]) })
}

// ranges measures questions with many rows: the first half of them for ids
// only, the other half with the text of each value.
func (b *storeBench) ranges(ctx context.Context, r Report, name string, n int, ask func(i int) iter.Seq[store.ID]) error {
	var text []byte
	var ends []uint32
	var ids []store.ID
	for part, what := range []string{"ids", "strings"} {
		var each Latencies
		rows := 0
		for i := part * (n / 2); i < (part+1)*(n/2) && ctx.Err() == nil; i++ {
			start := time.Now()
			ids = slices.AppendSeq(ids[:0], ask(i))
			if part == 1 {
				text, ends = b.half.AppendValues(text[:0], ends[:0], ids)
			}
			each.Add(time.Since(start))
			rows += len(ids)
		}
		r.Line(name+", "+what, "%.3f us a row, %.1f rows a question; %v",
			micros(each.Sum(), rows), float64(rows)/float64(max(each.Len(), 1)), &each)
	}
	return ctx.Err()
}
