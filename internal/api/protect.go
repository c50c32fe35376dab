package api

import (
	"context"
	"encoding/hex"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// policy is what a browser is told it may do with a page of ours: load our
// own style and pictures, send forms to us, and nothing else. There are no
// scripts, so none may run.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// headerViewAs names the organisation through whose eyes an administrator
// looks. It stands in each request, so that no answer can come with other
// rights than the page says.
const headerViewAs = "Cure-View-As"

// Limits of a request, whoever makes it.
const (
	maxBody    = 8 << 20
	maxHeader  = 32 << 10
	maxLatency = 30 * time.Second
)

// protect is the one place where every request passes, in this order. What a
// handler need not think about is done here, and what is not allowed by
// something here or by the role of a route is refused.
func (s *Server) protect(next http.Handler) http.Handler {
	for _, layer := range []func(http.Handler) http.Handler{
		s.bound, s.limit, s.authenticate, s.sameOrigin, s.knownHost, headers, s.survive, s.begin,
	} {
		next = layer(next)
	}
	return next
}

// begin gives the request its id and writes the log line at its end. Paths
// and queries hold values and stay out of the log above debug.
func (s *Server) begin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var raw [8]byte
		if _, err := io.ReadFull(s.o.Random, raw[:]); err != nil {
			http.Error(w, "no randomness", http.StatusInternalServerError)
			return
		}
		ex := &exchange{id: hex.EncodeToString(raw[:])}
		r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, ex))
		w.Header().Set("X-Request-Id", ex.id)
		start := s.o.Now()
		sw := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(sw, r)
		took := s.o.Now().Sub(start)
		s.metrics.observe(ex.route, sw.status, took)
		level := slog.LevelDebug
		if ex.err != nil {
			level = slog.LevelError
		}
		if !s.o.Log.Enabled(r.Context(), level) {
			return
		}
		s.o.Log.LogAttrs(r.Context(), level, "request", slog.String("id", ex.id), slog.String("route", ex.route),
			slog.Int("status", sw.status), slog.Duration("dur", took), slog.String("principal", ex.principal.Key), slog.Any("err", ex.err))
	})
}

// survive turns a panic into an answer without detail.
func (s *Server) survive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				s.o.Log.Error("panic in a request", "id", exchangeOf(r.Context()).id, "panic", v, "stack", string(debug.Stack()))
				refuse(w, r, cure.Errorf(cure.Internal, "panic"))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// headers tells browsers and caches how to treat what we send.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// knownHost refuses requests for a name that is not ours. A page of another
// site whose name was pointed at this address (DNS rebinding) comes under
// that name; literal addresses cannot be rebound.
func (s *Server) knownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := strings.ToLower(r.Host)
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		host = strings.Trim(host, "[]")
		_, err := netip.ParseAddr(host)
		if err != nil && host != "localhost" && !slices.Contains(s.o.Hosts, host) {
			p := problemOf(r.Context(), cure.Errorf(cure.Invalid, "this hub does not answer for the host name of the request"))
			p.Status, p.Title = http.StatusMisdirectedRequest, http.StatusText(http.StatusMisdirectedRequest)
			p.Hint = "use its address, or add the name to api.hosts in the configuration"
			refuse(w, r, p)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what another site makes a browser send.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, cure.Errorf(cure.Denied, "request made by another site"))
	}))
	return guard.Handler(next)
}

// authenticate finds out who asks. Only what public names is open to
// everybody; a person at a page is sent to the login.
func (s *Server) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ex := exchangeOf(r.Context())
		key, ok := s.keyOf(r)
		if ok {
			p, err := s.o.Access.Authenticate(key)
			if as := r.Header.Get(headerViewAs); as != "" && err == nil {
				if p, err = s.o.Access.Preview(p, as); err != nil {
					refuse(w, r, err)
					return
				}
			}
			switch {
			case err == nil:
				ex.principal, ex.known = p, true
			case cure.KindOf(err) == cure.Unavailable:
				refuse(w, r, err)
				return
			}
		}
		if ex.known || public(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		// Guessing 256 bits is hopeless; this keeps the attempt from costing.
		if wait, ok := s.strangers.allow(remote(r)); !ok {
			refuse(w, r, limited(r.Context(), wait))
			return
		}
		if r.Method == http.MethodGet && !strings.HasPrefix(r.URL.Path, "/api/") && strings.Contains(r.Header.Get("Accept"), "text/html") {
			http.Redirect(w, r, loginFor(r.URL), http.StatusSeeOther)
			return
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="cure"`)
		refuse(w, r, unauthorized(r.Context()))
	})
}

// loginFor is the login behind which a page is, and from where it leads back:
// the plain pages have their own.
func loginFor(u *url.URL) string {
	switch {
	case strings.HasPrefix(u.Path, "/plain/"):
		return "/plain/login"
	case u.Path == "/":
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(u.RequestURI())
}

// public says what is open without a key: whether the hub lives, how to log
// in, the style, and the description of the API, which holds no data.
func public(path string) bool {
	switch path {
	case "/healthz", "/readyz", "/login", "/plain/login", "/api/openapi.json", "/api/docs":
		return true
	}
	return strings.HasPrefix(path, "/static/")
}

// keyOf returns the key of a request: the header's, else the session's.
func (s *Server) keyOf(r *http.Request) (string, bool) {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, key, _ := strings.Cut(h, " ")
		return strings.TrimSpace(key), strings.EqualFold(scheme, "Bearer")
	}
	return s.o.Sessions.key(r)
}

// limit holds each key to its rate, and strangers by their address. Who asks
// whether the hub lives is not held: behind a proxy all strangers have one
// address, and a flood of them must not make a supervisor restart the hub.
func (s *Server) limit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			next.ServeHTTP(w, r)
			return
		}
		bucket, name := s.keys, ""
		if p, ok := PrincipalOf(r.Context()); ok {
			name = p.Key
		} else {
			bucket, name = s.strangers, remote(r)
		}
		if wait, ok := bucket.allow(name); !ok {
			refuse(w, r, limited(r.Context(), wait))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// errTooLong is why the context of a request ends that took all its time.
var errTooLong = cure.Errorf(cure.Unavailable, "request took too long")

// unhurried lifts the bounds on the time of an answer that is as long as it
// is: a backup, a stream.
func unhurried(w http.ResponseWriter, r *http.Request) error {
	exchangeOf(r.Context()).late.Stop()
	return http.NewResponseController(w).SetWriteDeadline(time.Time{})
}

// bound limits the body and the time of a request.
func (s *Server) bound(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > maxBody {
			refuse(w, r, &http.MaxBytesError{Limit: maxBody})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		ctx, cancel := context.WithCancelCause(r.Context())
		defer cancel(nil)
		late := time.AfterFunc(maxLatency, func() { cancel(errTooLong) })
		defer late.Stop()
		exchangeOf(ctx).late = late
		r = r.WithContext(ctx)
		defer func() { exchangeOf(ctx).route = r.Pattern }() // set by the mux
		next.ServeHTTP(w, r)
	})
}

// remote is the address of the other side as far as it is one's own: the /64
// of IPv6.
func remote(r *http.Request) string {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	a := ap.Addr().Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	return netip.PrefixFrom(a, 64).Masked().String()
}

// statusWriter remembers the status for log and metrics.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader is http.ResponseWriter's.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write is http.ResponseWriter's.
func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is http.ResponseController's.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
