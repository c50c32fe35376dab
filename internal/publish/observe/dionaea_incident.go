package observe

import (
	"errors"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
)

// dionaeaIncident is what log_incident writes of whatever happens inside of
// dionaea. Its times are UTC without saying so; the number it gives a connection
// is an address in memory and names nothing.
type dionaeaIncident struct {
	Origin    string `json:"origin"`
	Timestamp string `json:"timestamp"`
	Data      struct {
		Connection *incidentConnection `json:"connection"`
		Parent     *incidentConnection `json:"parent"`    // of a link, instead of a connection
		Command    jsontext.Value      `json:"command"`   // of FTP, a name; of MySQL, a number
		Arguments  jsontext.Value      `json:"arguments"` // of FTP
		Cmd        string              `json:"cmd"`       // of MSSQL
		Method     string              `json:"method"`    // of SIP
		Username   string              `json:"username"`
		Password   string              `json:"password"`
		UUID       string              `json:"uuid"`
		Opnum      int                 `json:"opnum"`
		URL        string              `json:"url"`
		MD5        string              `json:"md5hash"`
	} `json:"data"`
}

// incidentConnection is between the honeypot and another end.
type incidentConnection struct {
	Protocol   string         `json:"protocol"`
	Transport  string         `json:"transport"`
	LocalIP    string         `json:"local_ip"`
	LocalPort  jsontext.Value `json:"local_port"`
	RemoteName string         `json:"remote_hostname"`
	RemoteIP   string         `json:"remote_ip"`
	RemotePort jsontext.Value `json:"remote_port"`
}

// errNobody refuses incidents of the honeypot itself, which nobody came for.
var errNobody = errors.New("incident that names no other end")

// incident decodes an incident. Those of one connection are one record: the two
// ends name it, for a day. Raw text is kept of those alone that can hold no
// secret.
func (d *dionaea) incident(raw []byte) error {
	var in dionaeaIncident
	if json.Unmarshal(raw, &in, lenientList) != nil {
		return errBroken
	}
	c, ev := in.Data.Connection, &d.ev
	if c == nil && in.Data.Parent != nil { // a connection that followed from another
		c = in.Data.Parent
	}
	if c == nil {
		return errNoConnection
	}
	var err error
	if ev.Time, err = publish.ParseTime([]byte(in.Timestamp), publish.UTCUnless(d.zone)); err != nil {
		return err
	}
	d.protocol, d.transport, d.srcHost, d.dstIP, d.srcIP = c.Protocol, c.Transport, c.RemoteName, c.LocalIP, c.RemoteIP
	d.dstPort, d.srcPort = d.inner.text(c.LocalPort), d.inner.text(c.RemotePort)
	ev.Kind = strings.TrimPrefix(strings.ToValidUTF8(in.Origin, "\uFFFD"), "dionaea.")
	ev.Key = cure.NewID("incident", d.srcIP, d.srcPort, d.dstIP, d.dstPort, ev.Time.Format("2006-01-02")).String()
	d.sensor()
	last := ev.Kind[strings.LastIndexByte(ev.Kind, '.')+1:]
	switch {
	case strings.HasPrefix(ev.Kind, "connection.") && (last == "accept" || last == "reject" || last == "connect" || last == "listen"):
		ev.Raw, d.kind = raw, last
		d.connection()
		attr(ev, "protocol", d.protocol)
		attr(ev, "src_hostname", d.srcHost)
	case strings.HasPrefix(ev.Kind, "connection.") && last != "link" && last != "early":
		ev.Raw, ev.Ends = raw, last == "free"
	case last == "login":
		d.comes()
		d.credential(0, &in.Data.Username, &in.Data.Password)
	case strings.HasSuffix(ev.Kind, "dcerpc.request"):
		d.comes()
		d.call(in.Data.UUID, in.Data.Opnum)
	case strings.HasPrefix(ev.Kind, "download."):
		d.fetched(in.Data.URL, in.Data.MD5)
	case last == "command" || last == "cmd":
		d.comes()
		d.command(&in)
	default:
		return d.other()
	}
	return nil
}

// command tells what a client said to a service.
func (d *dionaea) command(in *dionaeaIncident) {
	switch {
	case strings.Contains(d.ev.Kind, ".ftp."):
		d.ftpCommand(0, d.inner.text(in.Data.Command), in.Data.Arguments)
	case in.Data.Cmd != "":
		attr(&d.ev, "request", d.protocol+" "+in.Data.Cmd)
	default:
		attr(&d.ev, "request", strings.TrimSpace(d.protocol+" "+d.inner.text(in.Data.Command)+in.Data.Method))
	}
}

// other keeps of an incident that this version does not know who came, where and
// what for; its data may hold secrets.
func (d *dionaea) other() error {
	ev := &d.ev
	ev.Unknown = !strings.HasPrefix(ev.Kind, "connection.")
	if d.comes(); ev.Actor.IsZero() {
		return errNobody
	}
	attr(ev, "incident", ev.Kind)
	attr(ev, "protocol", d.protocol)
	if d.transport == "tls" {
		d.transport = "tcp"
	}
	if d.transport == "tcp" || d.transport == "udp" {
		d.port(d.dstPort)
	}
	return nil
}

// comes names the other end as who acts.
func (d *dionaea) comes() {
	d.ev.Actor, _ = ioc.Canonical(cure.KindIP, d.srcIP) // none where nobody has connected
	d.ev.Role = cure.RoleScanner
}
