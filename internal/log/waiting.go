package log

import (
	"errors"
	"regexp"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/opencure/cure"
)

// waiting is the calls that wait for the server. It ends those that will get
// no answer: the protocol reports a missing permission apart from the request,
// and a lost connection not at all, so that they would only time out.
type waiting struct {
	mu    sync.Mutex
	calls map[*waitingCall]struct{}
}

// waitingCall is a call that sent something to a subject that match covers.
type waitingCall struct {
	match func(subject string) bool
	end   func(error) // must not block; called at most once
}

var violation = regexp.MustCompile(`Permissions Violation for (Publish|Subscription) to "([^"]+)"`)

// add calls end if a matching subject is refused or the connection is lost
// before remove is called.
func (w *waiting) add(match func(string) bool, end func(error)) (remove func()) {
	c := &waitingCall{match, end}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calls == nil {
		w.calls = map[*waitingCall]struct{}{}
	}
	w.calls[c] = struct{}{}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.calls, c)
	}
}

// refused takes an asynchronous error of the connection. A refused
// subscription is the inbox of answers, so it concerns every call.
func (w *waiting) refused(err error) {
	if !errors.Is(err, nats.ErrPermissionViolation) {
		return
	}
	if m := violation.FindStringSubmatch(err.Error()); m != nil {
		denied := cure.Errorf(cure.Denied, "no permission to use subject %.120q", m[2])
		w.endAll(denied, func(c *waitingCall) bool { return m[1] == "Subscription" || c.match(m[2]) })
	}
}

// disconnected ends all calls.
func (w *waiting) disconnected() {
	w.endAll(cure.Errorf(cure.Unavailable, "connection to the log lost"), func(*waitingCall) bool { return true })
}

func (w *waiting) endAll(err error, which func(*waitingCall) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.calls {
		if which(c) {
			delete(w.calls, c)
			c.end(err)
		}
	}
}
