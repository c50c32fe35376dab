package observe

import (
	"bytes"
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
	var status, returned mail.Header
	var report []byte
	w := mail.Walk(clean, body, func(p mail.Part) {
		switch {
		case p.Kind == "message/delivery-status" || p.Kind == "message/global-delivery-status":
			status = statusFields(p.Data)
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
	if status == nil || status.Get("action") != "" && !strings.EqualFold(status.Get("action"), "failed") {
		return errNoBounce
	}
	d.bounced(at, h, status, returned, emit)
	return nil
}

// statusFields are the fields of a notification, those of the message and of
// the first recipient.
func statusFields(b []byte) mail.Header {
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	var all mail.Header
	for i, group := range bytes.SplitN(b[:min(len(b), mail.MaxHeader)], []byte("\n\n"), 3) {
		if i == 2 {
			break
		}
		h, _, _, _ := mail.ReadHeader(append(bytes.TrimSpace(group), '\n')) // a broken one says nothing
		all = append(all, h...)
	}
	return all
}

// bounced says what a notification means. When the mail that comes back is a
// bounce itself, whoever it was for was forged. When it bears an own name and
// began outside, that was. Otherwise a mail of our own was not delivered, which
// says nothing.
func (d *spamdb) bounced(at time.Time, h, status, returned mail.Header, emit func(*publish.Event)) {
	recipient := status.Get("original-recipient")
	if recipient == "" {
		recipient = status.Get("final-recipient")
	}
	if _, addr, ok := strings.Cut(recipient, ";"); ok {
		recipient = addr
	}
	recipient, _ = mailAddress(recipient)
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
	case recipient == "" || len(returned) == 0:
		return
	case returned.Get("return-path") == "<>", isDaemon(sender):
		ev := d.begin(spamDouble, at, server)
		d.forged(ev, recipient)
		ev.Raw = []byte(at.Format(time.RFC3339) + " " + ev.Kind + " " + recipient)
		emit(ev)
	case client != "":
		if sender == "" {
			sender, _ = mailAddress(returned.Get("return-path"))
		}
		ev := d.begin(spamBackscatter, at, server)
		observe(ev, cure.KindIP, client, cure.RoleSender)
		observe(ev, cure.KindEmail, recipient, cure.RoleTarget)
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
