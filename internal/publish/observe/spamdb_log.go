package observe

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
)

var (
	errNoLogLine = errors.New("not a line of a mail log")
	errLogYear   = errors.New("time without a year, and nobody knows when the log was written; write ISO 8601 times")
)

// logLine is a line of a mail server.
type logLine struct {
	time          time.Time
	host, program string // program "" for Exim's own log
	text          string
}

// line reads one line of a log. Lines that say nothing of bounces are passed
// over.
func (d *spamdb) line(s string, emit func(*publish.Event)) error {
	l, err := d.logLine(strings.ToValidUTF8(s, "\uFFFD"))
	if err != nil {
		return err
	}
	switch p := l.program; {
	case p == "":
		d.exim(l, emit)
	case strings.HasPrefix(p, "postfix"):
		d.postfix(l, emit)
	case strings.HasPrefix(p, "sendmail"), strings.HasPrefix(p, "sm-"):
		d.sendmail(l, emit)
	}
	return nil
}

var (
	logNew  = regexp.MustCompile(`^(?:<\d{1,3}>)?(?:1 )?(\d{4}-\d\d-\d\dT\S+) (\S+) ([A-Za-z][^\s\[:]*)(?:\[\d+\])?:? (.*)$`)
	logOld  = regexp.MustCompile(`^(?:<\d{1,3}>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (\S+) ([A-Za-z][^\s\[:]*)(?:\[\d+\])?: (.*)$`)
	logExim = regexp.MustCompile(`^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)(?: ([+-]\d{4}))? (?:\[\d+\] )?(.*)$`)
	logHead = regexp.MustCompile(`^\S+ \S+ (?:-|\[[^\]]*\]) ?\x{FEFF}?`) // process, message, data of RFC 5424
)

func (d *spamdb) logLine(s string) (l logLine, err error) {
	if m := logNew.FindStringSubmatch(s); m != nil {
		l = logLine{host: m[2], program: m[3], text: m[4]}
		if strings.HasPrefix(s, "<") && strings.Contains(s[:min(len(s), 8)], ">1 ") {
			l.text = logHead.ReplaceAllString(l.text, "")
		}
		l.time, err = publish.ParseTime([]byte(m[1]), d.zone)
		return l, err
	}
	if m := logExim.FindStringSubmatch(s); m != nil {
		l.text = m[3]
		l.time, err = publish.ParseTime([]byte(m[1]+m[2]), d.zone)
		return l, err
	}
	m := logOld.FindStringSubmatch(s)
	if m == nil {
		return l, errNoLogLine
	}
	if d.written.IsZero() {
		return l, errLogYear
	}
	zone := d.zone
	if zone == nil {
		zone = time.UTC
	}
	year := d.written.In(zone).Year()
	for range 9 { // 29 February needs a leap year
		at, err := time.ParseInLocation("2006 Jan _2 15:04:05", strconv.Itoa(year)+" "+m[1], zone)
		if err == nil && !at.After(d.written.Add(24*time.Hour)) {
			return logLine{time: at, host: m[2], program: m[3], text: m[4]}, nil
		}
		year--
	}
	return l, errNoLogLine
}

// param returns what stands behind name= up to the next ", ", without angle
// brackets.
func param(text, name string) (string, bool) {
	at := 0
	for {
		i := strings.Index(text[at:], name+"=")
		if i < 0 {
			return "", false
		}
		if at += i; at == 0 || text[at-1] == ' ' || text[at-1] == ',' {
			break
		}
		at++
	}
	v := text[at+len(name)+1:]
	if i := strings.Index(v, ", "); i >= 0 && !strings.HasPrefix(v, "<") {
		v = v[:i]
	}
	if strings.HasPrefix(v, "<") {
		v, _, _ = strings.Cut(v[1:], ">")
	}
	return v, true
}

var queueID = regexp.MustCompile(`^[0-9A-Za-z]{5,20}$`)

// tie emits what the fold ties.
func (d *spamdb) tie(l logLine, kind, id, to, client string, emit func(*publish.Event)) {
	ev := d.begin(kind, l.time, l.host)
	ev.Key, ev.To = id, to
	if o, err := ioc.Canonical(cure.KindIP, client); err == nil && !d.own.Has(o) {
		ev.Actor = o
	}
	ev.Raw = []byte(kind + " " + id)
	if kind == spamFailed {
		ev.Raw = []byte(l.time.Format(time.RFC3339) + " " + kind + " " + to)
	}
	emit(ev)
}

var (
	postfixClient = regexp.MustCompile(`^client=\S*\[([0-9A-Fa-f.:]+)\]`)
	postfixNotice = regexp.MustCompile(`^sender (?:non-)?delivery (?:status )?notification: ([0-9A-Za-z]+)`)
	postfixReject = regexp.MustCompile(`^reject: RCPT from \S*\[([0-9A-Fa-f.:]+)\]`)
)

// postfix reads a line of Postfix.
func (d *spamdb) postfix(l logLine, emit func(*publish.Event)) {
	id, text, ok := strings.Cut(l.text, ": ")
	if !ok {
		return
	}
	if id == "NOQUEUE" {
		m := postfixReject.FindStringSubmatch(text)
		from, hasFrom := param(text, "from")
		to, _ := param(text, "to")
		if m != nil && hasFrom && from == "" {
			d.backscatter(l, m[1], to, emit)
		}
		return
	}
	if !queueID.MatchString(id) {
		return
	}
	if m := postfixClient.FindStringSubmatch(text); m != nil {
		d.tie(l, spamTaken, id, "?", m[1], emit)
		return
	}
	if m := postfixNotice.FindStringSubmatch(text); m != nil {
		d.tie(l, spamNotice, id, m[1], "", emit)
		return
	}
	if from, ok := param(text, "from"); ok && strings.HasPrefix(text, "from=") {
		if strings.HasPrefix(from, "double-bounce@") {
			from = ""
		}
		d.tie(l, spamTaken, id, from, "", emit)
		return
	}
	to, isTo := param(text, "to")
	if status, _ := param(text, "status"); isTo && strings.HasPrefix(text, "to=") && (strings.HasPrefix(status, "bounced") || strings.HasPrefix(status, "expired")) {
		d.tie(l, spamFailed, id, to, "", emit)
	}
}

var (
	sendmailRelay  = regexp.MustCompile(`relay=\S*\s?\[(?:IPv6:)?([0-9A-Fa-f.:]+)\]`)
	sendmailNotice = regexp.MustCompile(`^([0-9A-Za-z]{10,20}): (?:DSN|return to sender|postmaster notify|sender notify): `)
)

// sendmail reads a line of Sendmail.
func (d *spamdb) sendmail(l logLine, emit func(*publish.Event)) {
	id, text, ok := strings.Cut(l.text, ": ")
	if !ok || !queueID.MatchString(id) {
		return
	}
	if m := sendmailNotice.FindStringSubmatch(text); m != nil {
		d.tie(l, spamNotice, id, m[1], "", emit)
		return
	}
	if from, ok := param(text, "from"); ok && strings.HasPrefix(text, "from=") {
		client := ""
		if m := sendmailRelay.FindStringSubmatch(text); m != nil {
			client = m[1]
		}
		d.tie(l, spamTaken, id, from, client, emit)
		return
	}
	to, isTo := param(text, "to")
	if dsn, _ := param(text, "dsn"); isTo && strings.HasPrefix(text, "to=") && strings.HasPrefix(dsn, "5.") {
		to, _, _ = strings.Cut(to, ",")
		d.tie(l, spamFailed, id, to, "", emit)
	}
}

var (
	eximID     = regexp.MustCompile(`^[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}$`)
	eximClient = regexp.MustCompile(` H=[^\[]*\[([0-9A-Fa-f.:]+)\]`)
	eximParent = regexp.MustCompile(` R=([0-9A-Za-z-]+)`)
	eximReject = regexp.MustCompile(`^H=[^\[]*\[([0-9A-Fa-f.:]+)\].* F=<> .*rejected RCPT <([^>]*)>`)
)

// exim reads a line of Exim's main log.
func (d *spamdb) exim(l logLine, emit func(*publish.Event)) {
	if m := eximReject.FindStringSubmatch(l.text); m != nil {
		d.backscatter(l, m[1], m[2], emit)
		return
	}
	id, text, _ := strings.Cut(l.text, " ")
	if !eximID.MatchString(id) {
		return
	}
	sign, text, _ := strings.Cut(text, " ")
	who, text, _ := strings.Cut(text, " ")
	switch who = strings.Trim(who, "<>:"); sign {
	case "<=":
		if m := eximParent.FindStringSubmatch(" " + text); m != nil && who == "" {
			d.tie(l, spamNotice, m[1], id, "", emit)
			return
		}
		client := ""
		if m := eximClient.FindStringSubmatch(" " + text); m != nil {
			client = m[1]
		}
		d.tie(l, spamTaken, id, who, client, emit)
	case "**":
		d.tie(l, spamFailed, id, who, "", emit)
	}
}

// backscatter says that a bounce came for an own address that sent nothing.
func (d *spamdb) backscatter(l logLine, client, to string, emit func(*publish.Event)) {
	o, err := ioc.Canonical(cure.KindIP, client)
	if err != nil || d.own.Has(o) {
		return
	}
	ev := d.begin(spamBackscatter, l.time, l.host)
	observe(ev, cure.KindIP, client, cure.RoleUnknown)
	d.forged(ev, to)
	ev.Raw = []byte(l.time.Format(time.RFC3339) + " " + ev.Kind + " " + client + " " + to)
	emit(ev)
}

// forged is forged, and says where an own name was.
func (d *spamdb) forged(ev *publish.Event, addr string) {
	if o, err := ioc.Canonical(cure.KindEmail, addr); err == nil && d.own.Has(o) {
		attr(ev, "forged", "own domain")
	}
	forged(ev, addr)
}
