package observe

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
)

// Bounds of what one mail says.
const (
	maxMailFound  = 128
	maxMailBytes  = 64 << 10 // of all that is found in text and links
	maxMailKept   = 16 << 10 // of the header
	maxRecipients = 256
	minTemplate   = 8 // bytes of subject and text that make a template
)

// lookAlikeTag marks a domain that is written like an own one.
const (
	lookAlikeTag        = "look-alike domain"
	lookAlikeConfidence = 60
)

// mailWitness turns a mail into an event.
type mailWitness struct {
	*mailSaid
	ev    *publish.Event
	own   *publish.OwnSide
	names *publish.Pseudonyms
	found int // bytes
	hide  *strings.Replacer
}

func (w *mailWitness) say() {
	ev := w.ev
	ev.Time, ev.Kind = w.time, w.form
	w.hideRecipients()
	if w.server != "" {
		ev.Sensor = w.names.Sensor(w.server)
		ev.Own = append(ev.Own, w.server)
	}
	if client := w.handedOver(); client != "" {
		if o, err := ioc.Canonical(cure.KindIP, client); err == nil {
			ev.Actor, ev.Role = o, cure.RoleSender
		}
	}
	w.senders()
	w.attachments()
	w.leads()
	if w.subject != "" {
		attr(ev, "subject", w.names.Secret(w.subject))
	}
	attr(ev, "recipients", strconv.Itoa(len(w.recipients)))
	attr(ev, "authentication", w.auth.String())
	attr(ev, "signed_by", w.signer)
	attr(ev, "mailer", w.agent)
	for _, v := range w.verdicts {
		attr(ev, "verdict", v)
	}
	attr(ev, "trouble", w.trouble)
	w.add(cure.KindFingerprint, w.template(), cure.RoleTool)
	ev.Raw = w.raw()
}

// hideRecipients prepares the masks of who got the mail.
func (w *mailWitness) hideRecipients() {
	slices.Sort(w.recipients)
	w.recipients = slices.Compact(w.recipients)
	w.recipients = w.recipients[:min(len(w.recipients), maxRecipients)]
	var pairs []string
	for _, r := range w.recipients {
		mask := w.names.Secret(strings.ToLower(r))
		for _, form := range []string{
			r, strings.ToLower(r), url.QueryEscape(r),
			base64.RawStdEncoding.EncodeToString([]byte(r)), base64.RawURLEncoding.EncodeToString([]byte(r)),
		} {
			pairs = append(pairs, form, mask)
		}
	}
	w.hide = strings.NewReplacer(pairs...)
}

// handedOver is the first host on the way in that is not own.
func (w *mailWitness) handedOver() string {
	if w.client != "" {
		return w.client
	}
	for _, r := range w.received {
		if a := receivedFrom(r); a.IsValid() && !w.own.Address(a) {
			return a.String()
		}
	}
	return ""
}

// add observes a value once in each role.
func (w *mailWitness) add(kind cure.Kind, value string, role cure.Role) cure.Observable {
	o, err := ioc.Canonical(kind, value)
	if err != nil {
		return cure.Observable{}
	}
	for _, have := range w.ev.Observations {
		if have.Observable == o && have.Role == role {
			return o
		}
	}
	w.ev.Observations = append(w.ev.Observations, cure.Observation{Observable: o, Role: role})
	return o
}

// senders says whose names the mail bears.
func (w *mailWitness) senders() {
	role := func(forged bool) cure.Role {
		if forged {
			return cure.RoleSpoofed
		}
		return cure.RoleSender
	}
	from, claimed := mailAddress(w.from)
	w.sender(from, role(w.auth.fromForged()))
	if claimed != "" {
		w.add(cure.KindEmail, claimed, cure.RoleSpoofed)
		attr(w.ev, "claims", claimed)
	}
	back, _ := mailAddress(w.returnPath)
	w.sender(back, role(w.auth.envelopeForged()))
	reply, _ := mailAddress(w.replyTo)
	w.sender(reply, cure.RoleSender)
}

// sender notes an address and its domain.
func (w *mailWitness) sender(addr string, role cure.Role) {
	o := w.add(cure.KindEmail, addr, role)
	if o.IsZero() {
		return
	}
	if w.own.Has(o) && role == cure.RoleSpoofed {
		attr(w.ev, "forged", "own domain")
	}
	domain := o.Value[strings.LastIndexByte(o.Value, '@')+1:]
	like := lookAlike(domain, w.own.Domains())
	switch {
	case role == cure.RoleSpoofed:
		w.add(cure.KindDomain, domain, cure.RoleSpoofed)
	case like != "":
		w.add(cure.KindDomain, domain, cure.RoleSender)
	default:
		w.add(cure.KindDomain, domain, cure.RoleUnknown)
	}
	if like != "" {
		attr(w.ev, "look_alike", domain+" for "+like)
		w.ev.Annotations = append(w.ev.Annotations, cure.Annotation{
			Subject: cure.Observable{Kind: cure.KindDomain, Value: domain}, Tag: cure.Observable{Kind: cure.KindTag, Value: lookAlikeTag},
			Confidence: lookAlikeConfidence, Sentence: domain + " is written like " + like,
		})
	}
}

// attachments says what hangs on the mail.
func (w *mailWitness) attachments() {
	for i := range w.files {
		f := &w.files[i]
		for _, h := range f.hashes {
			if h != emptySHA256 {
				w.add(cure.KindHash, h, cure.RoleTool)
			}
		}
		attr(w.ev, "attachment", w.hide.Replace(f.describe()))
		for _, e := range f.entries {
			name := "archive_entry"
			if e.encrypted {
				name = "encrypted_entry"
			}
			attr(w.ev, name, w.hide.Replace(e.name))
		}
	}
}

// carriers are endings of names of files that carry malware.
var carriers = map[string]bool{
	".exe": true, ".scr": true, ".dll": true, ".js": true, ".jse": true, ".vbs": true, ".vbe": true, ".wsf": true, ".hta": true, ".lnk": true,
	".bat": true, ".cmd": true, ".ps1": true, ".jar": true, ".msi": true, ".iso": true, ".img": true, ".vhd": true, ".one": true, ".apk": true,
	".zip": true, ".rar": true, ".7z": true, ".gz": true, ".cab": true, ".ace": true, ".doc": true, ".docm": true, ".docx": true, ".xls": true,
	".xlsm": true, ".xlsb": true, ".ppt": true, ".pptm": true, ".rtf": true,
}

// leads says where text and links lead.
func (w *mailWitness) leads() {
	for _, b := range w.bad {
		w.lead(b, cure.RoleLoader)
	}
	for _, l := range w.links {
		if lower := strings.ToLower(l.target); strings.HasPrefix(lower, "http:") || strings.HasPrefix(lower, "https:") || strings.HasPrefix(lower, "ftp:") {
			w.lead(l.target, cure.RoleUnknown)
			w.pretends(l)
		}
	}
	for m := range ioc.Find(w.text) {
		switch m.Kind {
		case cure.KindURL, cure.KindDomain, cure.KindIP:
			if !w.lead(m.Value, cure.RoleUnknown) {
				return
			}
		}
	}
}

// lead notes one URL, domain or address; false when there are too many. The
// URL of a carrier is a loader. One that names a recipient is cut.
func (w *mailWitness) lead(v string, role cure.Role) bool {
	if len(w.ev.Observations) >= maxMailFound || w.found > maxMailBytes {
		return false
	}
	o, err := ioc.Classify(v)
	if err != nil || w.own.Has(o) {
		return true
	}
	if w.hide.Replace(o.Value) != o.Value {
		site := siteOf(o)
		bare, _, _ := strings.Cut(o.Value, "?")
		if o, err = ioc.Canonical(cure.KindURL, bare); err != nil || w.hide.Replace(bare) != bare {
			o = site
		}
	}
	switch o.Kind {
	case cure.KindURL:
		p, _, _ := strings.Cut(o.Value, "?")
		if carriers[strings.ToLower(path.Ext(p))] && strings.Count(p, "/") > 2 {
			role = cure.RoleLoader
		}
	case cure.KindDomain, cure.KindIP:
	default:
		return true
	}
	w.found += len(o.Value)
	w.add(o.Kind, o.Value, role)
	return true
}

// pretends notes a link that shows another site than it leads to.
func (w *mailWitness) pretends(l mailLink) {
	o, err := ioc.Canonical(cure.KindURL, l.target)
	if err != nil {
		return
	}
	target := siteOf(o)
	for m := range ioc.Find(l.shown) {
		if shown := siteOf(m.Observable); shown.Kind == cure.KindDomain && shown != target {
			attr(w.ev, "link_shows", shown.Value+" for "+target.Value)
		}
		return
	}
}

// siteOf returns the host of a URL, any other observable as it is.
func siteOf(o cure.Observable) cure.Observable {
	if o.Kind == cure.KindURL {
		for _, c := range ioc.Companions(o) {
			return c
		}
	}
	return o
}

// template is the fingerprint of what mails of one campaign have in common:
// their parts, subject, program and text, without what differs from mail to
// mail.
func (w *mailWitness) template() string {
	vary := func(s string) string {
		b := varyLink.ReplaceAll([]byte(w.hide.Replace(strings.ToLower(s))), []byte("U"))
		b = anyAddress.ReplaceAll(b, []byte("M"))
		b = varyAddr.ReplaceAll(b, []byte("A"))
		b = varyHex.ReplaceAll(b, []byte("H"))
		b = varyNumber.ReplaceAll(b, []byte("N"))
		return strings.Join(strings.Fields(string(b)), " ")
	}
	h := sha256.New()
	subject, text := vary(w.subject), vary(w.text[:min(len(w.text), maxPayload)])
	if len(subject)+len(text) < minTemplate && len(w.files) == 0 {
		return "" // nothing is like nothing
	}
	parts := []string{"mail", strings.Join(w.kinds, " "), subject, vary(w.agent), text}
	for _, f := range w.files {
		parts = append(parts, vary(f.name), f.kind)
	}
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return "template:" + hex.EncodeToString(h.Sum(nil)[:8])
}

// raw is what is kept of the header.
func (w *mailWitness) raw() []byte {
	var b strings.Builder
	for _, f := range w.kept {
		if b.Len() > maxMailKept {
			b.WriteString("…\n")
			break
		}
		value := w.hide.Replace(f.Value)
		b.WriteString(f.Name + ": " + strings.ToValidUTF8(value[:min(len(value), maxPayload)], "") + "\n")
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}
