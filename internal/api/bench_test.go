package api_test

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// BenchmarkLookupOverHTTP asks for 1,000 addresses a request, half of them
// known, over loopback from the same process.
func BenchmarkLookupOverHTTP(b *testing.B) {
	h := open(b, nil)
	address := func(i uint32) cure.Observable {
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], 198<<24|18<<16|i*2)
		return ip(netip.AddrFrom4(a).String())
	}
	for _, src := range []cure.Source{"feeds/one", "feeds/two"} {
		var lines []client.RecordLine
		for i := range uint32(20_000) {
			lines = append(lines, saw(src, int(i%60), address(i)))
		}
		h.push(string(src), lines...)
	}
	r := rand.New(rand.NewPCG(1, 1))
	values := make([]cure.Observable, 1000)
	texts := make([]string, len(values))
	for i := range values {
		values[i] = address(uint32(r.IntN(40_000)))
		texts[i] = values[i].Value
	}
	perValue := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(values)), "ns/value")
	}
	b.Run("binary", func(b *testing.B) {
		for b.Loop() {
			if _, err := h.admin.Lookup(b.Context(), values); err != nil {
				b.Fatal(err)
			}
		}
		perValue(b)
	})
	b.Run("json", func(b *testing.B) {
		for b.Loop() {
			if _, err := h.admin.LookupText(b.Context(), texts); err != nil {
				b.Fatal(err)
			}
		}
		perValue(b)
	})
}
