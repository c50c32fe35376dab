package observe

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/opencure/cure/internal/publish/mail"
)

// Bounds of one notification: each recipient may be a forged sender, so those
// beyond them are counted.
const (
	maxFailed = 256
	maxStatus = 1 << 20 // bytes
)

// recipients collects the recipients of a notification whose delivery failed.
type recipients struct {
	final, original, action string // of the one being read
	list                    []string
	known                   map[string]bool
}

// failedRecipients reads the fields of a notification (RFC 3464, 2.1): a group
// for the message, then one for each recipient, between empty lines. It
// returns the recipients whose delivery failed, each once, and how many more
// there are, "" for none. Some servers leave the empty lines out: whatever
// names a recipient a second time begins another one.
func failedRecipients(b []byte) (list []string, more string) {
	r := recipients{known: map[string]bool{}}
	cut := len(b) > maxStatus
	if b = bytes.ReplaceAll(b[:min(len(b), maxStatus)], []byte("\r\n"), []byte("\n")); cut {
		b = b[:max(0, bytes.LastIndex(b, []byte("\n\n")))] // of the last group perhaps half is left
	}
	for b = bytes.TrimLeft(b, "\r\n \t"); len(b) > 0; b = bytes.TrimLeft(b, "\r\n \t") {
		group, _, rest, err := mail.ReadHeader(b)
		if err != nil { // a line that is no field
			_, rest, _ = bytes.Cut(b, []byte{'\n'})
		}
		r.group(group)
		b = rest
	}
	n := len(r.known) - len(r.list)
	switch {
	case cut:
		more = strconv.Itoa(n) + " or more"
	case n > 0:
		more = strconv.Itoa(n)
	}
	return r.list, more
}

// group reads the fields between two empty lines.
func (r *recipients) group(fields mail.Header) {
	for _, f := range fields {
		switch f.Name {
		case "final-recipient":
			if r.final != "" {
				r.end()
			}
			r.final = f.Value
		case "original-recipient":
			if r.original != "" || r.final != "" && r.action != "" {
				r.end()
			}
			r.original = f.Value
		case "action":
			r.action, _, _ = strings.Cut(f.Value, " ") // a comment may follow
		}
	}
	r.end()
}

// end takes the recipient that was read.
func (r *recipients) end() {
	to := r.original
	if to == "" {
		to = r.final
	}
	if _, addr, ok := strings.Cut(to, ";"); ok { // behind the type of the address
		to = addr
	}
	to, _ = mailAddress(to)
	failed := r.action == "" || strings.EqualFold(r.action, "failed")
	r.final, r.original, r.action = "", "", ""
	if to == "" || !failed || r.known[to] {
		return
	}
	if r.known[to] = true; len(r.list) < maxFailed {
		r.list = append(r.list, to)
	}
}
