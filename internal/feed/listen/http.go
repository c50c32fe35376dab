package listen

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

// maxBody is the longest body of a push in bytes, decompressed too: one push
// is one parcel, so that all of it is kept or nothing.
const maxBody = 8 << 20

// readToken reads the word senders have to give; a listener that other
// machines reach needs one.
func readToken(file string, u *url.URL) (string, error) {
	if file == "" {
		a, err := netip.ParseAddr(u.Hostname())
		local := u.Hostname() == "localhost" || err == nil && a.IsLoopback()
		if strings.HasPrefix(u.Scheme, "http") && !local {
			return "", cure.Errorf(cure.Invalid, "listen at %s: other machines reach it, so it needs ?token=FILE", u.Host)
		}
		return "", nil
	}
	b, err := os.ReadFile(file)
	token := strings.TrimSpace(string(b))
	if err == nil && len(token) < 16 {
		err = errors.New("a token has at least 16 characters")
	}
	if err != nil {
		return "", cure.Errorf(cure.Invalid, "read token: %w", err)
	}
	return token, nil
}

// serveHTTP takes raw records by POST.
func (t *Intake) serveHTTP(ctx context.Context, ln bounded, secure *tls.Config, token string) error {
	srv := &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.take(w, r, token) }),
		ReadHeaderTimeout: handshakeTime, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		IdleTimeout: 5 * time.Minute, MaxHeaderBytes: 16 << 10, TLSConfig: secure,
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if srv.Shutdown(patience) != nil {
			_ = srv.Close()
		}
	})
	var err error
	if secure != nil {
		err = srv.ServeTLS(ln, "", "")
	} else {
		err = srv.Serve(ln)
	}
	if !stop() {
		<-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return cure.Errorf(cure.Unavailable, "listen: %w", err)
}

// take answers 204 when all raw records of the body are on disk. With an
// Idempotency-Key a push that is sent again counts once; without one each is
// new.
func (t *Intake) take(w http.ResponseWriter, r *http.Request, token string) {
	given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	key := r.Header.Get("Idempotency-Key")
	switch {
	case token != "" && subtle.ConstantTimeCompare([]byte(given), []byte(token)) != 1:
		http.Error(w, "the token is wrong or missing", http.StatusUnauthorized)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "send raw records with POST", http.StatusMethodNotAllowed)
	case len(key) > maxKey:
		http.Error(w, "the Idempotency-Key is longer than 255 characters", http.StatusBadRequest)
	case r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "":
		http.Error(w, "not for browsers", http.StatusForbidden)
	case !t.keys.begin(key):
		w.Header().Set("Retry-After", "1")
		http.Error(w, "a push of this Idempotency-Key is under way", http.StatusServiceUnavailable)
	default:
		defer t.keys.end(key)
		if key != "" && t.keys.has(key) {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		t.push(w, r, key)
	}
}

func (t *Intake) push(w http.ResponseWriter, r *http.Request, key string) {
	p := parcel{key: key}
	f, err := feed.NewFile("push", http.MaxBytesReader(w, r.Body, maxBody), t.cfg.Framing, t.cfg.MaxRecord)
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusBadRequest)
		return
	}
	defer f.Close()
	for {
		fr, err := f.Next(r.Context(), feed.Forever)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			http.Error(w, "the body cannot be read to its end, or is longer than 8 MiB", http.StatusBadRequest)
			return
		}
		if p.add(fr.Data, fr.Long); len(p.body) > maxBody || p.count >= maxMessages {
			http.Error(w, "the body is longer than 8 MiB", http.StatusRequestEntityTooLarge)
			return
		}
	}
	if p.count == 0 {
		http.Error(w, "no raw record in the body", http.StatusBadRequest)
		return
	}
	patience, cancel := context.WithTimeout(r.Context(), handshakeTime)
	defer cancel()
	if err := t.keep(patience, &p); err != nil {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "the spool is full: send it again later", http.StatusServiceUnavailable)
		return
	}
	t.keys.add(key)
	w.WriteHeader(http.StatusNoContent)
}
