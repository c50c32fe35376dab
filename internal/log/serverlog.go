package log

import (
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
)

// serverLog writes what the embedded server reports to slog. Its notices are
// of interest to nobody but a debugger.
type serverLog struct {
	log    *slog.Logger
	broken chan<- string          // is told of the first write error
	fatal  atomic.Pointer[string] // the first fatal error
}

// writeErrors are how nats-server v2.15.2 reports that it will not write any
// more (server/filestore.go setWriteErr, server/stream.go): there is no call
// to ask for it. A test fills the disk to see that they still are.
var writeErrors = []string{"Critical write error", "critical write error", "will be DISABLED"}

// reason says why the server does not run.
func (l *serverLog) reason() string {
	if text := l.fatal.Load(); text != nil {
		return *text
	}
	return "no storage"
}

func (l *serverLog) Noticef(format string, v ...any) { l.debug(format, v) }
func (l *serverLog) Debugf(format string, v ...any)  { l.debug(format, v) }
func (l *serverLog) Tracef(format string, v ...any)  { l.debug(format, v) }

func (l *serverLog) Warnf(format string, v ...any) {
	l.log.Warn("log server warns", "text", fmt.Sprintf(format, v...))
}

func (l *serverLog) Errorf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.log.Error("log server reports an error", "text", text)
	for _, sign := range writeErrors {
		if strings.Contains(text, sign) {
			select {
			case l.broken <- text:
			default:
			}
			return
		}
	}
}

func (l *serverLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.fatal.CompareAndSwap(nil, &text)
	l.log.Error("log server cannot go on", "text", text)
}

func (l *serverLog) debug(format string, v []any) {
	l.log.Debug("log server", "text", fmt.Sprintf(format, v...))
}
