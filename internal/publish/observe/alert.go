package observe

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
)

// alert is an alert of any product. Empty fields were not said.
type alert struct {
	product  string // suricata, zeek …
	time     string // ISO 8601
	sensor   string // name of the machine that raised it
	rule     string // what people call it
	ruleID   string // what it is grouped by, with the product's number of it
	category string
	severity severity
	action   string // allowed, blocked …
	proto    string // tcp, udp …
	app      string // protocol above

	src, dst         string // addresses
	srcPort, dstPort string
	client           side   // who began the connection, where the product says so
	attacker         side   // who attacks, where the product says so
	hostName         string // of the own host, where the product says so

	urls    []string // that the client asked for, without host where it is not known
	hosts   []string // names of the server: Host, SNI, question of a DNS query
	hashes  []string // of files
	client3 []string // fingerprints of the client, "ja3:…"
	server3 []string // of the server
	senders []string // mail addresses
	rcpts   []string
	cves    []string
	tags    []string // "attack:t1190", "malware:name"
	more    []cure.Attr
}

// side is one end of an alert.
type side uint8

const (
	unsaid side = iota
	source
	destination
)

// witness turns an alert into observations.
type witness struct {
	*alert
	ev  *publish.Event
	own *publish.OwnSide

	ours, remote    cure.Observable // remote of two own hosts: the other one
	clientOurs      bool            // the own host began it
	outbound        bool
	between         bool // both ends are of one side
	class           class
	role            cure.Role // of the remote
	service, client string    // ports
}

// say fills the event.
func (w *witness) say() {
	w.class = classOf(w.rule, w.category)
	w.ends()
	w.role = w.roleOfRemote()
	w.see(w.ours, cure.RoleOwn)
	if w.asksResolver() {
		w.see(w.remote, cure.RoleUnknown)
	} else {
		w.see(w.remote, w.role)
	}
	if w.hostName != "" {
		w.named(w.hostName, cure.RoleOwn)
	}
	w.port()
	w.server()
	w.files()
	w.mail()
	w.meanings()
	w.attrs()
	w.ev.Key = publish.IncidentKey(cmp.Or(w.ours.Value, w.hostName), w.remote.Value, w.product+" "+w.ruleID, w.way()+" "+w.service)
}

// see observes a value, once in an alert; the first role stays.
func (w *witness) see(o cure.Observable, role cure.Role) {
	if o.IsZero() {
		return
	}
	for i := range w.ev.Observations {
		if w.ev.Observations[i].Observable == o {
			return
		}
	}
	w.ev.Observations = append(w.ev.Observations, cure.Observation{Observable: o, Role: role})
}

// read is see for a value in any spelling, and reports whether there was one.
func (w *witness) read(kind cure.Kind, text string, role cure.Role) bool {
	o, err := ioc.Canonical(kind, text)
	if text == "" || err != nil {
		return false
	}
	w.see(o, role)
	return true
}

// asksResolver says that the remote only answers names: what a rule says is of
// the name.
func (w *witness) asksResolver() bool { return w.outbound && (w.service == "53" || w.app == "dns") }

// ends finds out who is own and who began.
func (w *witness) ends() {
	src, _ := ioc.Canonical(cure.KindIP, w.src) // none where there is no address
	dst, _ := ioc.Canonical(cure.KindIP, w.dst)
	srcOwn, dstOwn := !src.IsZero() && w.own.Has(src), !dst.IsZero() && w.own.Has(dst)
	from := w.began()
	w.service, w.client = w.dstPort, w.srcPort
	if from == destination {
		w.service, w.client = w.srcPort, w.dstPort
	}
	switch {
	case srcOwn && !dstOwn:
		w.ours, w.remote, w.clientOurs = src, dst, from == source
	case dstOwn && !srcOwn:
		w.ours, w.remote, w.clientOurs = dst, src, from == destination
	case srcOwn && dstOwn:
		w.between, w.clientOurs = true, true
		if w.ours, w.remote = src, dst; from == destination {
			w.ours, w.remote = dst, src
		}
	default: // nobody is own: what is said of the one who began is said of a remote
		w.between, w.remote = true, src
		if from == destination || src.IsZero() {
			w.remote, dst = dst, src
		}
		w.see(dst, cure.RoleUnknown)
	}
	w.outbound = w.clientOurs
}

// began guesses who began the connection: a packet from a well-known port to a
// high one is an answer.
func (w *witness) began() side {
	if w.alert.client != unsaid {
		return w.alert.client
	}
	src, err1 := strconv.ParseUint(w.srcPort, 10, 16)
	dst, err2 := strconv.ParseUint(w.dstPort, 10, 16)
	if err1 == nil && err2 == nil && src != 0 && src < 1024 && dst >= 1024 {
		return destination
	}
	return source
}

func (w *witness) way() string {
	switch {
	case w.remote.IsZero():
		return "host"
	case w.between && !w.ours.IsZero():
		return "internal"
	case w.between:
		return "foreign"
	case w.outbound:
		return "outbound"
	}
	return "inbound"
}

// roleOfRemote says what the other end is. Where the product names the
// attacker, that decides the direction of the attack.
func (w *witness) roleOfRemote() cure.Role {
	if !w.remote.IsZero() && w.own.Has(w.remote) {
		return cure.RoleOwn
	}
	outbound := w.outbound
	if end := w.attacker; end != unsaid && !w.ours.IsZero() {
		at := w.src
		if end == destination {
			at = w.dst
		}
		o, _ := ioc.Canonical(cure.KindIP, at)
		outbound = o == w.ours
		if o == w.remote && w.class == classMalware {
			return cure.RoleC2
		}
	}
	if w.class == classFlood && !outbound && w.proto == "udp" {
		return cure.RoleVictim
	}
	if outbound {
		return w.class.contacted()
	}
	return w.class.contacting()
}

// port is that of the service.
func (w *witness) port() {
	if n, err := strconv.ParseUint(w.service, 10, 16); err == nil && n > 0 && (w.proto == "tcp" || w.proto == "udp" || w.proto == "sctp") {
		w.read(cure.KindPort, w.proto+"/"+strconv.FormatUint(n, 10), cure.RoleTarget)
	}
}

// server reads names and URLs: where an own host went. What a remote asks own
// servers for is text of the attacker.
func (w *witness) server() {
	if !w.outbound || w.between {
		for _, u := range w.urls {
			if w.private() {
				u = cutQuery(u)
			}
			attr(w.ev, "url", u)
		}
		for _, h := range w.hosts {
			attr(w.ev, "host", h)
		}
		for _, f := range w.client3 {
			w.read(cure.KindFingerprint, f, w.toolRole())
		}
		return
	}
	var with []cure.Observable // hosts that come with their URL
	for _, u := range w.urls {
		u = cutQuery(u)
		if strings.HasPrefix(u, "/") && len(w.hosts) > 0 {
			u = w.base() + u
		}
		o, err := ioc.Canonical(cure.KindURL, u)
		if err != nil || !strings.Contains(u, "://") {
			attr(w.ev, "url", u)
			continue
		}
		w.see(o, w.role)
		with = append(with, ioc.Companions(o)...)
	}
	for _, h := range w.hosts {
		if o, err := ioc.Host(h); err != nil || !slices.Contains(with, o) {
			w.named(h, w.role)
		}
	}
	for _, f := range w.client3 {
		w.read(cure.KindFingerprint, f, cure.RoleOwn)
	}
	for _, f := range w.server3 {
		kind := cure.KindHash
		if strings.Contains(f, ":") {
			kind = cure.KindFingerprint
		}
		w.read(kind, f, w.role)
	}
}

// base is what stands before a path.
func (w *witness) base() string {
	scheme := "http"
	if w.app == "tls" || w.app == "https" {
		scheme = "https"
	}
	host := w.hosts[0]
	if w.service != "" && w.service != "0" && !strings.Contains(host, ":") {
		host += ":" + w.service
	}
	return scheme + "://" + host
}

// named observes a host name or address; own ones are own.
func (w *witness) named(name string, role cure.Role) {
	o, err := ioc.Host(name)
	if err != nil {
		attr(w.ev, "host", name)
		return
	}
	if w.own.Has(o) {
		role = cure.RoleOwn
	}
	w.see(o, role)
}

func (w *witness) toolRole() cure.Role {
	if w.class == classAttack || w.class == classMalware {
		return cure.RoleTool
	}
	return cure.RoleUnknown
}

func (w *witness) files() {
	role := w.toolRole()
	if w.class == classDownload {
		role = cure.RoleTool
	}
	for _, h := range w.hashes {
		if !strings.EqualFold(h, emptySHA256) && !strings.EqualFold(h, emptyMD5) && !strings.EqualFold(h, emptySHA1) {
			w.read(cure.KindHash, h, role)
		}
	}
}

// The hashes of nothing: see emptySHA256.
const (
	emptyMD5  = "d41d8cd98f00b204e9800998ecf8427e"
	emptySHA1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
)

// mail reads addresses of an alert on a mail. A sender may be forged, so of
// one that is not own nothing is claimed.
func (w *witness) mail() {
	for _, list := range [][]string{w.senders, w.rcpts} {
		for _, m := range list {
			o, err := ioc.Canonical(cure.KindEmail, strings.Trim(m, " <>"))
			if err != nil {
				continue
			}
			role := cure.RoleUnknown
			if w.own.Has(o) {
				role = cure.RoleOwn
			}
			w.see(o, role)
		}
	}
}

// meanings ties CVE numbers, techniques and malware to a remote that did
// something; they are observed in any case, so that the record is found.
func (w *witness) meanings() {
	tied := (w.role.Hostile() || w.role == cure.RoleScanner) && !w.asksResolver()
	add := func(kind cure.Kind, text string) {
		o, err := ioc.Canonical(kind, text)
		if err != nil {
			return
		}
		w.see(o, cure.RoleUnknown)
		if tied && !w.remote.IsZero() {
			w.ev.Annotations = append(w.ev.Annotations, cure.Annotation{
				Subject: w.remote, Tag: o, Confidence: ruleConfidence, Sentence: w.rule,
			})
		}
	}
	for _, c := range w.cves {
		add(cure.KindCVE, strings.ReplaceAll(c, "_", "-"))
	}
	for m := range ioc.Find(w.rule) {
		if m.Kind == cure.KindCVE {
			add(m.Kind, m.Value)
		}
	}
	for _, t := range w.tags {
		add(cure.KindTag, t)
	}
}

// ruleConfidence is that of what a rule says about its match: rules are wrong
// often, and seldom about what they look for.
const ruleConfidence = 50

func (w *witness) attrs() {
	ev := w.ev
	attr(ev, "product", w.product)
	attr(ev, "rule", w.rule)
	attr(ev, "rule_id", w.ruleID)
	attr(ev, "category", w.category)
	attr(ev, "severity", w.severity.String())
	attr(ev, "direction", w.way())
	attr(ev, "action", w.action)
	attr(ev, "proto", w.proto)
	attr(ev, "app_proto", w.app)
	ev.Attrs = append(ev.Attrs, w.more...)
}

// private says that what was asked for may have been typed by one of ours: all
// but what a remote sends to an own host.
func (w *witness) private() bool { return w.outbound || w.between }

// cutQuery cuts what a person may have typed.
func cutQuery(u string) string {
	if i := strings.IndexAny(u, "?#"); i >= 0 {
		return u[:i]
	}
	return u
}
