package observe

import (
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/mail"
)

// notice reads a delivery status notification, or a mail that brings a report.
func (d *spamdb) notice(raw []byte, emit func(*publish.Event)) error {
	h, clean, body, err := mail.ReadHeader(raw)
	if err != nil {
		return errNoBounce
	}
	at, err := mail.Time(h)
	if err != nil {
		return err
	}
	var status, report []byte
	var returned mail.Header
	w := mail.Walk(clean, body, func(p mail.Part) {
		switch {
		case p.Kind == "message/delivery-status" || p.Kind == "message/global-delivery-status":
			status = append(status, p.Data...)
		case p.Kind == "text/rfc822-headers" && returned == nil:
			returned, _, _, _ = mail.ReadHeader(append(p.Data, '\n', '\n')) // a broken one says nothing
		case report == nil && (strings.Contains(p.Kind, "zip") || strings.HasSuffix(p.Kind, "xml") || strings.HasSuffix(p.Name, ".xml.gz") || strings.HasSuffix(p.Name, ".zip")):
			report = p.Data
		}
	})
	if status == nil && report != nil {
		return d.report(report, emit)
	}
	if len(w.Inner) > 0 {
		returned = w.Inner[0]
	}
	if status == nil {
		return errNoBounce
	}
	failed, more := failedRecipients(status)
	if len(failed) == 0 {
		return errNoFailure
	}
	d.bounced(at, h, failed, more, returned, emit)
	return nil
}

// bounced says what a notification means. When the mail that comes back is a
// bounce itself, whoever it was for was forged. When it bears an own name and
// began outside, that was. Otherwise a mail of our own was not delivered, which
// says nothing. more is how many recipients there are beyond those in failed.
func (d *spamdb) bounced(at time.Time, h mail.Header, failed []string, more string, returned mail.Header, emit func(*publish.Event)) {
	server := ""
	if r := h.All("received"); len(r) > 0 {
		server = receivedBy(r[0])
	}
	sender, _ := mailAddress(mail.Words(returned.Get("from")))
	client := ""
	for _, r := range returned.All("received") {
		if a := receivedFrom(r); a.IsValid() && !d.own.Address(a) {
			client = a.String()
			break
		}
	}
	switch {
	case len(returned) == 0:
		return
	case returned.Get("return-path") == "<>", isDaemon(sender):
		for i, to := range failed {
			ev := d.begin(spamDouble, at, server)
			if i == len(failed)-1 {
				attr(ev, "recipients_left_out", more)
			}
			d.forged(ev, to)
			ev.Raw = []byte(at.Format(time.RFC3339) + " " + ev.Kind + " " + to)
			emit(ev)
		}
	case client != "":
		if sender == "" {
			sender, _ = mailAddress(returned.Get("return-path"))
		}
		ev := d.begin(spamBackscatter, at, server)
		observe(ev, cure.KindIP, client, cure.RoleSender)
		for _, to := range failed {
			observe(ev, cure.KindEmail, to, cure.RoleTarget)
		}
		attr(ev, "recipients_left_out", more)
		d.forged(ev, sender)
		ev.Raw = []byte(at.Format(time.RFC3339) + " " + ev.Kind + " " + sender + " " + client)
		emit(ev)
	}
}

// isDaemon reports whether an address is that of programs.
func isDaemon(addr string) bool {
	name, _, _ := strings.Cut(strings.ToLower(addr), "@")
	return name == "mailer-daemon" || name == "double-bounce" || name == "postmaster"
}
