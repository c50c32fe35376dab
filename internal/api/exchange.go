package api

import (
	"context"
	"time"

	"github.com/opencure/cure/internal/access"
)

// exchange is what the middleware and a handler tell each other about one
// request. It belongs to the request's goroutine.
type exchange struct {
	id        string
	route     string // pattern of the mux
	principal access.Principal
	known     bool        // principal is authenticated
	late      *time.Timer // ends the request
	err       error       // why the answer is an internal error, for the log
}

type exchangeKey struct{}

// exchangeOf returns the exchange of a request, an empty one outside of one.
func exchangeOf(ctx context.Context) *exchange {
	if ex, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return ex
	}
	return &exchange{}
}

// PrincipalOf returns who makes the request; ok is false when nobody has
// been authenticated.
func PrincipalOf(ctx context.Context) (p access.Principal, ok bool) {
	ex := exchangeOf(ctx)
	return ex.principal, ex.known
}
