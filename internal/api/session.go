package api

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"sync"
	"time"
)

// Sessions are the logins of the page: random names for a key, kept in memory
// and lost with the process. The key is looked at again with each request, so
// that a revoked key ends its sessions. Safe for concurrent use.
type Sessions struct {
	random io.Reader
	now    func() time.Time

	mu   sync.Mutex
	live map[[32]byte]session // by SHA-256 of the name: memory holds no name that opens one
	once map[[32]byte]session
}

type session struct {
	key     string
	expires time.Time
}

// How long a login and a one-time code last, and how many may be at once.
const (
	sessionLife = 12 * time.Hour
	onceLife    = 15 * time.Minute
	maxSessions = 10_000
)

// sessionCookie is the name of the cookie.
const sessionCookie = "cure_session"

// NewSessions returns an empty set of logins. Random is crypto/rand.Reader
// outside of tests.
func NewSessions(random io.Reader, now func() time.Time) *Sessions {
	return &Sessions{random: random, now: now, live: map[[32]byte]session{}, once: map[[32]byte]session{}}
}

// OneTime returns a code that logs in as the key's principal once, within a
// quarter of an hour: /login?once=CODE.
func (s *Sessions) OneTime(key string) (code string, err error) {
	return s.add(s.once, key, onceLife)
}

// Redeem takes a one-time code and returns its key.
func (s *Sessions) Redeem(code string) (key string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := sha256.Sum256([]byte(code))
	e, ok := s.once[id]
	delete(s.once, id)
	return e.key, ok && s.now().Before(e.expires)
}

// Begin logs in: it sets the cookie that stands for the key from now on. The
// caller has authenticated the key.
func (s *Sessions) Begin(w http.ResponseWriter, r *http.Request, key string) error {
	name, err := s.add(s.live, key, sessionLife)
	if err != nil {
		return err
	}
	http.SetCookie(w, cookie(r, name, int(sessionLife/time.Second)))
	return nil
}

// End logs out.
func (s *Sessions) End(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(sessionCookie); err == nil {
		s.mu.Lock()
		delete(s.live, sha256.Sum256([]byte(c.Value)))
		s.mu.Unlock()
	}
	http.SetCookie(w, cookie(r, "", -1))
}

// key returns the key a request's cookie stands for.
func (s *Sessions) key(r *http.Request) (string, bool) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return "", false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := sha256.Sum256([]byte(c.Value))
	e, ok := s.live[id]
	if ok && !s.now().Before(e.expires) {
		delete(s.live, id)
		return "", false
	}
	return e.key, ok
}

func (s *Sessions) add(to map[[32]byte]session, key string, life time.Duration) (string, error) {
	var raw [32]byte
	if _, err := io.ReadFull(s.random, raw[:]); err != nil {
		return "", err
	}
	name := base64.RawURLEncoding.EncodeToString(raw[:])
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if len(to) >= maxSessions {
		for id, e := range to {
			if !now.Before(e.expires) {
				delete(to, id)
			}
		}
		for id := range to { // still full of live ones: any of them goes
			if len(to) < maxSessions {
				break
			}
			delete(to, id)
		}
	}
	to[sha256.Sum256([]byte(name))] = session{key: key, expires: now.Add(life)}
	return name, nil
}

// cookie is out of reach of scripts and of requests other sites cause. It is
// marked Secure where the connection is; a hub on loopback has none.
func cookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: sessionCookie, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	}
}
