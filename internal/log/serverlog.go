package log

import (
	"fmt"
	"log/slog"
	"sync/atomic"
)

// serverLog writes what the embedded server reports to slog. Its notices are
// of interest to nobody but a debugger.
type serverLog struct {
	log   *slog.Logger
	fatal atomic.Pointer[string] // the first fatal error
}

func (l *serverLog) Noticef(format string, v ...any) { l.debug(format, v) }
func (l *serverLog) Debugf(format string, v ...any)  { l.debug(format, v) }
func (l *serverLog) Tracef(format string, v ...any)  { l.debug(format, v) }

func (l *serverLog) Warnf(format string, v ...any) {
	l.log.Warn("log server warns", "text", fmt.Sprintf(format, v...))
}

func (l *serverLog) Errorf(format string, v ...any) {
	l.log.Error("log server reports an error", "text", fmt.Sprintf(format, v...))
}

func (l *serverLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.fatal.CompareAndSwap(nil, &text)
	l.log.Error("log server cannot go on", "text", text)
}

func (l *serverLog) debug(format string, v []any) {
	l.log.Debug("log server", "text", fmt.Sprintf(format, v...))
}
