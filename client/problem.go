package client

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// Problem is why a hub refused a request, in the form of RFC 9457
// (application/problem+json).
type Problem struct {
	Title  string `json:"title" doc:"What sort of problem this is."`
	Status int    `json:"status" doc:"The HTTP status."`
	Code   string `json:"code" doc:"The kind of error: invalid, not_found, denied, conflict, unavailable, internal, limited."`
	Detail string `json:"detail,omitempty" doc:"What was wrong this time."`
	Hint   string `json:"hint,omitempty" doc:"What to do about it."`
	// Request is the id under which the hub logged the request.
	Request string         `json:"request,omitempty" doc:"The id of the request in the log of the hub."`
	Errors  []ProblemPlace `json:"errors,omitempty" doc:"Where it was wrong, one entry a place."`

	// RetryAfter is how long the hub asks to wait, 0 when it does not say.
	RetryAfter time.Duration `json:"-"`
}

// ProblemPlace is one wrong place of a request.
type ProblemPlace struct {
	Where  string `json:"where" doc:"The place: body.values[3], query.after, line 17."`
	Reason string `json:"reason" doc:"What is wrong there."`
}

// Error returns detail, places and hint in one line.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Detail)
	if p.Detail == "" {
		b.WriteString(p.Title)
	}
	for i, e := range p.Errors {
		if i == 3 {
			b.WriteString("; …")
			break
		}
		b.WriteString("; " + e.Where + ": " + e.Reason)
	}
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// Kind returns the kind of error the code stands for.
func (p *Problem) Kind() cure.ErrorKind {
	switch p.Code {
	case "invalid":
		return cure.Invalid
	case "not_found":
		return cure.NotFound
	case "denied":
		return cure.Denied
	case "conflict":
		return cure.Conflict
	case "unavailable", "limited":
		return cure.Unavailable
	}
	return kindOfStatus(p.Status)
}

func kindOfStatus(status int) cure.ErrorKind {
	switch status {
	case http.StatusNotFound, http.StatusGone:
		return cure.NotFound
	case http.StatusUnauthorized, http.StatusForbidden:
		return cure.Denied
	case http.StatusConflict:
		return cure.Conflict
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return cure.Unavailable
	}
	if status >= 400 && status < 500 {
		return cure.Invalid
	}
	return cure.Internal
}

// maxProblem bounds what is read of an error's body.
const maxProblem = 64 << 10

// readProblem makes the error of a response that is not a success. What
// answered may be no hub at all: a proxy's page is named, not printed.
func readProblem(r *http.Response) error {
	p := &Problem{Title: http.StatusText(r.StatusCode), Status: r.StatusCode}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && media == "application/problem+json" {
		// A body that does not parse leaves the status as the whole answer.
		_ = json.NewDecoder(io.LimitReader(r.Body, maxProblem)).Decode(p)
		p.Status = r.StatusCode
	} else {
		p.Detail = "answer with status " + strconv.Itoa(r.StatusCode) + " that is not from a hub"
	}
	if s, err := strconv.Atoi(r.Header.Get("Retry-After")); err == nil && s >= 0 && s < 3600 {
		p.RetryAfter = time.Duration(s) * time.Second
	}
	return &cure.Error{Kind: p.Kind(), Err: p}
}
