package observe

import (
	"bytes"
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
)

var (
	errSessionRow  = errors.New("row of a form that is not known: want the 14 columns of a table of sessions, or the 7 of cowrie's database")
	errSessionTime = errors.New("the session ends before it begins")
)

// sessionRow is what a table of sessions says of one. Fields that a form does
// not have are empty.
type sessionRow struct {
	id, begin, end, sensor, src, srcPort, dstPort, protocol, succeeded, failed, client, size []byte
}

// maxSessionColumns is the most that a form has.
const maxSessionColumns = 14

// sessionForms tell tables of sessions by their number of columns, so that
// each row can be read alone. The first is that of published data sets, the
// second the table "sessions" of cowrie's databases.
var sessionForms = map[int]struct {
	heading string // of the first column
	read    func(f [][]byte) sessionRow
}{
	14: {"session_id", func(f [][]byte) sessionRow { // … duration, …, total_connexion, …, avg_time_between_failed, is_business_hours, label
		return sessionRow{
			id: f[0], begin: f[1], end: f[2], src: f[4], srcPort: f[5], dstPort: f[6], protocol: f[7], succeeded: f[9], failed: f[10],
		}
	}},
	7: {"id", func(f [][]byte) sessionRow { // id, starttime, endtime, sensor, ip, termsize, client
		return sessionRow{id: f[0], begin: f[1], end: f[2], sensor: f[3], src: f[4], size: f[5], client: f[6]}
	}},
}

// isRow reports whether a raw record is a line of a table.
func isRow(raw []byte) bool {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.IndexByte(raw, ',') < 0 {
		return false
	}
	c := raw[0] | 0x20
	return c >= 'a' && c <= 'z' || raw[0] >= '0' && raw[0] <= '9' || raw[0] == '"'
}

// row reads a session out of a line of a table. Its commands and files stand
// in the log alone.
func (c *cowrie) row(raw []byte, emit func(*publish.Event)) error {
	var f [maxSessionColumns][]byte
	n := 0
	for cell := range bytes.SplitSeq(raw, []byte{','}) {
		if n == len(f) {
			return errSessionRow
		}
		f[n] = bytes.Trim(bytes.TrimSpace(cell), `"`)
		n++
	}
	form, ok := sessionForms[n]
	if !ok {
		return errSessionRow
	}
	if string(f[0]) == form.heading {
		return nil
	}
	r := form.read(f[:n])
	reset(&c.ev)
	ev := &c.ev
	var err error
	if ev.Time, err = publish.ParseTime(r.begin, c.zone); err != nil {
		return err
	}
	ev.Kind, ev.Role, ev.Ends = "session", cure.RoleScanner, true
	if err := c.sessionActor(&r); err != nil {
		return err
	}
	if len(r.end) > 0 && !bytes.EqualFold(r.end, []byte("null")) {
		end, err := publish.ParseTime(r.end, c.zone)
		switch {
		case err != nil:
			return err
		case end.Before(ev.Time):
			return errSessionTime
		}
		attr(ev, "duration_ms", strconv.FormatInt(end.Sub(ev.Time).Milliseconds(), 10))
	}
	c.sessionFields(&r)
	emit(ev)
	return nil
}

// sessionActor reads who it was, and of which sensor. The database has the
// number of a sensor, which is in no other text.
func (c *cowrie) sessionActor(r *sessionRow) error {
	ev := &c.ev
	src, err := netip.ParseAddr(string(r.src))
	if err != nil || len(r.id) == 0 {
		return errNoAddress
	}
	if len(r.sensor) > 0 {
		_, ev.Sensor = c.names.SensorBytes(r.sensor)
	}
	ev.Key = strings.ToValidUTF8(ev.Sensor+"/"+string(r.id), "\uFFFD")
	if ev.Actor, err = ioc.Canonical(cure.KindIP, src.String()); err != nil {
		return errNoAddress
	}
	if decimal(r.succeeded, 32) > 0 {
		ev.Role = cure.RoleInfected
	}
	return nil
}

// sessionFields reads the rest of a row.
func (c *cowrie) sessionFields(r *sessionRow) {
	ev := &c.ev
	attackedPort(ev, string(r.protocol), decimal(r.dstPort, 16))
	for _, a := range []struct {
		name string
		text []byte
	}{
		{"protocol", r.protocol},
		{"src_port", r.srcPort},
		{"logins_succeeded", r.succeeded},
		{"logins_failed", r.failed},
		{"terminal", r.size},
		{"client", r.client},
	} {
		if text := strings.ToValidUTF8(string(a.text), "\uFFFD"); !strings.EqualFold(text, "null") && len(text) <= maxFieldText {
			attr(ev, a.name, text)
		}
	}
}
