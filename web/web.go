// Package web is what a person sees of a hub in a browser: the built pages
// (sources in web/app, embedded when make web has built them), and plain pages
// that need no script and no build: search, answer, sources and links, rendered
// here and readable in a text browser.
//
// The built pages are files and ask the API; the plain ones show what an
// [access.View] of the logged-in principal gives. Neither decides anything.
// Everything they show was written by strangers: html/template escapes it in
// the plain pages, the built ones write text nodes only, and both pass one
// filter that makes characters visible which would turn or hide text. Values
// lead to pages of this hub, never to where they point; URLs are defanged.
//
// A page is rendered into memory and sent whole, bounded by the limits of the
// lists on it. Safe for concurrent use; no state but the templates.
package web

import (
	"bytes"
	"embed"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/analyse/vuln"
	"github.com/opencure/cure/internal/api"
	"github.com/opencure/cure/internal/text"
)

// Options configure the page.
type Options struct {
	Access   *access.Registry
	App      fs.FS // the built pages; nil: the plain ones are at the root
	View     func(p access.Principal, purpose string) access.View
	Sessions *api.Sessions
	Vuln     *vuln.Model // that estimates vulnerabilities; nil: none
	Version  string
	Banner   string         // shown on every page: "SYNTHETIC DATA" in the demo
	Zone     *time.Location // shown beside UTC; nil: UTC
	Log      *slog.Logger
	Now      func() time.Time
}

//go:embed pages static
var files embed.FS

// Page answers the requests of browsers.
type Page struct {
	o     Options
	root  string       // path before the plain pages' addresses
	mux   http.Handler // all pages
	pages map[string]*template.Template
}

// New makes the page. Put it behind the protections of package api, which
// authenticate the requests.
//
// When o.App holds the built pages they are at the root, and the plain ones
// under /plain/ for browsers without scripts.
func New(o Options) *Page {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	p := &Page{o: o, pages: map[string]*template.Template{}}
	var built *app
	if o.App != nil {
		var err error
		if built, err = newApp(o.App, o.Banner); err != nil {
			o.Log.Warn("built pages cannot be served; the plain ones are", "err", err)
		} else {
			p.root = plainRoot
		}
	}
	for _, name := range []string{"home", "answer", "results", "sources", "links", "shared", "quarantine", "record", "vulnerabilities", "login", "problem", "cases", "case", "campaigns", "campaign", "documents", "document"} {
		p.pages[name] = template.Must(template.New("layout.html").Funcs(p.funcs()).
			ParseFS(files, "pages/layout.html", "pages/parts.html", "pages/"+name+".html"))
	}
	mux := http.NewServeMux()
	p.mux = mux
	mux.HandleFunc("GET /{$}", p.viewed("page.home", p.home))
	mux.HandleFunc("GET /q", p.viewed("page.search", p.search))
	mux.HandleFunc("POST /q", p.viewed("page.extract", p.extract))
	mux.HandleFunc("GET /e/{kind}/{value...}", p.viewed("page.answer", p.entity))
	mux.HandleFunc("GET /r/{ref...}", p.viewed("page.record", p.record))
	mux.HandleFunc("GET /sources", p.viewed("page.sources", p.sources))
	mux.HandleFunc("GET /links", p.viewed("page.links", p.links))
	mux.HandleFunc("GET /quarantine", p.viewed("page.quarantine", p.quarantine))
	mux.HandleFunc("GET /cases", p.viewed("page.cases", p.cases))
	mux.HandleFunc("GET /case/{id}", p.viewed("page.case", p.caseFile))
	mux.HandleFunc("GET /d/{id}", p.viewed("page.document", p.document))
	mux.HandleFunc("GET /campaigns", p.viewed("page.campaigns", p.campaigns))
	mux.HandleFunc("GET /campaign/{id}", p.viewed("page.campaign", p.campaign))
	mux.HandleFunc("GET /vulnerabilities", p.viewed("page.vulnerabilities", p.vulnerabilities))
	mux.HandleFunc("POST /vulnerabilities", p.viewed("page.estimate", p.estimate))
	mux.HandleFunc("GET /login", p.showLogin)
	mux.HandleFunc("POST /login", p.login)
	mux.HandleFunc("POST /logout", p.logout)
	mux.HandleFunc("GET /static/{name}", p.static)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		p.problem(w, r, cure.Errorf(cure.NotFound, "there is no such page"))
	})
	if built != nil {
		p.mux = p.appRoutes(built, mux)
		return p
	}
	// Links to the plain pages hold without the built ones too.
	mux.HandleFunc("GET "+plainRoot+"/", func(w http.ResponseWriter, r *http.Request) {
		to := *r.URL
		to.Path, to.RawPath = strings.TrimPrefix(to.Path, plainRoot), strings.TrimPrefix(to.RawPath, plainRoot)
		http.Redirect(w, r, "/"+strings.TrimLeft(to.RequestURI(), "/"), http.StatusSeeOther)
	})
	return p
}

// ServeHTTP answers a request.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(w, r) }

// frame is what every page shows.
type frame struct {
	Title     string
	Query     string // in the search box
	Nav       string // the page of the menu we are on
	Principal access.Principal
	LoggedIn  bool
	Version   string
	Banner    string
	Data      any
}

// viewed wraps a page that shows data: it needs somebody who may read.
func (p *Page) viewed(purpose string, show func(w http.ResponseWriter, r *http.Request, v access.View) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, ok := api.PrincipalOf(r.Context())
		if !ok {
			http.Redirect(w, r, p.root+"/login", http.StatusSeeOther)
			return
		}
		if who.Role == access.RolePublisher {
			p.problem(w, r, cure.Errorf(cure.Denied, "a key of a publisher may not read"))
			return
		}
		if err := show(w, r, p.o.View(who, purpose)); err != nil {
			p.problem(w, r, err)
		}
	}
}

// render sends a page.
func (p *Page) render(w http.ResponseWriter, r *http.Request, status int, name string, f frame) error {
	f.Principal, f.LoggedIn = api.PrincipalOf(r.Context())
	f.Version, f.Banner = p.o.Version, p.o.Banner
	var page bytes.Buffer
	if err := p.pages[name].Execute(&page, f); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	// The connection may be gone; nobody is left to tell.
	_, _ = io.WriteString(w, visible(page.String()))
	return nil
}

// visible makes the characters of a page visible that would turn, hide or
// forge text. Our own templates have none, so it need not know what is whose.
func visible(page string) string {
	var b strings.Builder
	b.Grow(len(page) + 64)
	for line := range strings.SplitSeq(page, "\n") {
		b.WriteString(text.Printable(line, 0))
		b.WriteByte('\n')
	}
	return b.String()
}

// problem shows an error. What is internal stays in the log.
func (p *Page) problem(w http.ResponseWriter, r *http.Request, err error) {
	status, detail := http.StatusInternalServerError, "The hub could not answer. The operator finds more in the log."
	switch cure.KindOf(err) {
	case cure.Invalid:
		status, detail = http.StatusBadRequest, sentence(err)
	case cure.NotFound:
		status, detail = http.StatusNotFound, sentence(err)
	case cure.Denied:
		status, detail = http.StatusForbidden, sentence(err)
	case cure.Conflict:
		status, detail = http.StatusConflict, sentence(err)
	case cure.Unavailable:
		status, detail = http.StatusServiceUnavailable, sentence(err)
	default:
		p.o.Log.Error("page could not be shown", "route", r.Pattern, "err", err)
	}
	f := frame{Title: http.StatusText(status), Query: r.URL.Query().Get("q"), Data: detail}
	if err := p.render(w, r, status, "problem", f); err != nil {
		p.o.Log.Error("problem could not be shown", "err", err)
	}
}

// sentence makes an error's text one.
func sentence(err error) string {
	s := err.Error()
	return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] + "."
}

// static sends the style sheet or the icon.
func (p *Page) static(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if name != "cure.css" && name != "icon.svg" {
		p.problem(w, r, cure.Errorf(cure.NotFound, "there is no such file"))
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	http.ServeFileFS(w, r, files, "static/"+name)
}
