package api

import (
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

// objects registers what a publisher keeps beside its batches: texts and
// states that are too large for one.
func (s *Server) objects() {
	s.raw(route{
		id: "putObject", method: http.MethodPost, path: "/objects", tag: "publish", roles: publishers,
		summary: "Keep bytes that are too large for a batch",
		text:    "The answer names them by their SHA-256, and comes when they are durable. The same bytes are kept once.",
	}, func(op *huma.Operation) {
		op.RequestBody = binaryBody(client.MediaObject)
		op.Responses["200"] = jsonResponse(s.huma, client.Stored{})
	}, s.putObject)
	s.raw(route{
		id: "getObject", method: http.MethodGet, path: "/objects/{sum}", tag: "publish", roles: publishers,
		summary: "Get back what was kept",
	}, func(op *huma.Operation) {
		op.Parameters = []*huma.Param{pathParam("sum")}
		op.Responses["200"] = &huma.Response{Description: "The bytes.", Content: binaryBody(client.MediaObject).Content}
	}, s.getObject)
}

func (s *Server) putObject(w http.ResponseWriter, r *http.Request, v access.View) error {
	data, err := io.ReadAll(r.Body) // bounded by the stack in front
	if err != nil {
		return cure.Errorf(cure.Invalid, "read object: %w", err)
	}
	sum, err := v.Put(r.Context(), data)
	if err != nil {
		return err
	}
	return writeJSON(w, client.Stored{SHA256: sum})
}

func (s *Server) getObject(w http.ResponseWriter, r *http.Request, v access.View) error {
	data, err := v.Get(r.Context(), r.PathValue("sum"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", client.MediaObject)
	_, err = w.Write(data)
	return err
}
