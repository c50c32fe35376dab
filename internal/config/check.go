package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

// checker collects what is wrong with a configuration that could be read.
type checker struct {
	config   *Config
	problems []error
}

// fail notes a problem of a key, with the place its value came from.
func (c *checker) fail(path, format string, args ...any) {
	text := path + ": " + fmt.Sprintf(format, args...)
	if o, ok := c.config.origin[path]; ok {
		text = o.String() + ": " + text
	}
	c.problems = append(c.problems, fmt.Errorf("%s", text))
}

// check returns what does not fit together or is out of range.
func (c *Config) check() []error {
	k := &checker{config: c}
	k.addresses()
	k.tls()
	k.log()
	k.spans()
	k.numbers()
	k.own()
	k.sources()
	k.siem()
	return k.problems
}

func (c *checker) addresses() {
	if _, err := netip.ParseAddrPort(c.config.Listen); err != nil && !hostPort(c.config.Listen) {
		c.fail("listen", "%q is not address:port", c.config.Listen)
	}
	if c.config.Data == "" {
		c.fail("data", "names no folder")
	}
	for _, h := range c.config.API.Hosts {
		if h == "" || h != strings.ToLower(h) || strings.ContainsAny(h, ":/ ") {
			c.fail("api.hosts", "%q is not a host name in small letters without a port, as in cure.example.org", h)
		}
	}
	if p := c.config.Pprof; p != "" && !Loopback(p) {
		c.fail("pprof", "%q is not a loopback address with a port, as in 127.0.0.1:6060", p)
	}
}

func (c *checker) siem() {
	link := c.config.SIEM.Link
	if link == "" {
		return
	}
	u, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(link))
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || !strings.Contains(link, "{value}") {
		c.fail("siem.link", "%q is no http or https address with {value} in it", link)
	}
	if host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(link, "https://"), "http://"), "/"); strings.ContainsAny(host, "{}") {
		c.fail("siem.link", "the host of %q is filled in: a value must not choose where a link leads", link)
	}
}

func (c *checker) tls() {
	t := c.config.TLS
	if files := t.Cert != "" || t.Key != ""; files && t.Mode != "file" {
		c.fail("tls.cert", "tls.cert and tls.key have a meaning with tls.mode file only")
	}
	if t.Mode == "file" && (t.Cert == "" || t.Key == "") {
		c.fail("tls.mode", "file needs tls.cert and tls.key")
	}
}

// hostPort reports whether s is "host:port" or ":port" with a port number.
func hostPort(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = netip.ParseAddrPort("127.0.0.1:" + port)
	return err == nil
}

// Loopback reports whether address:port can be reached from this machine only.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil || !hostPort(address) {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func (c *checker) log() {
	l := c.config.Log
	if l.Mode == "cluster" {
		if len(splitList(l.URL)) == 0 {
			c.fail("log.url", "is needed when log.mode is cluster")
		}
		c.clusterURL(l.URL)
	} else {
		for _, k := range []struct{ path, value string }{
			{"log.url", l.URL}, {"log.creds", l.Creds}, {"log.ca", l.CA}, {"log.cert", l.Cert}, {"log.key", l.Key},
		} {
			if k.value != "" {
				c.fail(k.path, "has a meaning with log.mode cluster only")
			}
		}
	}
	if (l.Cert == "") != (l.Key == "") {
		c.fail("log.cert", "log.cert and log.key belong together")
	}
	if !slices.Contains([]int{1, 3, 5}, l.Replicas) {
		c.fail("log.replicas", "%d is not 1, 3 or 5", l.Replicas)
	}
	if l.Mode != "cluster" && l.Replicas > 1 {
		c.fail("log.replicas", "an embedded log has one copy")
	}
}

func (c *checker) clusterURL(list string) {
	for _, text := range splitList(list) {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls"}, u.Scheme) {
			c.fail("log.url", "has an address that is not nats://host:port or tls://host:port")
			continue
		}
		if u.User != nil && c.config.origin["log.url"].env == "" {
			c.fail("log.url", "holds a secret; use log.creds, or CURE_LOG_URL in the environment")
		}
	}
}

func (c *checker) spans() {
	r, l := c.config.Retention, c.config.Log
	if r.Segments < days(1) {
		c.fail("retention.segments", "%s is less than a day", r.Segments)
	}
	if r.Pairs < r.Segments {
		c.fail("retention.pairs", "%s is shorter than retention.segments, %s", r.Pairs, r.Segments)
	}
	if l.MaxAge != 0 && l.MaxAge < r.Segments {
		c.fail("log.max_age", "%s is shorter than retention.segments, %s: records could not be opened", l.MaxAge, r.Segments)
	}
	if s := c.config.Snapshot.Interval; s < Duration(10*time.Second) {
		c.fail("snapshot.interval", "%s is less than 10s", s)
	}
	if c.config.Quarantine.MaxAge < Duration(time.Hour) {
		c.fail("quarantine.max_age", "%s is less than 1h", c.config.Quarantine.MaxAge)
	}
}

func (c *checker) numbers() {
	atLeast := func(path string, n, least int64, show string) {
		if n < least {
			c.fail(path, "%d is less than %s", n, show)
		}
	}
	cf := c.config
	if cf.Memory.Budget != 0 {
		atLeast("memory.budget", int64(cf.Memory.Budget), 64<<20, "64MiB")
	}
	if cf.Log.MaxBytes != 0 {
		atLeast("log.max_bytes", int64(cf.Log.MaxBytes), 16<<20, "16MiB")
	}
	atLeast("quarantine.max_bytes", int64(cf.Quarantine.MaxBytes), 1<<20, "1MiB")
	atLeast("api.rate", int64(cf.API.Rate), 1, "1")
	atLeast("api.burst", int64(cf.API.Burst), int64(cf.API.Rate), "api.rate")
	atLeast("limits.line", int64(cf.Limits.Line), 4<<10, "4KiB")
	if n := cf.Limits.Line; n > feed.MaxRecord {
		c.fail("limits.line", "%s is more than %s", n, Size(feed.MaxRecord))
	}
}

func (c *checker) own() {
	for _, n := range c.config.Own.Networks {
		if err := (cure.Observable{Kind: cure.KindCIDR, Value: n}).Check(); err != nil {
			c.fail("own.networks", "%q is not a range such as 203.0.113.0/24", n)
		}
	}
	for _, k := range []struct {
		path    string
		domains []string
	}{{"own.domains", c.config.Own.Domains}, {"own.mail", c.config.Own.Mail}} {
		for _, d := range k.domains {
			if err := (cure.Observable{Kind: cure.KindDomain, Value: d}).Check(); err != nil {
				c.fail(k.path, "%q is not a domain in small letters", d)
			}
		}
	}
}

func (c *checker) sources() {
	for name, s := range c.config.Sources {
		path := "sources." + string(name)
		given := 0
		for _, in := range []string{s.Follow, s.Watch, s.Listen} {
			if in != "" {
				given++
			}
		}
		if given > 1 {
			c.fail(path, "has more than one of follow, watch and listen")
		}
		if s.Packets < 0 || s.Packets == 1 {
			c.fail(path+".packets", "%d requests make no flood: at least 2", s.Packets)
		}
		if g := time.Duration(s.Gap); g != 0 && (g < time.Second || g > 24*time.Hour) {
			c.fail(path+".gap", "%s is not between 1s and 1d", s.Gap)
		}
		if s.Zone != "" {
			if _, err := time.LoadLocation(s.Zone); err != nil || strings.EqualFold(s.Zone, "local") {
				c.fail(path+".zone", "%q is not a time zone such as Asia/Tokyo or UTC", s.Zone)
			}
		}
		if m := s.Marking.Licence; m != cure.LicenceDefault && s.Licence != cure.LicenceDefault && m != s.Licence {
			c.fail(path+".licence", "%s, but the marking says %s", s.Licence, m)
		}
	}
	slices.SortFunc(c.problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
}

// Warnings returns what is allowed and seldom meant, one sentence each.
func (c *Config) Warnings() []string {
	var w []string
	if !Loopback(c.Listen) && c.TLS.Mode == "off" {
		w = append(w, "listen: "+c.Listen+" can be reached from other machines, and keys travel in clear text unless a proxy adds TLS; see tls.mode")
	}
	if c.Log.Mode == "embedded" && c.Log.Sync != 0 {
		w = append(w, "log.sync: a power failure may lose the last "+c.Log.Sync.String()+" of acknowledged records")
	}
	return w
}
