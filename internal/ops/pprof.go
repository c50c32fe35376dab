package ops

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"time"

	"github.com/opencure/cure"
)

// ServePprof serves Go's profiler at address until ctx ends. It refuses an
// address that other machines can reach, since profiles show memory. It blocks
// and returns nil after ctx ended.
func ServePprof(ctx context.Context, address string) error {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return cure.Errorf(cure.Unavailable, "listen for the profiler: %w", err)
	}
	return servePprof(ctx, ln)
}

func servePprof(ctx context.Context, ln net.Listener) error {
	bound, err := netip.ParseAddrPort(ln.Addr().String())
	if err != nil || !bound.Addr().IsLoopback() {
		_ = ln.Close()
		return cure.Errorf(cure.Invalid, "profiler at %s can be reached from other machines", ln.Addr())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return cure.Errorf(cure.Internal, "serve the profiler: %w", err)
	}
	return nil
}
