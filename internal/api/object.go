package api

import (
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

const mediaBytes = "application/octet-stream"

// objects registers what is too large for a batch: kept by its SHA-256, for
// publishers.
func (s *Server) objects() {
	s.raw(route{
		id: "putObject", method: http.MethodPost, path: "/objects", tag: "publish", roles: publishers,
		summary: "Keep bytes that are too large for a batch",
		text:    "At most 8 MiB. The answer is the SHA-256 under which a record names them. The same bytes are kept once.",
	}, func(op *huma.Operation) {
		op.RequestBody = binaryBody(mediaBytes)
		op.Responses["200"] = jsonResponse(s.huma, client.ObjectSum{})
	}, func(w http.ResponseWriter, r *http.Request, v access.View) error {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return cure.Errorf(cure.Invalid, "read object: %w", err)
		}
		sum, err := v.Put(r.Context(), data)
		if err != nil {
			return err
		}
		return writeJSON(w, client.ObjectSum{SHA256: sum})
	})
	s.raw(route{
		id: "object", method: http.MethodGet, path: "/objects/{sum}", tag: "publish", roles: publishers,
		summary: "Read bytes that were kept",
	}, func(op *huma.Operation) {
		op.Parameters = []*huma.Param{pathParam("sum")}
		op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
			mediaBytes: {Schema: &huma.Schema{Type: "string", Format: "binary"}},
		}}
	}, func(w http.ResponseWriter, r *http.Request, v access.View) error {
		data, err := v.Get(r.Context(), r.PathValue("sum"))
		if err != nil {
			return err
		}
		return writeBytes(w, mediaBytes, data)
	})
}
