package observe

import (
	"bytes"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
	"github.com/opencure/cure/internal/publish/mail"
)

// Malmail reads mails that carry malware or lead to it: what a trap, a
// quarantine or a mail appliance has kept.
//
// One mail is one record. Who handed it over is the sender; whose name it
// bears is a sender too, or was forged, by what the own server's checks say.
// Nothing in a mail is opened, run, fetched or resolved: attachments are
// hashed, archives listed by their directory.
func Malmail() publish.Publisher {
	return publish.Publisher{
		Name:   "malmail",
		Role:   "Malmail",
		Layer:  publish.Observations,
		Topics: []cure.Topic{cure.TopicIP, cure.TopicDomain, cure.TopicHash},
		Formats: []string{
			"mail (RFC 5322, MIME) as .eml; mbox; Maildir and other folders; up to 32 MiB a mail",
			"Proofpoint TAP messages (SIEM API 2), and JSON of other mail appliances with usual names, one object a mail; lines of CEF, behind a syslog header or without",
		},
		Marking: cure.Marking{TLP: cure.TLPAmber, PAP: cure.PAPAmber, Licence: cure.LicenceMembers, Personal: true},
		Why:     "shows which mails reach own mailboxes; recipients and subjects are masked, so members may have the rest",
		Roles: []publish.RoleOf{
			{What: "host that handed the mail over, by the own server's Received", Role: cure.RoleSender},
			{What: "From, Return-Path, Reply-To; domain of a look-alike sender", Role: cure.RoleSender},
			{What: "From or Return-Path where authentication failed", Role: cure.RoleSpoofed},
			{What: "domain of From otherwise", Role: cure.RoleUnknown},
			{What: "URL in text or HTML that names a program, document or archive, or that an appliance calls malicious", Role: cure.RoleLoader},
			{What: "other URL, domain or address in the text", Role: cure.RoleUnknown},
			{What: "attachment, template", Role: cure.RoleTool},
		},
		Personal: []publish.PersonalData{
			{Field: "To, Cc, Delivered-To, X-Original-To; the same addresses anywhere else", Mask: "keyed hash; in a URL, all but its site is cut", Purpose: "tell mailboxes apart", Retention: "as the source"},
			{Field: "Subject", Mask: "keyed hash; its pattern is part of the template", Purpose: "group mails", Retention: "as the source"},
			{Field: "text of the mail", Mask: "dropped but for URLs, domains and addresses", Purpose: "not kept", Retention: "not kept"},
			{Field: "own servers and domains in Received and elsewhere", Mask: "keyed pseudonym, in all text", Purpose: "tell own servers apart", Retention: "as the source"},
			{Field: "From, Reply-To, Return-Path", Mask: "none", Purpose: "the observable; written by the sender", Retention: "as the source"},
		},
		Framing: feed.Objects,
		Secret:  mailSecrets,
		Shapes:  []looks.Shape{looks.Mail, looks.JSON},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return &malmail{names: o.Names, own: o.Own, zone: o.Zone}, publish.NewSessions(o.Source), nil
		},
	}
}

// mailSecrets end the raw text of a mail in the quarantine: nobody knows what
// is personal in one that cannot be read.
var mailSecrets = []string{"user=", "UserName=", "cs1=", "msg=", "\n", "@", "To:", "for <", "ubject", "ecipient", "toAddress", `"to"`}

// malmail decodes mails.
type malmail struct {
	names *publish.Pseudonyms
	own   *publish.OwnSide
	zone  *time.Location
	ev    publish.Event
}

// Shape implements publish.Shaper.
func (d *malmail) Shape(f *feed.File) error {
	f.Mails(mail.MaxSize, false)
	return nil
}

// Decode implements publish.Decoder.
func (d *malmail) Decode(raw []byte, emit func(*publish.Event)) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	var m *mailSaid
	var err error
	switch {
	case raw[0] == '{':
		m, err = readMailJSON(raw, d.zone)
	case feed.IsCEF(raw):
		m, err = readMailCEF(string(raw), d.zone)
	default:
		m, err = readMail(raw)
	}
	if err != nil {
		return err
	}
	reset(&d.ev)
	w := mailWitness{mailSaid: m, ev: &d.ev, own: d.own, names: d.names}
	w.say()
	emit(&d.ev)
	return nil
}
