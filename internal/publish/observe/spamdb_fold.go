package observe

import (
	"encoding/binary"
	"errors"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// Kinds of events of mail servers' logs that the fold ties; Key is the queue
// id. All other kinds it passes on.
const (
	spamTaken  = "taken"       // To: the envelope's sender, "" for a bounce; Actor: who handed it over
	spamNotice = "notice"      // To: queue id of the bounce that was made
	spamFailed = "undelivered" // To: the recipient
)

// Kinds of what comes of them.
const (
	spamDouble      = "double-bounce"
	spamBackscatter = "backscatter"
	spamReport      = "dmarc"
)

// bounces is the fold of mail logs: what is known of the mails in the queue,
// until 2,048 others are newer, and behind it groups of a minute.
type bounces struct {
	publish.Fold
	queue map[string]*queued
	order []string // of the queue, oldest first; no id twice
	out   publish.Event
}

// queued is a mail in the queue.
type queued struct {
	bounce bool   // it is one
	client string // who handed over the mail, or the one that bounced
	target string // who the first mail was for
}

const (
	maxQueued    = 2048
	maxQueueText = 96 // bytes of an id or address that are remembered
	stateBounces = 1
)

var errBounceState = errors.New("state of bounces is damaged")

func newBounces(src cure.Source) *bounces {
	return &bounces{Fold: publish.NewMinutes(src), queue: map[string]*queued{}}
}

// Add implements publish.Fold.
func (f *bounces) Add(ev *publish.Event, emit publish.Emit) {
	switch ev.Kind {
	case spamTaken:
		q := f.mail(ev.Key)
		q.bounce = q.bounce || ev.To == ""
		if !ev.Actor.IsZero() {
			q.client = strings.Clone(ev.Actor.Value)
		}
	case spamNotice:
		first, bounce := *f.mail(ev.Key), f.mail(ev.To)
		bounce.bounce, bounce.client, bounce.target = true, first.client, first.target
	case spamFailed:
		q := f.mail(ev.Key)
		if !q.bounce {
			if q.target == "" && len(ev.To) <= maxQueueText {
				q.target = strings.Clone(ev.To)
			}
			return
		}
		f.double(ev, q, emit)
	default:
		f.Fold.Add(ev, emit)
	}
}

// mail returns what is known of a queue id.
func (f *bounces) mail(id string) *queued {
	id = id[:min(len(id), maxQueueText)]
	q := f.queue[id]
	if q == nil {
		q = &queued{}
		id = strings.Clone(id)
		f.queue[id] = q
		if f.order = append(f.order, id); len(f.order) > maxQueued {
			delete(f.queue, f.order[0])
			f.order = f.order[1:]
		}
	}
	return q
}

// double says that a bounce could not be delivered.
func (f *bounces) double(ev *publish.Event, q *queued, emit publish.Emit) {
	out := &f.out
	reset(out)
	out.Time, out.Kind, out.Sensor, out.Raw = ev.Time, spamDouble, ev.Sensor, ev.Raw
	if q.client != "" {
		observe(out, cure.KindIP, q.client, cure.RoleSender)
	}
	observe(out, cure.KindEmail, q.target, cure.RoleTarget)
	forged(out, ev.To)
	f.Fold.Add(out, emit)
}

// forged says whose name was forged, and ties alike events into waves.
func forged(ev *publish.Event, addr string) {
	attr(ev, "what", ev.Kind)
	domain := strings.ToLower(addr[strings.LastIndexByte(addr, '@')+1:])
	observe(ev, cure.KindEmail, addr, cure.RoleSpoofed)
	observe(ev, cure.KindDomain, domain, cure.RoleSpoofed)
	ev.Key = publish.IncidentKey(domain, "", ev.Kind, "")
}

// Pending implements publish.Fold.
func (f *bounces) Pending() int { return f.Fold.Pending() + f.size() }

func (f *bounces) size() int {
	n := 8
	for id, q := range f.queue {
		n += 8 + len(id) + len(q.client) + len(q.target)
	}
	return n
}

// AppendState implements publish.Fold. Layout: version, number, and for each
// mail, oldest first: id, whether it is a bounce, client, target; then the
// state of the minutes.
func (f *bounces) AppendState(dst []byte) []byte {
	dst = append(dst, stateBounces)
	dst = binary.AppendUvarint(dst, uint64(len(f.order)))
	for _, id := range f.order {
		q := f.queue[id]
		bounce := byte(0)
		if q.bounce {
			bounce = 1
		}
		dst = append(dst, bounce)
		for _, s := range []string{id, q.client, q.target} {
			dst = append(append(dst, byte(len(s))), s...)
		}
	}
	return f.Fold.AppendState(dst)
}

// Restore implements publish.Fold.
func (f *bounces) Restore(state []byte) error {
	f.queue, f.order = map[string]*queued{}, nil
	if len(state) == 0 {
		return f.Fold.Restore(nil)
	}
	n, used := binary.Uvarint(state[1:])
	if state[0] != stateBounces || used <= 0 || n > maxQueued {
		return errBounceState
	}
	state = state[1+used:]
	for range n {
		if len(state) == 0 || state[0] > 1 {
			return errBounceState
		}
		q := &queued{bounce: state[0] == 1}
		state = state[1:]
		id := ""
		for _, to := range []*string{&id, &q.client, &q.target} {
			if len(state) == 0 || int(state[0]) > maxQueueText || len(state) <= int(state[0]) {
				return errBounceState
			}
			*to, state = string(state[1:1+state[0]]), state[1+state[0]:]
		}
		if f.queue[id] != nil {
			return errBounceState
		}
		f.queue[id] = q
		f.order = append(f.order, id)
	}
	return f.Fold.Restore(state)
}
