package log

import (
	"errors"
	"regexp"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/opencure/cure"
)

// denials connects the refusals of the server to the calls they refuse. The
// protocol reports a missing permission apart from the request, which just
// stays without an answer; without this every denied call would time out.
type denials struct {
	mu       sync.Mutex
	watchers map[*denialWatch]struct{}
}

// denialWatch is a call that waits for an answer to something sent to a
// subject that match covers.
type denialWatch struct {
	match func(subject string) bool
	deny  func(error) // must not block; called at most once
}

var violation = regexp.MustCompile(`Permissions Violation for (Publish|Subscription) to "([^"]+)"`)

// watch calls deny if a matching subject is refused before stop is called.
func (d *denials) watch(match func(string) bool, deny func(error)) (stop func()) {
	w := &denialWatch{match, deny}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.watchers == nil {
		d.watchers = map[*denialWatch]struct{}{}
	}
	d.watchers[w] = struct{}{}
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.watchers, w)
	}
}

// report takes an asynchronous error of the connection. A refused subscription
// is the inbox of answers, so it concerns every waiting call.
func (d *denials) report(err error) {
	if !errors.Is(err, nats.ErrPermissionViolation) {
		return
	}
	m := violation.FindStringSubmatch(err.Error())
	if m == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for w := range d.watchers {
		if m[1] == "Subscription" || w.match(m[2]) {
			delete(d.watchers, w)
			w.deny(cure.Errorf(cure.Denied, "no permission to use subject %.120q", m[2]))
		}
	}
}
