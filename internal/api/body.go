package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencure/cure"
)

// writeJSON answers v. Nothing of the answer is sent when it does not encode.
func writeJSON(w http.ResponseWriter, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return writeBytes(w, "application/json", b)
}

// writeBytes answers b as it is.
func writeBytes(w http.ResponseWriter, media string, b []byte) error {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	// The connection may be gone; nobody is left to tell.
	_, _ = w.Write(b)
	return nil
}

// errMedia refuses a body whose type a route does not read.
func errMedia(want string) error {
	return cure.Errorf(cure.Invalid, "body of this type is not read here; want %s", want)
}

// What raw routes say in the OpenAPI document.

func pathParam(name string) *huma.Param {
	return &huma.Param{Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}
}

func headerParam(name, text string) *huma.Param {
	return &huma.Param{Name: name, In: "header", Description: text, Schema: &huma.Schema{Type: "string"}}
}

func binaryBody(media string) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		media: {Schema: &huma.Schema{Type: "string", Format: "binary"}},
	}}
}

func jsonResponse(api huma.API, v any) *huma.Response {
	t := reflect.TypeOf(v)
	return &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
		"application/json": {Schema: api.OpenAPI().Components.Schemas.Schema(t, true, t.Name())},
	}}
}

func statusText(status int) string { return strconv.Itoa(status) }
