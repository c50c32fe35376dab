package log_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"testing"

	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/log/logtest"
)

// batchBytes is the size of a batch on the wire, batchRecords what such a
// batch holds of cowrie-like records (22 bytes each, compressed).
const (
	batchBytes   = 48 << 10
	batchRecords = batchBytes / 22
)

func benchStream(b *testing.B, sync log.Sync) log.Stream {
	b.Helper()
	backend, err := log.OpenEmbedded(b.Context(), log.EmbeddedConfig{Dir: b.TempDir(), Sync: sync}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = backend.Close() })
	s, err := backend.Stream(b.Context(), logtest.Config)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// batch is not compressible, as a compressed batch is.
func batch() []byte {
	data := make([]byte, batchBytes)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

func BenchmarkAppendDurable(b *testing.B) {
	data := batch()
	b.Run("wait for each", func(b *testing.B) {
		s := benchStream(b, log.SyncAlways)
		for b.Loop() {
			if _, err := s.Append(context.Background(), "obs.cowrie.tokyo1", "", data); err != nil {
				b.Fatal(err)
			}
		}
		report(b)
	})
	b.Run("window", func(b *testing.B) {
		s := benchStream(b, log.SyncAlways)
		var failed error
		done := make(chan struct{}, log.Window+1)
		flying := 0
		for b.Loop() {
			err := s.AppendAsync(context.Background(), "obs.cowrie.tokyo1", "", data, func(_ uint64, err error) {
				if err != nil {
					failed = err
				}
				done <- struct{}{}
			})
			if err != nil {
				b.Fatal(err)
			}
			if flying++; flying > log.Window {
				<-done
				flying--
			}
		}
		for range flying {
			<-done
		}
		if failed != nil {
			b.Fatal(failed)
		}
		report(b)
	})
}

func BenchmarkConsume(b *testing.B) {
	s := benchStream(b, log.Sync(1e9))
	const n = 500
	for data := batch(); ; {
		seq, err := s.Append(b.Context(), "obs.cowrie.tokyo1", "", data)
		if err != nil {
			b.Fatal(err)
		}
		if seq == n {
			break
		}
	}
	for b.Loop() {
		_ = s.Consume(b.Context(), 1, func(m log.Message) error {
			if m.Seq == n {
				return context.Canceled
			}
			return nil
		})
	}
	b.ReportMetric(float64(b.N)*n*batchRecords/b.Elapsed().Seconds(), "obs/s")
	b.SetBytes(n * batchBytes)
}

func report(b *testing.B) {
	b.SetBytes(batchBytes)
	b.ReportMetric(float64(b.N)*batchRecords/b.Elapsed().Seconds(), "obs/s")
}
