package web

import (
	"net/http"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/api"
)

// showLogin asks for a key, or takes a one-time code from a link.
func (p *Page) showLogin(w http.ResponseWriter, r *http.Request) {
	// HEAD is asked by what only looks at a link: it must not use it up.
	if code := r.URL.Query().Get("once"); code != "" && r.Method == http.MethodGet {
		key, ok := p.o.Sessions.Redeem(code)
		if !ok {
			p.loginAgain(w, r, "This link was used already or is too old. Log in with a key.")
			return
		}
		p.begin(w, r, key)
		return
	}
	if _, ok := api.PrincipalOf(r.Context()); ok {
		http.Redirect(w, r, p.root+"/", http.StatusSeeOther)
		return
	}
	if err := p.render(w, r, http.StatusOK, "login", frame{Title: "Log in", Data: ""}); err != nil {
		p.problem(w, r, err)
	}
}

// login takes the key of the form.
func (p *Page) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	if err := r.ParseForm(); err != nil {
		p.problem(w, r, cure.Errorf(cure.Invalid, "read the form: %w", err))
		return
	}
	p.begin(w, r, strings.TrimSpace(r.PostForm.Get("key")))
}

// begin logs in with a key.
func (p *Page) begin(w http.ResponseWriter, r *http.Request, key string) {
	script := strings.Contains(r.Header.Get("Accept"), "application/json") // the built pages' own form
	if _, err := p.o.Access.Authenticate(key); err != nil {
		if cure.KindOf(err) == cure.Unavailable {
			p.problem(w, r, err)
			return
		}
		if script {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		p.loginAgain(w, r, "This key is not valid, or not any more.")
		return
	}
	if err := p.o.Sessions.Begin(w, r, key); err != nil {
		p.problem(w, r, err)
		return
	}
	if script {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(w, r, p.root+"/", http.StatusSeeOther)
}

func (p *Page) loginAgain(w http.ResponseWriter, r *http.Request, why string) {
	if err := p.render(w, r, http.StatusUnauthorized, "login", frame{Title: "Log in", Data: why}); err != nil {
		p.problem(w, r, err)
	}
}

func (p *Page) logout(w http.ResponseWriter, r *http.Request) {
	p.o.Sessions.End(w, r)
	http.Redirect(w, r, p.root+"/login", http.StatusSeeOther)
}
