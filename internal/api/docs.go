package api

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// openAPI answers the description of the API.
func (s *Server) openAPI(w http.ResponseWriter, r *http.Request) {
	b, err := json.Marshal(s.huma.OpenAPI())
	if err != nil {
		refuse(w, r, err)
		return
	}
	_ = writeBytes(w, "application/vnd.oai.openapi+json;version=3.1", b)
}

//go:embed docs.html
var docsHTML string

var docsTemplate = template.Must(template.New("docs").Parse(docsHTML))

// docsGroup is the operations of one tag.
type docsGroup struct {
	Name       string
	Operations []*huma.Operation
}

// docs answers a page that lists the operations, made of the description and
// nothing from outside.
func (s *Server) docs(w http.ResponseWriter, r *http.Request) {
	groups := map[string]*docsGroup{}
	for _, item := range s.huma.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete} {
			if op == nil {
				continue
			}
			g := groups[op.Tags[0]]
			if g == nil {
				g = &docsGroup{Name: op.Tags[0]}
				groups[op.Tags[0]] = g
			}
			g.Operations = append(g.Operations, op)
		}
	}
	sorted := make([]*docsGroup, 0, len(groups))
	for _, g := range groups {
		slices.SortFunc(g.Operations, func(a, b *huma.Operation) int { return strings.Compare(a.Path+a.Method, b.Path+b.Method) })
		sorted = append(sorted, g)
	}
	slices.SortFunc(sorted, func(a, b *docsGroup) int { return strings.Compare(a.Name, b.Name) })
	var page strings.Builder
	if err := docsTemplate.Execute(&page, struct {
		Version string
		Groups  []*docsGroup
	}{s.o.Version, sorted}); err != nil {
		refuse(w, r, err)
		return
	}
	_ = writeBytes(w, "text/html; charset=utf-8", []byte(page.String()))
}
