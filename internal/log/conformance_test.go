package log_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/log/logtest"
)

func TestMemory(t *testing.T) {
	logtest.Run(t, func(t *testing.T) logtest.Place {
		return logtest.Place{Open: func(*testing.T) log.Backend { return log.NewMemory(time.Now) }}
	})
}

func TestEmbedded(t *testing.T) {
	logtest.Run(t, func(t *testing.T) logtest.Place {
		dir := t.TempDir()
		return logtest.Place{Durable: true, Open: func(t *testing.T) log.Backend { return openEmbedded(t, dir) }}
	})
}

func openEmbedded(t testing.TB, dir string) log.Backend {
	t.Helper()
	b, err := log.OpenEmbedded(context.Background(), log.EmbeddedConfig{Dir: dir}, quiet(t))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// quiet is a logger that fails the test when somebody would have to act.
func quiet(t testing.TB) *slog.Logger { return slog.New(strictHandler{t}) }

type strictHandler struct{ t testing.TB }

func (h strictHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }

func (h strictHandler) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	h.t.Errorf("logged an error: %s", text)
	return nil
}

func (h strictHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h strictHandler) WithGroup(string) slog.Handler      { return h }
