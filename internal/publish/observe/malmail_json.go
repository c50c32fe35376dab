package observe

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/mail"
)

// Names that appliances have for the parts of a mail, Proofpoint's first. They
// are compared in small letters without '_', '-' and '.'.
var (
	mailTimes      = []string{"messagetime", "timestamp", "time", "@timestamp", "date", "receivedtime", "received"}
	mailClients    = []string{"senderip", "srcip", "sourceip", "clientip", "ip"}
	mailFroms      = []string{"headerfrom", "from", "fromaddress", "sender", "mailfrom"}
	mailBacks      = []string{"sender", "returnpath", "envelopefrom", "mailfrom"}
	mailReplies    = []string{"headerreplyto", "replytoaddress", "replyto"}
	mailRecipients = []string{"recipient", "recipients", "toaddresses", "ccaddresses", "to", "cc", "headerto", "headercc", "rcptto"}
	mailFileLists  = []string{"messageparts", "attachments", "files"}
	mailThreats    = []string{"threatsinfomap", "threats"}
)

// readMailJSON reads what an appliance says of a mail.
func readMailJSON(raw []byte, zone *time.Location) (*mailSaid, error) {
	var object map[string]any
	if err := json.Unmarshal(raw, &object, lenientList); err != nil {
		return nil, errBroken
	}
	return readAppliance(plainNames(object), zone)
}

// readAppliance reads what an appliance says of a mail under the names above.
func readAppliance(o plain, zone *time.Location) (*mailSaid, error) {
	m := &mailSaid{form: "appliance", kinds: []string{"appliance"}}
	var err error
	if m.time, err = publish.ParseTime([]byte(o.first(mailTimes)), zone); err != nil {
		return nil, err
	}
	m.client, m.from, m.returnPath, m.replyTo = o.first(mailClients), mail.Words(o.first(mailFroms)), o.first(mailBacks), o.first(mailReplies)
	m.subject, m.agent, m.server = mail.Words(o.text("subject")), o.text("xmailer"), o.text("server")
	m.auth = mailAuth{spf: authWord(o.text("spf")), dkim: authWord(o.text("dkim")), dmarc: authWord(o.text("dmarc"))}
	for _, name := range mailRecipients {
		for _, r := range o.texts(name) {
			m.recipients = append(m.recipients, mailAddresses(r)...)
		}
	}
	for _, name := range []string{"urls", "url", "links"} {
		for _, u := range o.texts(name) {
			m.links = append(m.links, mailLink{target: u})
		}
	}
	for _, f := range o.lists(mailFileLists) {
		m.file(f)
	}
	for _, t := range o.lists(mailThreats) {
		m.threat(t)
	}
	if m.from == "" && m.client == "" && m.returnPath == "" {
		return nil, errNoSender
	}
	for _, f := range []mail.Field{
		{Name: "from", Value: m.from},
		{Name: "return-path", Value: m.returnPath},
		{Name: "reply-to", Value: m.replyTo},
		{Name: "message-id", Value: o.text("messageid")},
		{Name: "id", Value: o.text("guid")},
		{Name: "date", Value: m.time.Format(time.RFC3339Nano)},
	} {
		if f.Value != "" {
			m.kept = append(m.kept, f)
		}
	}
	return m, nil
}

func (m *mailSaid) file(f plain) {
	file := mailFile{name: f.first([]string{"filename", "name"}), kind: f.first([]string{"contenttype", "mimetype", "type"})}
	for _, algorithm := range []string{"sha256", "sha1", "md5"} {
		if h := f.text(algorithm); h != "" {
			file.hashes = append(file.hashes, h)
		}
	}
	inline := strings.EqualFold(f.text("disposition"), "inline") && file.name == "" || strings.HasPrefix(file.name, "text.")
	if len(file.hashes) > 0 && !inline && len(m.files) < maxMailFiles {
		m.files = append(m.files, file)
	}
}

// threat is a verdict on a URL, an attachment or the text.
func (m *mailSaid) threat(t plain) {
	kind, what := strings.ToLower(t.first([]string{"threattype", "type"})), t.text("classification")
	if strings.EqualFold(t.text("threatstatus"), "falsepositive") {
		return
	}
	if what != "" && len(m.verdicts) < maxMailFiles {
		m.verdicts = append(m.verdicts, strings.TrimSpace(what+" "+kind))
	}
	if kind == "url" && len(m.bad) < maxMailFiles {
		m.bad = append(m.bad, t.first([]string{"threat", "url"}))
	}
}

// plain is a JSON object by names without case and punctuation.
type plain map[string]any

var noPunctuation = strings.NewReplacer("_", "", "-", "", ".", "")

func plainNames(o map[string]any) plain {
	p := make(plain, len(o))
	for name, v := range o {
		key := noPunctuation.Replace(strings.ToLower(name))
		// The smaller of two spellings, so that the order does not matter.
		if have, ok := p[key+"\x00"]; !ok || name < have.(string) {
			p[key], p[key+"\x00"] = v, name
		}
	}
	return p
}

func (p plain) text(name string) string {
	s, _ := p[name].(string)
	return strings.ToValidUTF8(s, "\uFFFD")
}

// texts returns a text, or a list of them, at most 256.
func (p plain) texts(name string) []string {
	list, ok := p[name].([]any)
	if !ok {
		return appendText(nil, p.text(name))
	}
	var all []string
	for _, v := range list[:min(len(list), maxLinks)] {
		if s, ok := v.(string); ok {
			all = append(all, strings.ToValidUTF8(s, "\uFFFD"))
		}
	}
	return all
}

// first returns the first text, of a list its first, that one of the names has.
func (p plain) first(names []string) string {
	for _, n := range names {
		if all := p.texts(n); len(all) > 0 {
			return all[0]
		}
	}
	return ""
}

// lists returns the objects in the lists of these names, at most 64 of each.
func (p plain) lists(names []string) []plain {
	var all []plain
	for _, n := range names {
		list, _ := p[n].([]any)
		for _, v := range list[:min(len(list), 64)] {
			if o, ok := v.(map[string]any); ok {
				all = append(all, plainNames(o))
			}
		}
	}
	return all
}
