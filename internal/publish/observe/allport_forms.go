package observe

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/opencure/cure/internal/publish"
)

// part is what a field of a log says about the connection.
type part uint8

const (
	partTime part = iota + 1
	partSession
	partSrc // address, or address:port
	partSrcPort
	partDst
	partDstPort
	partTransport
	partService
	partSensor
	partEvent
	partPayload    // text
	partPayloadHex // its hexadecimal digits
	partPayload64  // its base64
	partCommand
	partURL
	partHash
	partUser
	partPassword
	partLogins // list of username and password
	partAgent
	partDetail // kept as it is, under its own name
	partTLS    // object: sni, ja3, ja4, alpn
	partInner  // object whose fields are of the form too
)

// portForm is one format: what tells it from the others, and what it calls
// things.
type portForm struct {
	name string
	mark string // a field that no other format has, or "type=NAME" of T-Pot
	port string // of the service, where the log does not say
	is   map[string]part
}

var allportFormats = []string{
	"OpenCURE all-port log, version 1 (docs/formats/allport.schema.json), one object a line",
	"honeytrap attackers.json: one object a line, or its array",
	"heralding 1 log_session.json and auth.csv; adbhoney; redishoneypot; Docker API honeypot (t, port, source, method, url, ua, data)",
	"T-Pot 22 to 24, after its logstash: Adbhoney, Beelzebub, Ciscoasa, CitrixHoneypot, ConPot, Dicompot, ElasticPot, Go-pot, H0neytr4p, " +
		"Heralding, Honeyaml, Honeytrap, Ipphoney, Log4pot, Mailoney, Medpot, Miniprint, Redishoneypot, Sentrypeer, Wordpot",
}

// forms are tried in this order; the first whose mark is there is it.
var forms = []portForm{
	{name: "allport", mark: "allport", is: map[string]part{
		"time": partTime, "session": partSession, "sensor": partSensor, "src_ip": partSrc, "src_port": partSrcPort, "dst_ip": partDst,
		"dst_port": partDstPort, "transport": partTransport, "payload": partPayload64, "tls": partTLS,
	}},
	{name: "honeytrap", mark: "type=Honeytrap", is: tpotHoneytrap()},
	{name: "honeytrap", mark: "attack_connection", is: map[string]part{
		"start_time": partTime, "attack_connection": partInner, "protocol": partTransport, "remote_ip": partSrc, "remote_port": partSrcPort,
		"local_ip": partDst, "local_port": partDstPort, "payload": partInner, "data_hex": partPayloadHex,
	}},
	{name: "heralding", mark: "auth_attempts", is: map[string]part{
		"timestamp": partTime, "session_id": partSession, "source_ip": partSrc, "source_port": partSrcPort, "destination_ip": partDst,
		"destination_port": partDstPort, "protocol": partService, "auth_attempts": partLogins,
	}},
	{name: "docker", mark: "ua", port: "2375", is: map[string]part{
		"t": partTime, "port": partDstPort, "source": partSrc, "method": partDetail, "url": partDetail, "ua": partAgent, "data": partPayload64,
	}},
	{name: "adbhoney", mark: "eventid=adbhoney.", port: "5555", is: map[string]part{
		"timestamp": partTime, "session": partSession, "sensor": partSensor, "src_ip": partSrc, "src_port": partSrcPort, "dst_ip": partDst,
		"dst_port": partDstPort, "eventid": partEvent, "input": partCommand, "shasum": partHash, "url": partURL,
	}},
	{name: "redishoneypot", mark: "addr", port: "6379", is: map[string]part{
		"time": partTime, "addr": partSrc, "action": partCommand,
	}},
	{name: "tpot", mark: "type=", is: tpot},
}

// tpot is the normal form that T-Pot's logstash gives all of its honeypots,
// and what the single ones add to it.
var tpot = map[string]part{
	"@timestamp": partTime, "session": partSession, "session_id": partSession, "src_ip": partSrc, "src_port": partSrcPort,
	"dest_ip": partDst, "dest_port": partDstPort, "t-pot_hostname": partSensor, "t-pot_ip_ext": partSensor, "t-pot_ip_int": partSensor,
	"type": partService, "protocol": partDetail, "data_type": partDetail, "eventid": partEvent, "event_type": partEvent,
	"username": partUser, "password": partPassword, "input": partCommand, "action": partCommand, "command": partCommand,
	"payload": partPayload, "payload_printable": partPayload, "request": partPayload, "request_body": partPayload, "message_body": partPayload,
	"data_hex": partPayloadHex, "attack_connection": partInner, "url": partDetail, "request_uri": partDetail, "request_method": partDetail,
	"user_agent": partAgent, "user-agent": partAgent, "sip_user_agent": partAgent, "called_number": partDetail, "sip_method": partDetail,
	"shasum": partHash, "sha256": partHash, "operation": partDetail, "query": partDetail, "function": partDetail,
}

// tpotHoneytrap is what T-Pot makes of honeytrap's log: the addresses are moved
// out of the connection, protocol and payload stay in it.
func tpotHoneytrap() map[string]part {
	is := maps.Clone(tpot)
	is["protocol"], is["payload"] = partTransport, partInner
	return is
}

// ports of T-Pot's services where the log names none.
var servicePorts = map[string]string{
	"Adbhoney": "5555", "Ciscoasa": "8443", "CitrixHoneypot": "443", "Dicompot": "11112", "ElasticPot": "9200", "Ipphoney": "631",
	"Mailoney": "25", "Medpot": "2575", "Miniprint": "9100", "Redishoneypot": "6379", "Sentrypeer": "5060", "Wordpot": "80",
}

// formOf finds the form of a record by the names of its fields.
func (d *allport) formOf(raw []byte) (*portForm, error) {
	names := map[string]string{}
	err := d.obj.each(raw, func(f field) {
		if len(names) < 256 {
			names[string(f.name)] = d.obj.text(f.value)
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range forms {
		name, value, valued := strings.Cut(forms[i].mark, "=")
		got, ok := names[name]
		if ok && (!valued || got != "" && strings.HasPrefix(got, value)) {
			f := forms[i]
			if port := servicePorts[got]; f.mark == "type=" {
				f.name, f.port = strings.ToLower(got), port
			}
			return &f, nil
		}
	}
	return nil, errNoForm
}

func (d *allport) field(f field) { d.take(f, 0, d.obj) }

// take reads a field by what the form says of its name. at is where the object
// it is in begins in the record.
func (d *allport) take(f field, at int, o *object) {
	c := &d.c
	p := c.form.is[string(f.name)]
	text := ""
	if p != 0 && p != partInner && p != partLogins && p != partTLS {
		text = o.text(f.value)
	}
	switch p {
	case partTime:
		c.time = text
	case partSession:
		c.session = text
	case partSrc:
		c.src = text
	case partSrcPort:
		c.srcPort = text
	case partDst:
		c.dst = text
	case partDstPort:
		c.dstPort = text
	case partTransport:
		c.transport = text
	case partService:
		c.service = text
	case partSensor:
		c.sensor = text
	case partEvent:
		c.event = text
	case partCommand:
		if text == "NewConnect" || text == "Closed" { // redishoneypot's own words
			c.event = text
			return
		}
		c.commands = appendText(c.commands, text)
	case partURL:
		c.urls = appendText(c.urls, text)
	case partHash:
		c.hashes = appendText(c.hashes, text)
	case partAgent:
		c.agent = text
	case partDetail:
		if text != "" {
			c.details = append(c.details, [2]string{string(f.name), text})
		}
	case partPayload, partPayloadHex, partPayload64:
		d.takePayload(p, text, f, at)
	case partUser, partPassword, partLogins:
		d.takeLogin(p, text, f, at)
	case partTLS:
		d.takeTLS(f)
	case partInner:
		in := newObject()
		_ = in.each(f.value, func(m field) { d.take(m, at+f.start, in) }) // a broken one says nothing
	}
}

func appendText(list []string, s string) []string {
	if s == "" {
		return list
	}
	return append(list, s)
}

// takePayload keeps the bytes, and writes them into the record as text, in
// which what names the sensor can be masked.
func (d *allport) takePayload(p part, text string, f field, at int) {
	if text == "" {
		return
	}
	data := []byte(text)
	if decoded, err := decodePayload(p, text); err == nil {
		data = decoded
	}
	d.c.payload = data
	if p != partPayload {
		d.cuts = append(d.cuts, splice{start: at + f.start, end: at + f.end, text: printable(data[:min(len(data), maxPayload)])})
	}
}

func decodePayload(p part, text string) ([]byte, error) {
	switch p {
	case partPayloadHex:
		return hex.DecodeString(text)
	case partPayload64:
		return base64.StdEncoding.DecodeString(text)
	}
	return []byte(text), nil
}

// takeLogin masks what was tried to log in with.
func (d *allport) takeLogin(p part, text string, f field, at int) {
	c := &d.c
	user := func(s string) string { return known(s, publish.KnownUser, d.names) }
	password := func(s string) string { return known(s, publish.KnownPassword, d.names) }
	mask := func(masked string) {
		if masked != text {
			d.cuts = append(d.cuts, splice{start: at + f.start, end: at + f.end, text: masked})
		}
	}
	switch p {
	case partLogins:
		var list []map[string]any
		if json.Unmarshal(f.value, &list, lenientList) != nil {
			d.cuts = append(d.cuts, splice{start: at + f.start, end: at + f.end, value: unreadable})
			return
		}
		for _, l := range list {
			u, _ := l["username"].(string)
			w, _ := l["password"].(string)
			u, w = user(u), password(w)
			for name, v := range map[string]string{"username": u, "password": w} {
				if _, ok := l[name].(string); ok {
					l[name] = v
				}
			}
			delete(l, "password_hash")
			c.logins = append(c.logins, login{strings.ToValidUTF8(u, "\uFFFD"), strings.ToValidUTF8(w, "\uFFFD")})
		}
		masked, err := json.Marshal(list, lenientList, json.Deterministic(true))
		if err != nil {
			masked = unreadable
		}
		d.cuts = append(d.cuts, splice{start: at + f.start, end: at + f.end, value: masked})
	case partUser:
		mask(user(text))
		c.login().user = user(text)
	case partPassword:
		mask(password(text))
		c.login().password = password(text)
	}
}

// login is the one that user and password of one record belong to.
func (c *connection) login() *login {
	if len(c.logins) == 0 {
		c.logins = append(c.logins, login{})
	}
	return &c.logins[0]
}

// known returns a word that everybody tries as it is, any other masked.
func known(s string, is func(string) bool, names *publish.Pseudonyms) string {
	if is(s) {
		return s
	}
	return names.Secret(s)
}

// takeTLS reads how the client opened TLS.
func (d *allport) takeTLS(f field) {
	_ = d.inner.each(f.value, func(m field) {
		switch name, text := string(m.name), d.inner.text(m.value); name {
		case "ja3", "ja4":
			d.c.fingerprints = appendText(d.c.fingerprints, name+":"+text)
		case "alpn", "version":
			if text != "" {
				d.c.details = append(d.c.details, [2]string{"tls_" + name, text})
			}
		case "sni":
			if text != "" {
				d.c.details = append(d.c.details, [2]string{"sni", text})
			}
		}
	})
}
