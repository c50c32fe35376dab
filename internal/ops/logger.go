package ops

import (
	"io"
	"log/slog"

	"github.com/opencure/cure"
)

// NewLogger returns a logger that writes to w: format "text" or "json", level
// "debug", "info", "warn" or "error", as the configuration has them.
func NewLogger(w io.Writer, level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, cure.Errorf(cure.Invalid, "log level %.20q is not debug, info, warn or error", level)
	}
	opts := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, opts)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, opts)), nil
	}
	return nil, cure.Errorf(cure.Invalid, "log format %.20q is not text or json", format)
}
