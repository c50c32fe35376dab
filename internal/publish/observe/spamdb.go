package observe

import (
	"bytes"
	"errors"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
	"github.com/opencure/cure/internal/publish/mail"
)

// Spamdb reads what bounces tell of forged senders: a mail that could not be
// delivered goes back to whose name it bears, and when that cannot be delivered
// either (a double bounce), the name was forged. The same shows from the other
// side: bounces of mails that nobody here sent are backscatter of mails that
// bear own names, and DMARC reports count them.
//
// Log lines are tied by their queue ids, across files and restarts. Bounces
// that are alike are one record a minute, tied into waves. Whose name was
// forged is spoofed, never a sender.
func Spamdb() publish.Publisher {
	return publish.Publisher{
		Name:     "spamdb",
		Role:     "SpamDB",
		Layer:    publish.Observations,
		Topics:   []cure.Topic{cure.TopicIP, cure.TopicDomain},
		OwnHosts: true,
		Formats: []string{
			"logs of Postfix 2 and 3, Sendmail 8, behind a syslog header (RFC 5424, RFC 3164, ISO 8601); main log of Exim 4",
			"delivery status notifications (RFC 3464): single mails, mbox, folders, as a postmaster's mailbox has them",
			"DMARC aggregate reports (RFC 7489): XML, gz, zip, or the mails that bring them",
		},
		Marking: cure.Marking{TLP: cure.TLPAmberStrict, PAP: cure.PAPAmber, Licence: cure.LicenceInternal, Personal: true},
		Why:     "names own mailboxes and people whose names were forged; they are victims, and nobody outside needs to know",
		Roles: []publish.RoleOf{
			{What: "sender of a mail whose bounce bounced, with its domain", Role: cure.RoleSpoofed},
			{What: "own address that gets bounces of mails it did not send; own domain in a DMARC report of failed checks", Role: cure.RoleSpoofed},
			{What: "who the mail was for", Role: cure.RoleTarget},
			{What: "host that handed over a mail that double-bounced; host in a DMARC report whose mails were refused", Role: cure.RoleSender},
			{What: "host that sends backscatter; other host of a DMARC report", Role: cure.RoleUnknown},
		},
		Personal: []publish.PersonalData{
			{Field: "addresses of forged senders and of targets", Mask: "none; seen by the own organisation only", Purpose: "who has to be warned", Retention: "as the source"},
			{Field: "name of the own mail server", Mask: "keyed pseudonym, in all text", Purpose: "tell servers apart", Retention: "as the source"},
			{Field: "subject, text and other fields of mails and log lines", Mask: "dropped", Purpose: "not kept", Retention: "not kept"},
		},
		Framing: feed.Objects,
		Secret:  []string{"\n", "@", "To:", "ubject"},
		Shapes:  []looks.Shape{looks.Text, looks.Mail, looks.XML, looks.Zip},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return &spamdb{names: o.Names, own: o.Own, zone: o.Zone}, newBounces(o.Source), nil
		},
	}
}

// spamdb decodes log lines, notifications and reports.
type spamdb struct {
	names   *publish.Pseudonyms
	own     *publish.OwnSide
	zone    *time.Location
	written time.Time // when the input was written: the year of lines without one
	ev      publish.Event
}

var (
	errNoBounce  = errors.New("neither a log line, nor a notification, nor a report")
	errNoFailure = errors.New("notification names no recipient whose delivery failed")
)

// Shape implements publish.Shaper.
func (d *spamdb) Shape(f *feed.File) error {
	d.written = f.Time()
	f.Mails(mail.MaxSize, true)
	return nil
}

// Decode implements publish.Decoder.
func (d *spamdb) Decode(raw []byte, emit func(*publish.Event)) error {
	t := bytes.TrimSpace(raw)
	switch {
	case len(t) == 0:
		return nil
	case bytes.HasPrefix(t, []byte("PK\x03\x04")), t[0] == '<' && len(t) > 1 && (t[1] < '0' || t[1] > '9'):
		return d.report(raw, emit)
	case bytes.IndexByte(t, '\n') >= 0:
		return d.notice(raw, emit)
	}
	return d.line(string(t), emit)
}

// begin empties the event. host is the own server, "" where it is not named.
func (d *spamdb) begin(kind string, at time.Time, host string) *publish.Event {
	reset(&d.ev)
	d.ev.Kind, d.ev.Time = kind, at
	if host != "" {
		d.ev.Sensor = d.names.Sensor(host)
		d.ev.Own = append(d.ev.Own, host)
	}
	return &d.ev
}
