package observe

import (
	"errors"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
)

// Beside log_json, dionaea writes a database (log_sqlite: a row of connections
// with what belongs to it), sends events by hpfeeds, and keeps what it caught
// in files named by their MD5.

// dionaeaRow is a row of the database or an event of hpfeeds.
type dionaeaRow struct {
	Type      string         `json:"connection_type"`
	Transport string         `json:"connection_transport"`
	Protocol  string         `json:"connection_protocol"`
	Timestamp jsontext.Value `json:"connection_timestamp"` // seconds, with or without a fraction
	Root      *struct {
		ID        int64          `json:"rowid"`
		Timestamp jsontext.Value `json:"connection_timestamp"`
	} `json:"connection_root"`
	RowID      int64          `json:"rowid"`
	LocalHost  string         `json:"local_host"`
	LocalPort  jsontext.Value `json:"local_port"`
	RemoteHost string         `json:"remote_host"`
	RemoteName string         `json:"remote_hostname"`
	RemotePort jsontext.Value `json:"remote_port"`
	Logins     []struct {
		User     string `json:"login_username"`
		Password string `json:"login_password"`
	} `json:"logins"`
	Offers []struct {
		URL string `json:"offer_url"`
	} `json:"offers"`
	Downloads []struct {
		URL string `json:"download_url"`
		MD5 string `json:"download_md5_hash"`
	} `json:"downloads"`
	Requests []struct {
		UUID  string `json:"dcerpcrequest_uuid"`
		Opnum int    `json:"dcerpcrequest_opnum"`
	} `json:"dcerpcrequests"`
	P0fs []struct {
		Genre  string `json:"p0f_genre"`
		Detail string `json:"p0f_detail"`
		Link   string `json:"p0f_link"`
	} `json:"p0fs"`

	// Of hpfeeds only.
	Time   string         `json:"time"`
	Source string         `json:"saddr"`
	Local  string         `json:"daddr"`
	Port   jsontext.Value `json:"dport"`
	MD5    string         `json:"md5"`
	SHA512 string         `json:"sha512"`
	URL    string         `json:"url"`
	UUID   string         `json:"uuid"`
	Opnum  int            `json:"opnum"`
}

// dionaeaEnvelope is what brokers of hpfeeds put around an event: its channel
// and when it came. The event is an object, or JSON in a string.
type dionaeaEnvelope struct {
	Timestamp string         `json:"timestamp"`
	Payload   jsontext.Value `json:"payload"`
}

// rpcExploits are calls that nobody but an exploit makes of a machine that has
// nothing to manage: interface, operation, flaw (MS03-026, MS04-011, MS05-039,
// MS08-067).
var rpcExploits = map[string]map[int]string{
	"4d9f4ab8-7d1c-11cf-861e-0020af6e7c57": {0: "CVE-2003-0352"},
	"3919286a-b10c-11d0-9ba8-00c04fd92ef5": {9: "CVE-2003-0533"},
	"8d9f4e40-a03d-11ce-8f69-08003e30051b": {54: "CVE-2005-1983"},
	"4b324fc8-1670-01d3-1278-5a47bf6ee188": {31: "CVE-2008-4250", 32: "CVE-2008-4250"},
}

// rpcConfidence is that of a flaw by the call alone: what was sent with it is
// not in the log.
const rpcConfidence = 50

var errNoHpfeedsTime = errors.New("event of hpfeeds without a time: keep beside it when it came, as \"timestamp\"")

// row decodes a row of the database or an event of hpfeeds.
func (d *dionaea) row(raw []byte) error {
	var out dionaeaEnvelope
	body := jsontext.Value(raw)
	if d.form == "payload" {
		if json.Unmarshal(raw, &out, lenientList) != nil {
			return errBroken
		}
		if body = out.Payload; body.Kind() == '"' {
			body = []byte(d.inner.text(out.Payload))
		}
	}
	var r dionaeaRow
	if json.Unmarshal(body, &r, lenientList) != nil {
		return errBroken
	}
	if err := d.when(&r, out.Timestamp); err != nil {
		return err
	}
	ev := &d.ev
	if d.form != "sqlite" {
		ev.Raw = raw
	}
	switch {
	case r.Type != "":
		d.kind, d.protocol, d.transport, d.srcHost = r.Type, r.Protocol, r.Transport, r.RemoteName
		d.dstIP, d.srcIP = r.LocalHost, r.RemoteHost
		d.dstPort, d.srcPort = d.inner.text(r.LocalPort), d.inner.text(r.RemotePort)
	case r.Source != "":
		d.kind, d.transport, d.dstIP, d.srcIP, d.dstPort = "accept", "tcp", r.Local, r.Source, d.inner.text(r.Port)
	default:
		return errNoConnection
	}
	ev.Kind = d.kind
	d.sensor()
	d.connection()
	attr(ev, "protocol", d.protocol)
	attr(ev, "src_hostname", d.srcHost)
	if r.Root != nil {
		ev.Key = "row " + strconv.FormatInt(r.Root.ID, 10) + " " + string(r.Root.Timestamp)
		if r.Root.ID != r.RowID && d.kind == "connect" && !ev.Actor.IsZero() { // it fetches: the attacker is who began
			ev.Observations = append(ev.Observations, cure.Observation{Observable: ev.Actor, Role: ev.Role})
			ev.Actor, ev.Role = cure.Observable{}, cure.RoleUnknown
		}
	}
	d.brought(&r)
	return nil
}

// when finds the time: that of a row is in UTC, that of an event in the zone
// of the sensor, whatever it says behind it.
func (d *dionaea) when(r *dionaeaRow, came string) (err error) {
	switch {
	case r.Timestamp != nil:
		d.ev.Time, err = anyTime(d.inner.text(r.Timestamp), nil)
	case r.Time != "":
		at := strings.SplitN(r.Time, " ", 3)
		d.ev.Time, err = publish.ParseTime([]byte(strings.Join(at[:min(len(at), 2)], " ")), d.zone)
	case came != "":
		d.ev.Time, err = anyTime(came, d.zone)
	default:
		err = errNoHpfeedsTime
	}
	return err
}

// brought says what was sent, tried and fetched.
func (d *dionaea) brought(r *dionaeaRow) {
	ev := &d.ev
	for i := range r.Logins {
		d.credential(i, &r.Logins[i].User, &r.Logins[i].Password)
	}
	for _, p := range r.P0fs[:min(len(r.P0fs), 1)] {
		attr(ev, "p0f_genre", p.Genre)
		attr(ev, "p0f_detail", p.Detail)
		attr(ev, "p0f_link", p.Link)
	}
	for _, q := range r.Requests[:min(len(r.Requests), maxShown)] {
		d.call(q.UUID, q.Opnum)
	}
	d.call(r.UUID, r.Opnum)
	for _, o := range r.Offers[:min(len(r.Offers), maxShown)] {
		observe(ev, cure.KindURL, o.URL, cure.RoleLoader)
	}
	for _, l := range r.Downloads[:min(len(r.Downloads), maxShown)] {
		d.fetched(l.URL, l.MD5)
	}
	d.fetched(r.URL, r.MD5, r.SHA512)
}

// fetched says where a file came from and what it is.
func (d *dionaea) fetched(url string, sums ...string) {
	if strings.Contains(url, "://") && !strings.HasPrefix(url, "emulate://") {
		observe(&d.ev, cure.KindURL, url, cure.RoleLoader)
	}
	for _, sum := range sums {
		if sum != "" && sum != emptyMD5 {
			observe(&d.ev, cure.KindHash, sum, cure.RoleTool)
		}
	}
}

// call ties the caller to the flaw that a remote call exploits.
func (d *dionaea) call(uuid string, op int) {
	if uuid == "" {
		return
	}
	text := "dcerpc " + strings.ToLower(uuid) + " " + strconv.Itoa(op)
	attr(&d.ev, "request", strings.ToValidUTF8(text, "\uFFFD"))
	if cve := rpcExploits[strings.ToLower(uuid)][op]; cve != "" {
		d.ev.Role = cure.RoleInfected
		d.ev.Annotations = append(d.ev.Annotations, cure.Annotation{
			Tag: cure.Observable{Kind: cure.KindCVE, Value: cve}, Confidence: rpcConfidence, Sentence: text,
		})
	}
}

// capturedFile is the digest of a file that was caught, as package feed makes
// it.
type capturedFile struct {
	Name   string `json:"captured"`
	Size   int64  `json:"size"`
	MD5    string `json:"md5"`
	SHA1   string `json:"sha1"`
	SHA256 string `json:"sha256"`
	Time   string `json:"time"`
}

var errMisnamed = errors.New("captured file has another hash than its name says: it was changed, or cut")

// captured decodes the digest of a file.
func captured(raw []byte, ev *publish.Event) error {
	var f capturedFile
	if json.Unmarshal(raw, &f, lenientList) != nil {
		return errBroken
	}
	sum := map[int]string{32: f.MD5, 40: f.SHA1, 64: f.SHA256}[len(f.Name)]
	if !strings.EqualFold(sum, f.Name) {
		return errMisnamed
	}
	var err error
	if ev.Time, err = publish.ParseTime([]byte(f.Time), nil); err != nil {
		return err
	}
	if f.Size == 0 {
		return nil // it would tie all that ever caught nothing
	}
	ev.Kind, ev.Raw = "captured", raw
	for _, sum := range []string{f.SHA256, f.SHA1, f.MD5} {
		if o, err := ioc.Canonical(cure.KindHash, sum); err == nil {
			ev.Observations = append(ev.Observations, cure.Observation{Observable: o, Role: cure.RoleTool})
		}
	}
	attr(ev, "type", "captured")
	attr(ev, "size", strconv.FormatInt(f.Size, 10))
	return nil
}
