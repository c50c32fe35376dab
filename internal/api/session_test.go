package api

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestSessions(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	s := NewSessions(rand.Reader, func() time.Time { return now })
	login := func() *http.Cookie {
		w := httptest.NewRecorder()
		if err := s.Begin(w, httptest.NewRequest("POST", "/login", nil), "the key"); err != nil {
			t.Fatal(err)
		}
		return w.Result().Cookies()[0]
	}
	keyOf := func(c *http.Cookie) string {
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(c)
		key, _ := s.key(r)
		return key
	}

	c := login()
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" {
		t.Errorf("cookie %v, want HttpOnly, SameSite=Strict, for the whole site", c)
	}
	if got := keyOf(c); got != "the key" {
		t.Errorf("session stands for %q", got)
	}
	if got := keyOf(&http.Cookie{Name: sessionCookie, Value: c.Value + "x"}); got != "" {
		t.Error("a cookie of somebody's making is a session")
	}

	r := httptest.NewRequest("POST", "/logout", nil)
	r.AddCookie(c)
	s.End(httptest.NewRecorder(), r)
	if keyOf(c) != "" {
		t.Error("session outlives its logout")
	}

	c = login()
	now = now.Add(sessionLife)
	if keyOf(c) != "" {
		t.Error("session outlives its time")
	}
}

func TestOneTimeCodes(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	s := NewSessions(rand.Reader, func() time.Time { return now })
	code, err := s.OneTime("the key")
	if err != nil {
		t.Fatal(err)
	}
	if key, ok := s.Redeem(code); !ok || key != "the key" {
		t.Errorf("code gave %q, %v", key, ok)
	}
	if _, ok := s.Redeem(code); ok {
		t.Error("a code was good twice")
	}
	code, _ = s.OneTime("the key")
	now = now.Add(onceLife)
	if _, ok := s.Redeem(code); ok {
		t.Error("a code outlives its time")
	}
	if _, ok := s.Redeem(""); ok {
		t.Error("no code is a code")
	}
}

func TestSessionsAreBounded(t *testing.T) {
	s := NewSessions(rand.Reader, time.Now)
	for range maxSessions + 10 {
		if _, err := s.OneTime("k"); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.once); n > maxSessions {
		t.Errorf("%d codes, want at most %d", n, maxSessions)
	}
}
