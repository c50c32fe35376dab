package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// The one table from kinds of error to HTTP. Where err says too little the
// hint says what to do.
var kinds = map[cure.ErrorKind]struct {
	status int
	code   string
	hint   string
}{
	cure.Internal:    {http.StatusInternalServerError, "internal", "tell the operator the request id"},
	cure.Invalid:     {http.StatusBadRequest, "invalid", ""},
	cure.NotFound:    {http.StatusNotFound, "not_found", ""},
	cure.Denied:      {http.StatusForbidden, "denied", "use a key whose role allows this"},
	cure.Conflict:    {http.StatusConflict, "conflict", "read the present state and try again"},
	cure.Unavailable: {http.StatusServiceUnavailable, "unavailable", "try again in a moment"},
}

// problem is a client.Problem that huma can send.
type problem struct{ client.Problem }

// GetStatus is huma's.
func (p *problem) GetStatus() int { return p.Status }

// ContentType is huma's.
func (p *problem) ContentType(string) string { return "application/problem+json" }

// The errors huma itself makes (a parameter missing, a body that does not
// fit its schema) take our form. huma has one place for that, of the process.
func init() {
	huma.NewErrorWithContext = func(c huma.Context, status int, msg string, errs ...error) huma.StatusError {
		p := humaProblem(status, msg, errs)
		if c != nil {
			p.Request = exchangeOf(c.Context()).id
		}
		return p
	}
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return humaProblem(status, msg, errs)
	}
}

func humaProblem(status int, msg string, errs []error) *problem {
	p := &problem{client.Problem{Title: http.StatusText(status), Status: status, Code: "invalid", Detail: msg}}
	if status >= http.StatusInternalServerError {
		p.Code, p.Hint = "internal", kinds[cure.Internal].hint
		return p
	}
	for _, err := range errs {
		if err == nil {
			continue
		}
		place := client.ProblemPlace{Reason: err.Error()}
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			place = client.ProblemPlace{Where: d.ErrorDetail().Location, Reason: d.ErrorDetail().Message}
		}
		p.Errors = append(p.Errors, place)
	}
	return p
}

// problemOf makes the answer to an error. The text of an internal error stays
// in the log: it may name files or values that are not the caller's.
func problemOf(ctx context.Context, err error) *problem {
	var ready *problem
	if errors.As(err, &ready) {
		return ready
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled) && errors.Is(context.Cause(ctx), errTooLong):
		err = cure.Errorf(cure.Unavailable, "not answered in time")
	case errors.Is(err, context.Canceled): // who asked has gone: no fault of the hub
		err = cure.Errorf(cure.Unavailable, "given up by who asked")
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &problem{client.Problem{
			Title: http.StatusText(http.StatusRequestEntityTooLarge), Status: http.StatusRequestEntityTooLarge,
			Code: "invalid", Detail: "body of more than " + strconv.FormatInt(tooLarge.Limit, 10) + " bytes",
			Hint: "send it in parts", Request: exchangeOf(ctx).id,
		}}
	}
	ex := exchangeOf(ctx)
	k := kinds[cure.KindOf(err)]
	p := &problem{client.Problem{
		Title: http.StatusText(k.status), Status: k.status, Code: k.code, Detail: err.Error(), Hint: k.hint, Request: ex.id,
	}}
	if k.status == http.StatusInternalServerError {
		ex.err = err
		p.Detail = "the hub could not answer"
	}
	return p
}

// refuse answers with a problem, for handlers beside huma.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(r.Context(), err)
	if p.RetryAfter > 0 {
		w.Header().Set("Retry-After", retryAfter(p.RetryAfter))
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	// The connection may be gone; nobody is left to tell.
	_ = json.NewEncoder(w).Encode(p)
}

// unauthorized is the answer to a missing, wrong or revoked key: one text for
// all three.
func unauthorized(ctx context.Context) error {
	return &problem{client.Problem{
		Title: http.StatusText(http.StatusUnauthorized), Status: http.StatusUnauthorized, Code: "denied",
		Detail:  "no key, or one that is not valid (any more)",
		Hint:    "send the header Authorization: Bearer KEY; an administrator makes keys with 'cure key create'",
		Request: exchangeOf(ctx).id,
	}}
}

// limited is the answer to a key that asks too often.
func limited(ctx context.Context, wait time.Duration) error {
	return &problem{client.Problem{
		Title: http.StatusText(http.StatusTooManyRequests), Status: http.StatusTooManyRequests, Code: "limited",
		Detail: "more requests than this key may make", Hint: "wait " + retryAfter(wait) + " s; put several values into one look-up",
		Request: exchangeOf(ctx).id, RetryAfter: wait,
	}}
}

// retryAfter is a duration in whole seconds, rounded up.
func retryAfter(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}
