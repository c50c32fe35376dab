package web

import (
	"fmt"
	"html/template"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// funcs is what templates may call.
func (p *Page) funcs() template.FuncMap {
	return template.FuncMap{
		"noTime": noTime, "iso": iso, "utc": utc, "local": p.local, "ago": p.ago, "num": num, "layer": layer, "show": show, "defang": defang,
		"entity": p.entityPath, "tlp": tlpClass, "short": short, "roles": roles, "percent": percent,
		"recordPath": func(ref string) string { return p.root + "/r/" + url.PathEscape(ref) },
		"search":     func(q string) string { return p.root + "/q?q=" + url.QueryEscape(q) },
		"rawText":    func(s string) string { return raw([]byte(s)) },
		"defangText": func(s string) string { return defang(cure.Observable{Kind: cure.KindURL, Value: s}) },
		"raw":        raw, "bytes": size, "kinds": plural, "span": span,
		"tag":  p.tagPath,
		"inc":  func(i int) int { return i + 1 },
		"root": func() string { return p.root },
		"head": head, "rest": rest,
		"casePath":      func(id cure.ID) string { return p.root + "/case/" + id.String() },
		"documentPath":  func(id cure.ID) string { return p.root + "/d/" + id.String() },
		"alertCase":     func(id string) string { return p.root + "/case/" + url.PathEscape(id) },
		"campaignPath":  func(id cure.ID) string { return p.root + "/campaign/" + id.String() },
		"severityWords": func() []string { return []string{"critical", "high", "medium", "low"} },
		"times":         func(a, b float64) float64 { return a * b },
	}
}

// noTime reports whether t says nothing.
func noTime(t time.Time) bool { return t.IsZero() || t.Unix() == 0 }

// Times are shown in UTC, and on pointing to the second in the zone of the hub.
func iso(t time.Time) string { return t.UTC().Format(time.RFC3339) }
func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

func (p *Page) local(t time.Time) string {
	return t.In(p.o.Zone).Format("2006-01-02 15:04:05 MST")
}

// ago says how long a time is past, coarsely.
func (p *Page) ago(t time.Time) string {
	if noTime(t) {
		return "never"
	}
	d := p.o.Now().Sub(t)
	switch {
	case d < -time.Minute:
		return "in the future"
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min ago"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h ago"
	case d < 2*365*24*time.Hour:
		return strconv.Itoa(int(d/(24*time.Hour))) + " d ago"
	}
	return strconv.Itoa(int(d/(365*24*time.Hour))) + " y ago"
}

// span writes a duration without parts nobody reads.
func span(d time.Duration) string {
	if d.Abs() < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// num writes a count in groups of three digits.
func num(v any) string {
	s := fmt.Sprint(v)
	if _, err := strconv.ParseUint(s, 10, 64); err != nil {
		return s
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Which publishers hold meaning; all others observe.
var meaning = []string{"attack", "reports", "social", "tickets"}

// What engines of the hub publish as.
const enricher = "enrich"

// layer is the colour class of a source or publisher.
func layer(name any) string {
	pub, _, _ := strings.Cut(fmt.Sprint(name), "/")
	switch {
	case slices.Contains(meaning, pub):
		return "meaning"
	case pub == enricher, pub == "engine":
		return "enricher"
	}
	return "observation"
}

// show is the text of a value: as it is, and URLs defanged.
func show(o cure.Observable) string {
	if o.Kind == cure.KindURL {
		return defang(o)
	}
	return o.Value
}

// defang writes a value so that no program takes it for a live one.
func defang(o cure.Observable) string {
	switch o.Kind {
	case cure.KindURL:
		scheme, rest, _ := strings.Cut(o.Value, "://")
		host, path, slash := strings.Cut(rest, "/")
		if slash {
			path = "/" + path
		}
		return strings.Replace(scheme, "tt", "xx", 1) + "://" + dots(host) + path
	case cure.KindIP, cure.KindDomain, cure.KindCIDR:
		if strings.Contains(o.Value, ".") {
			return dots(o.Value)
		}
		return strings.ReplaceAll(o.Value, ":", "[:]")
	case cure.KindEmail:
		return dots(strings.Replace(o.Value, "@", "[@]", 1))
	}
	return o.Value
}

func dots(s string) string { return strings.ReplaceAll(s, ".", "[.]") }

// entityPath is the page of a value.
func (p *Page) entityPath(o cure.Observable) string {
	return p.root + "/e/" + o.Kind.String() + "/" + url.PathEscape(o.Value)
}

// tagPath is the page of a tag; a CVE is one too.
func (p *Page) tagPath(tag string) string {
	o := cure.Observable{Kind: cure.KindCVE, Value: tag}
	if o.Check() != nil {
		o.Kind = cure.KindTag
	}
	return p.entityPath(o)
}

// tlpClass is the class of a marking's label.
func tlpClass(m cure.Marking) string {
	switch m.TLP {
	case cure.TLPRed:
		return "red"
	case cure.TLPAmber, cure.TLPAmberStrict:
		return "amber"
	case cure.TLPGreen:
		return "green"
	}
	return "clear"
}

// short cuts a text to n characters.
func short(n int, s string) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i] + "…"
		}
	}
	return s
}

func roles(rs []cure.Role) string {
	var names []string
	for _, r := range rs {
		if r != cure.RoleUnknown {
			names = append(names, r.String())
		}
	}
	return strings.Join(names, ", ")
}

func percent(f float64) string { return strconv.Itoa(int(f*100+0.5)) + " %" }

// maxRaw is how much of a raw line a page shows.
const maxRaw = 32 << 10

func raw(b []byte) string {
	if len(b) > maxRaw {
		return string(b[:maxRaw]) + "\n… " + num(len(b)-maxRaw) + " bytes more"
	}
	return string(b)
}

// plural names several values of a kind.
func plural(kind string, n any) string {
	name, ok := map[string][2]string{
		"ip": {"address", "addresses"}, "cidr": {"network", "networks"}, "domain": {"domain", "domains"}, "hash": {"hash", "hashes"},
		"email": {"mail address", "mail addresses"}, "url": {"URL", "URLs"}, "cve": {"CVE", "CVEs"}, "tag": {"tag", "tags"},
		"port": {"port", "ports"}, "fp": {"fingerprint", "fingerprints"}, "asn": {"AS number", "AS numbers"},
	}[kind]
	switch {
	case !ok:
		return kind
	case fmt.Sprint(n) == "1":
		return name[0]
	}
	return name[1]
}

// head returns the first n of a list, rest what is behind them: long lists are
// folded.
func head(n int, list any) any {
	v := reflect.ValueOf(list)
	return v.Slice(0, min(n, v.Len())).Interface()
}

func rest(n int, list any) any {
	v := reflect.ValueOf(list)
	return v.Slice(min(n, v.Len()), v.Len()).Interface()
}

// size writes bytes in the unit that fits.
func size(v any) string {
	n, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	if err != nil {
		return ""
	}
	unit := 0
	for n >= 1024 && unit < 4 {
		n /= 1024
		unit++
	}
	return strconv.FormatFloat(n, 'f', min(unit, 1), 64) + " " + []string{"B", "KiB", "MiB", "GiB", "TiB"}[unit]
}
