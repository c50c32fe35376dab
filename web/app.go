package web

import (
	"embed"
	"html"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/opencure/cure"
)

//go:embed all:dist
var dist embed.FS

// App returns the built pages (make web), or nil when this binary was built
// without them.
func App() fs.FS {
	app, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil
	}
	if _, err := fs.Stat(app, "index.html"); err != nil {
		return nil
	}
	return app
}

// plainRoot is where the plain pages are when the built ones are at the root.
const plainRoot = "/plain"

// appPolicy is what a browser is told the built pages may do: run our scripts,
// ask this hub, and nothing else. No text becomes a script: the one policy of
// Trusted Types is for the address of the layout's worker.
const appPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types cure"

// app serves the built pages: one document for every address, and its files.
type app struct {
	files fs.FS
	index []byte
}

func newApp(files fs.FS, banner string) (*app, error) {
	index, err := fs.ReadFile(files, "index.html")
	if err != nil {
		return nil, err
	}
	page := string(index)
	if banner != "" {
		page = strings.Replace(page, "</head>", `<meta name="cure-banner" content="`+html.EscapeString(banner)+"\">\n</head>", 1)
	}
	return &app{files: files, index: []byte(page)}, nil
}

// document answers any address of the app; what is shown there is asked for by
// its scripts, with the rights of the session.
func (a *app) document(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", appPolicy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	// The connection may be gone; nobody is left to tell.
	_, _ = w.Write(a.index)
}

// file sends a built file. Its name holds a hash of its content, so that a
// browser need never ask for it again.
func (a *app) file(w http.ResponseWriter, r *http.Request) {
	name := path.Clean(r.PathValue("name"))
	if strings.HasPrefix(name, ".") || name == "index.html" || !fs.ValidPath(name) {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if name == "licences.json" {
		h.Set("Cache-Control", "public, max-age=300")
	}
	h.Add("Vary", "Accept-Encoding")
	if _, err := fs.Stat(a.files, name+".gz"); err == nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Type", mediaOf(name))
		h.Set("Content-Encoding", "gzip")
		name += ".gz"
	}
	http.ServeFileFS(w, r, a.files, name)
}

func mediaOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json":
		return "application/json"
	}
	return "application/octet-stream"
}

// appRoutes puts the app at the root and the plain pages below plainRoot.
func (p *Page) appRoutes(a *app, plain http.Handler) *http.ServeMux {
	mux := http.NewServeMux()
	plainly := http.StripPrefix(plainRoot, plain)
	mux.Handle("GET "+plainRoot+"/", plainly)
	mux.Handle("POST "+plainRoot+"/", plainly)
	mux.HandleFunc("GET /static/app/{name...}", a.file)
	mux.Handle("GET /static/{name}", plain)
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		code := r.URL.Query().Get("once")
		// HEAD is asked by what only looks at a link: it must not use it up.
		if code == "" || r.Method != http.MethodGet {
			a.document(w, r)
			return
		}
		key, ok := p.o.Sessions.Redeem(code)
		if ok {
			if _, err := p.o.Access.Authenticate(key); err == nil && p.o.Sessions.Begin(w, r, key) == nil {
				http.Redirect(w, r, "/", http.StatusSeeOther)
				return
			}
		}
		http.Redirect(w, r, "/login?stale", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /login", p.login)
	mux.HandleFunc("POST /logout", p.logout)
	mux.HandleFunc("GET /", a.document)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		p.problem(w, r, cure.Errorf(cure.Invalid, "a page takes no such request"))
	})
	return mux
}
