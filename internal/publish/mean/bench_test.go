package mean_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/mean"
)

// BenchmarkDecode reads texts again and again: a raw record is a whole file.
func BenchmarkDecode(b *testing.B) {
	for _, tt := range []struct {
		name string
		p    publish.Publisher
	}{{"reports", mean.Reports()}, {"reports-mail", mean.Reports()}, {"social", mean.Social()}, {"tickets", mean.Tickets()}} {
		b.Run(tt.name, func(b *testing.B) {
			raw, err := os.ReadFile(filepath.Join("testdata", tt.name+".in"))
			if err != nil {
				b.Fatal(err)
			}
			dec, _, err := tt.p.New(publish.Options{
				Source: cure.Source(tt.p.Name + "/a"), Names: publish.NewPseudonyms([32]byte{}), Enabled: true,
				Keywords: []publish.Keyword{{Tag: "malware:kagerou", Names: []string{"Kagerou", "カゲロウ"}}},
			})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				_ = dec.Decode(raw, func(*publish.Event) { n++ })
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "texts/s")
		})
	}
}
