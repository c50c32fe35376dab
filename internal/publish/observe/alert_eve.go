package observe

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/opencure/cure"
)

// loose is a text that products write as a string, a number or a boolean.
type loose string

// UnmarshalJSONFrom reads any value; lists and objects are "".
func (l *loose) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*l = ""
	switch v.Kind() {
	case '"':
		b, _ := jsontext.AppendUnquote(nil, v) // its error says "invalid UTF-8", which was replaced
		*l = loose(strings.ToValidUTF8(string(b), "\uFFFD"))
	case '0', 't', 'f':
		*l = loose(v)
	}
	return nil
}

// several is a list of texts, or one.
type several []string

// maxSeveral bounds the texts of one field that are used.
const maxSeveral = 16

// UnmarshalJSONFrom reads a list or one value.
func (s *several) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*s = (*s)[:0]
	if dec.PeekKind() != '[' {
		var one loose
		if err := one.UnmarshalJSONFrom(dec); err != nil {
			return err
		}
		if one != "" {
			*s = append(*s, string(one))
		}
		return nil
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		var one loose
		if err := one.UnmarshalJSONFrom(dec); err != nil {
			return err
		}
		if one != "" && len(*s) < maxSeveral {
			*s = append(*s, string(one))
		}
	}
	_, err := dec.ReadToken()
	return err
}

// maybe is an object that may be something else, and is empty then.
type maybe[T any] struct{ v T }

// UnmarshalJSONFrom reads an object.
func (m *maybe[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		return dec.SkipValue()
	}
	return json.UnmarshalDecode(dec, &m.v)
}

// objects is a list of objects of which the first few are used, or one.
type objects[T any] struct{ v []T }

// UnmarshalJSONFrom reads a list or an object.
func (l *objects[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	one := func() error {
		var m maybe[T]
		err := m.UnmarshalJSONFrom(dec)
		if err == nil && len(l.v) < maxSeveral {
			l.v = append(l.v, m.v)
		}
		return err
	}
	if dec.PeekKind() != '[' {
		return one()
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		if err := one(); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// eve is what is used of Suricata's EVE format
// (docs.suricata.io, output/eve/eve-json-format).
type eve struct {
	Timestamp loose            `json:"timestamp"`
	EventType loose            `json:"event_type"`
	Host      loose            `json:"host"`
	SrcIP     loose            `json:"src_ip"`
	SrcPort   loose            `json:"src_port"`
	DestIP    loose            `json:"dest_ip"`
	DestPort  loose            `json:"dest_port"`
	Proto     loose            `json:"proto"`
	AppProto  loose            `json:"app_proto"`
	Direction loose            `json:"direction"`
	Alert     maybe[eveAlert]  `json:"alert"`
	Flow      maybe[eveEnds]   `json:"flow"`
	HTTP      maybe[eveHTTP]   `json:"http"`
	TLS       maybe[eveTLS]    `json:"tls"`
	DNS       maybe[eveDNS]    `json:"dns"`
	SMTP      maybe[eveSMTP]   `json:"smtp"`
	Email     maybe[eveEmail]  `json:"email"`
	SSH       maybe[eveSSH]    `json:"ssh"`
	File      maybe[eveFile]   `json:"fileinfo"`
	Files     objects[eveFile] `json:"files"`
	Wrapped   jsontext.Value   `json:"eve"`
}

type eveAlert struct {
	Action    loose          `json:"action"`
	GID       loose          `json:"gid"`
	SID       loose          `json:"signature_id"`
	Signature loose          `json:"signature"`
	Category  loose          `json:"category"`
	Severity  loose          `json:"severity"`
	Source    maybe[eveEnd]  `json:"source"`
	Target    maybe[eveEnd]  `json:"target"`
	Metadata  maybe[eveMeta] `json:"metadata"`
}

type eveEnd struct {
	IP loose `json:"ip"`
}

type eveMeta struct {
	CVE       several `json:"cve"`
	Technique several `json:"mitre_technique_id"`
	Family    several `json:"malware_family"`
	Severity  several `json:"signature_severity"`
}

type eveEnds struct {
	SrcIP  loose `json:"src_ip"`
	DestIP loose `json:"dest_ip"`
}

type eveHTTP struct {
	Hostname  loose `json:"hostname"`
	URL       loose `json:"url"`
	Method    loose `json:"http_method"`
	UserAgent loose `json:"http_user_agent"`
	Status    loose `json:"status"`
}

type eveTLS struct {
	SNI         loose          `json:"sni"`
	Fingerprint loose          `json:"fingerprint"`
	JA3         maybe[eveHash] `json:"ja3"`
	JA3S        maybe[eveHash] `json:"ja3s"`
	JA4         loose          `json:"ja4"`
}

type eveHash struct {
	Hash loose `json:"hash"`
}

type eveDNS struct {
	RRName  loose                `json:"rrname"`
	Query   objects[eveQuestion] `json:"query"`
	Queries objects[eveQuestion] `json:"queries"`
}

type eveQuestion struct {
	RRName loose `json:"rrname"`
}

type eveSMTP struct {
	From loose   `json:"mail_from"`
	To   several `json:"rcpt_to"`
}

type eveEmail struct {
	From loose   `json:"from"`
	To   several `json:"to"`
}

type eveSSH struct {
	Client maybe[eveSSHEnd] `json:"client"`
	Server maybe[eveSSHEnd] `json:"server"`
}

type eveSSHEnd struct {
	Hassh maybe[eveHash] `json:"hassh"`
}

type eveFile struct {
	Filename loose `json:"filename"`
	SHA256   loose `json:"sha256"`
	SHA1     loose `json:"sha1"`
	MD5      loose `json:"md5"`
}

// readEVE reads an EVE record; false when it is none or no alert.
func (d *alerts) readEVE(raw []byte) (bool, error) {
	var e eve
	if err := json.Unmarshal(raw, &e, lenientList); err != nil {
		return false, errBroken
	}
	if e.EventType == "" && e.Wrapped.Kind() == '{' {
		inner := e.Wrapped
		e = eve{}
		if err := json.Unmarshal(inner, &e, lenientList); err != nil {
			return false, errBroken
		}
	}
	switch {
	case e.EventType == "":
		return false, errNoAlert
	case e.EventType != "alert" && (e.EventType != "drop" || e.Alert.v.SID == ""):
		return false, nil // flows, DNS, statistics … are read by others
	case e.Alert.v.Signature == "" && e.Alert.v.SID == "":
		return false, errNoRule
	}
	e.fill(&d.a)
	return true, nil
}

// fill makes the alert.
func (e *eve) fill(a *alert) {
	s := &e.Alert.v
	*a = alert{
		product: "suricata", time: string(e.Timestamp), sensor: string(e.Host),
		rule: string(s.Signature), ruleID: string(cmp.Or(s.GID, "1") + ":" + s.SID), category: string(s.Category),
		action: string(s.Action), proto: strings.ToLower(string(e.Proto)), app: string(e.AppProto),
		src: string(e.SrcIP), dst: string(e.DestIP), srcPort: string(e.SrcPort), dstPort: string(e.DestPort),
		severity: severityPriority(number(s.Severity)),
		cves:     s.Metadata.v.CVE,
	}
	if e.EventType == "drop" {
		a.action = "blocked"
	}
	for _, word := range s.Metadata.v.Severity {
		if n := severityNamed(word); n != severityUnsaid {
			a.severity = n
		}
	}
	switch {
	case e.Flow.v.SrcIP != "" && e.Flow.v.SrcIP == e.DestIP, e.Flow.v.SrcIP == "" && e.Direction == "to_client":
		a.client = destination
	case e.Flow.v.SrcIP != "", e.Direction == "to_server":
		a.client = source
	}
	if at := s.Source.v.IP; at != "" {
		if a.attacker = source; at == e.DestIP {
			a.attacker = destination
		}
	}
	for _, t := range s.Metadata.v.Technique {
		a.tags = append(a.tags, "attack:"+t)
	}
	for _, f := range s.Metadata.v.Family {
		a.tags = append(a.tags, "malware:"+strings.ReplaceAll(f, "_", " "))
	}
	e.application(a)
}

// application reads what stands above the transport.
func (e *eve) application(a *alert) {
	add := func(list *[]string, prefix string, v loose) {
		if v != "" {
			*list = append(*list, prefix+string(v))
		}
	}
	add(&a.hosts, "", e.HTTP.v.Hostname)
	add(&a.urls, "", e.HTTP.v.URL)
	add(&a.hosts, "", e.TLS.v.SNI)
	add(&a.hosts, "", e.DNS.v.RRName)
	for _, q := range append(e.DNS.v.Query.v, e.DNS.v.Queries.v...) {
		add(&a.hosts, "", q.RRName)
	}
	add(&a.client3, "ja3:", e.TLS.v.JA3.v.Hash)
	add(&a.client3, "ja4:", e.TLS.v.JA4)
	add(&a.client3, "hassh:", e.SSH.v.Client.v.Hassh.v.Hash)
	add(&a.server3, "ja3s:", e.TLS.v.JA3S.v.Hash)
	add(&a.server3, "hasshserver:", e.SSH.v.Server.v.Hassh.v.Hash)
	add(&a.server3, "", loose(strings.ReplaceAll(string(e.TLS.v.Fingerprint), ":", "")))
	for _, f := range append(e.Files.v, e.File.v) {
		add(&a.hashes, "", f.SHA256)
		add(&a.hashes, "", f.SHA1)
		add(&a.hashes, "", f.MD5)
		if f.Filename != "" {
			a.more = append(a.more, cure.Attr{Name: "file", Value: string(f.Filename)})
		}
	}
	add(&a.senders, "", e.SMTP.v.From)
	add(&a.senders, "", e.Email.v.From)
	a.rcpts = append(append(a.rcpts, e.SMTP.v.To...), e.Email.v.To...)
	for _, m := range []struct {
		name string
		v    loose
	}{{"http_method", e.HTTP.v.Method}, {"user_agent", e.HTTP.v.UserAgent}, {"http_status", e.HTTP.v.Status}} {
		if m.v != "" {
			a.more = append(a.more, cure.Attr{Name: m.name, Value: string(m.v)})
		}
	}
}

// number reads a small whole number, 0 for none.
func number(s loose) int {
	n, _ := strconv.Atoi(strings.TrimSpace(string(s))) // 0 is none
	return n
}
