package observe

import (
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// cowrieField numbers the fields of cowrie events that are read.
type cowrieField int

const (
	cowrieEventID cowrieField = iota
	cowrieTimestamp
	cowrieSession
	cowrieSensor
	cowrieSrcIP
	cowrieSrcPort
	cowrieDstIP
	cowrieDstPort
	cowrieProtocol
	cowrieMessage
	cowrieDuration
	cowrieDurationMS
	cowrieUsername
	cowriePassword
	cowrieFingerprint
	cowrieVersion
	cowrieHassh
	cowrieWidth
	cowrieHeight
	cowrieName
	cowrieValue
	cowrieInput
	cowrieRealm
	cowrieURL
	cowrieShasum
	cowrieFilename
	cowrieDestfile
	cowrieErrorText
	cowrieData
	cowrieNewIP
	cowrieNewPort
	cowrieJA4
	cowrieJA4H
	cowrieArch
	cowrieCommand
	cowrieOption
	cowrieCVE
	cowrieSize
	cowriePTR
	cowrieSHA256
	cowriePositives
	cowrieTotal
	cowrieTpotHost
	cowrieTpotInner
	cowrieTpotOuter
	cowrieFieldEnd
)

var cowrieNames = [cowrieFieldEnd]string{
	"eventid", "timestamp", "session", "sensor", "src_ip", "src_port", "dst_ip", "dst_port", "protocol", "message",
	"duration", "duration_ms", "username", "password", "fingerprint", "version", "hassh", "width", "height", "name",
	"value", "input", "realm", "url", "shasum", "filename", "destfile", "error", "data", "new_ip", "new_port", "ja4",
	"ja4h", "arch", "command", "option_name", "cve", "size", "ptr", "sha256", "positives", "total",
	"t-pot_hostname", "t-pot_ip_int", "t-pot_ip_ext",
}

// tpotTime is the time of an event of T-Pot, which may have cowrie's own too.
const tpotTime = "@timestamp"

var cowrieFields = func() map[string]cowrieField {
	m := make(map[string]cowrieField, len(cowrieNames))
	for i, name := range cowrieNames {
		m[name] = cowrieField(i)
	}
	// What T-Pot's logstash calls otherwise.
	m[tpotTime], m["dest_ip"], m["dest_port"] = cowrieTimestamp, cowrieDstIP, cowrieDstPort
	return m
}()

// cowrieEvent says what an event means.
type cowrieEvent struct {
	name  string    // its key in the table
	role  cure.Role // of the source address
	ends  bool      // the session
	attrs []cowrieField
	read  func(*cowrie)
}

// cowrieEvents is the one table of event ids. Others are counted as unknown
// and kept with their raw text: each release brings some.
var cowrieEvents = named(map[string]cowrieEvent{
	"cowrie.session.connect":              {role: cure.RoleScanner, attrs: []cowrieField{cowrieProtocol, cowrieSrcPort}, read: (*cowrie).connect},
	"cowrie.session.closed":               {role: cure.RoleScanner, ends: true, read: (*cowrie).closed},
	"cowrie.session.params":               {role: cure.RoleScanner, attrs: []cowrieField{cowrieArch}},
	"cowrie.login.success":                {role: cure.RoleInfected, read: (*cowrie).login},
	"cowrie.login.failed":                 {role: cure.RoleScanner, read: (*cowrie).login},
	"cowrie.client.version":               {role: cure.RoleScanner, read: (*cowrie).version},
	"cowrie.client.kex":                   {role: cure.RoleScanner, read: (*cowrie).kex},
	"cowrie.client.fingerprint":           {role: cure.RoleScanner, read: (*cowrie).sshKey},
	"cowrie.client.size":                  {role: cure.RoleScanner, attrs: []cowrieField{cowrieWidth, cowrieHeight}},
	"cowrie.client.var":                   {role: cure.RoleScanner, attrs: []cowrieField{cowrieName, cowrieValue}},
	"cowrie.client.malformed_packet":      {role: cure.RoleScanner},
	"cowrie.command.input":                {role: cure.RoleInfected, read: (*cowrie).command},
	"cowrie.command.success":              {role: cure.RoleInfected, read: (*cowrie).command},
	"cowrie.command.failed":               {role: cure.RoleInfected, read: (*cowrie).command},
	"cowrie.session.input":                {role: cure.RoleInfected, read: (*cowrie).command},
	"cowrie.session.file_download":        {role: cure.RoleInfected, attrs: []cowrieField{cowrieDestfile}, read: (*cowrie).download},
	"cowrie.session.file_download.failed": {role: cure.RoleInfected, attrs: []cowrieField{cowrieErrorText}, read: (*cowrie).download},
	"cowrie.session.file_upload":          {role: cure.RoleInfected, attrs: []cowrieField{cowrieFilename, cowrieDestfile}, read: (*cowrie).download},
	"cowrie.direct-tcpip.request":         {role: cure.RoleScanner, read: (*cowrie).forward},
	"cowrie.direct-tcpip.data":            {role: cure.RoleScanner, attrs: []cowrieField{cowrieData}},
	"cowrie.direct-tcpip.redirect":        {role: cure.RoleScanner, attrs: []cowrieField{cowrieNewIP, cowrieNewPort}, read: (*cowrie).forward},
	"cowrie.direct-tcpip.tunnel":          {role: cure.RoleScanner, read: (*cowrie).forward},
	"cowrie.direct-tcpip.ja4":             {role: cure.RoleScanner, read: (*cowrie).ja4},
	"cowrie.direct-tcpip.ja4h":            {role: cure.RoleScanner, read: (*cowrie).ja4h},
	"cowrie.log.open":                     {role: cure.RoleScanner},
	"cowrie.log.closed":                   {role: cure.RoleScanner, attrs: []cowrieField{cowrieSize}, read: (*cowrie).ttylog},
	"cowrie.telnet.option":                {role: cure.RoleScanner, attrs: []cowrieField{cowrieCommand, cowrieOption}},
	"cowrie.telnet.error":                 {role: cure.RoleScanner, attrs: []cowrieField{cowrieErrorText}},
	"cowrie.telnet.exploit_attempt":       {role: cure.RoleInfected, read: (*cowrie).exploit},
	"cowrie.telnet.exploit_success":       {role: cure.RoleInfected, read: (*cowrie).exploit},
	"cowrie.virustotal.scanfile":          {role: cure.RoleScanner, attrs: []cowrieField{cowrieSHA256, cowriePositives, cowrieTotal}},
	"cowrie.virustotal.scanurl":           {role: cure.RoleScanner, attrs: []cowrieField{cowriePositives, cowrieTotal}},
	"cowrie.greynoise":                    {role: cure.RoleScanner},
	"cowrie.reversedns":                   {role: cure.RoleScanner, attrs: []cowrieField{cowriePTR}},
})

func named(m map[string]cowrieEvent) map[string]cowrieEvent {
	for name, e := range m {
		e.name = name
		m[name] = e
	}
	return m
}

// login reads a pair of credentials, or a key. A telnet "user name" is often
// the next line of a loader's dialogue.
func (c *cowrie) login() {
	user, password := c.text(cowrieUsername), c.text(cowriePassword)
	if c.values[cowrieFingerprint] != nil {
		c.sshKey()
	}
	shownUser, shown := c.credential(user, publish.KnownUser), c.credential(password, publish.KnownPassword)
	result, tried := "failed", "login-failed"
	if c.ev.Role == cure.RoleInfected {
		result, tried = "succeeded", "login-success"
	}
	if strings.Contains(user, busybox) {
		shownUser = user
		command(&c.ev, user)
	} else {
		attr(&c.ev, tried, shownUser+"/"+shown)
	}
	if shownUser != user {
		c.replace(cowrieUsername, shownUser)
	}
	if shown != password {
		c.replace(cowriePassword, shown)
	}
	if c.values[cowrieMessage] != nil && (shownUser != user || shown != password) {
		c.replace(cowrieMessage, "login attempt ["+shownUser+"/"+shown+"] "+result)
	}
}

func (c *cowrie) credential(v string, known func(string) bool) string {
	if known(v) {
		return v
	}
	return c.names.Secret(v)
}

func (c *cowrie) command() { command(&c.ev, c.text(cowrieInput)) }

// download reads a file that was fetched or brought.
func (c *cowrie) download() {
	if u := c.text(cowrieURL); u != "" && !observe(&c.ev, cure.KindURL, u, cure.RoleLoader) {
		attr(&c.ev, "url", u) // attacker text that is no URL
	}
	switch sum := c.text(cowrieShasum); {
	case sum == emptySHA256:
		attr(&c.ev, "file", "empty")
	case sum != "":
		observe(&c.ev, cure.KindHash, sum, cure.RoleTool)
	}
}

// forward reads where the attacker wants to be connected to.
func (c *cowrie) forward() {
	host := c.text(cowrieDstIP)
	if !observe(&c.ev, cure.KindIP, host, cure.RoleTarget) {
		observe(&c.ev, cure.KindDomain, host, cure.RoleTarget)
	}
	attr(&c.ev, "forward", host+":"+c.text(cowrieDstPort))
}

// ttylog keeps the hash of the recorded session as an attribute: it is of what
// was typed, not of a file.
func (c *cowrie) ttylog() { attr(&c.ev, "tty", c.text(cowrieShasum)) }

func (c *cowrie) exploit() {
	observe(&c.ev, cure.KindCVE, c.text(cowrieCVE), cure.RoleTool)
	attr(&c.ev, "name", c.text(cowrieName))
}
