package mean

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
	"github.com/opencure/cure/internal/publish/syndicate"
	"github.com/opencure/cure/internal/text"
)

// Social reads posts of social media. It is off until its source is enabled:
// anybody can write anything there. A post that repeats another is folded into
// it; how far to trust an account is an attribute of what it says.
func Social() publish.Publisher {
	return publish.Publisher{
		Name:   "social",
		Role:   "social media",
		Layer:  publish.Meanings,
		Topics: []cure.Topic{cure.TopicIP, cure.TopicDomain, cure.TopicHash, cure.TopicTag},
		Formats: []string{
			"Mastodon statuses, Bluesky posts and feeds, X exports (tweets.js and JSON), as JSON: one, a list, or one a line",
			"TweetFeed lines: time,user,type,value,tags,link",
			"RSS, Atom and JSON Feed of bridges",
		},
		Marking: cure.Marking{TLP: cure.TLPGreen, PAP: cure.PAPGreen, Licence: cure.LicenceInternal},
		Why:     "public posts of private people: what they say may be used, their words are not passed on",
		Roles: []publish.RoleOf{
			{What: "what a post means as an indicator: named, in no role", Role: cure.RoleUnknown},
		},
		Personal: []publish.PersonalData{
			{Field: "account", Mask: "none; an attribute", Purpose: "reliability of who says it", Retention: "as the source"},
			{Field: "display name, profile, replies, location", Mask: "dropped", Purpose: "not kept", Retention: "not kept"},
		},
		Framing:  feed.Lines,
		Copies:   true,
		OwnHosts: true,
		Shapes:   []looks.Shape{looks.JSON, looks.XML, looks.Table},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			if !o.Enabled {
				return nil, nil, cure.Errorf(cure.Denied,
					"source %s is off by default: set sources.%s.enabled in the configuration to read posts", o.Source, o.Source)
			}
			return &social{report: report{names: newLexicon(o.Keywords)}, seen: map[string]*account{}}, newDocuments(o.Source), nil
		},
	}
}

// social decodes posts. What is known of an account is that of one input.
type social struct {
	report report
	seen   map[string]*account
	ev     publish.Event
}

// account counts what an account wrote in an input.
type account struct{ posts int }

// post is what all forms say.
type post struct {
	id, account, text, url string
	at                     time.Time
	tags                   []string
	values                 []string // named by the form itself, plain
}

var errNoPost = errors.New("no post in it")

// Limits of an input.
const (
	maxPosts    = 50_000
	maxAccounts = 20_000
	noisy       = 10 // links in a post from which on it says nothing of any
)

// Shape implements publish.Shaper: an export is a file.
func (d *social) Shape(f *feed.File) error {
	f.Whole(feed.MaxLarge)
	return nil
}

// Decode implements publish.Decoder.
func (d *social) Decode(raw []byte, emit func(*publish.Event)) error {
	head := bytes.TrimLeft(raw, "\xef\xbb\xbf \t\r\n")
	if i := bytes.IndexByte(head[:min(len(head), 64)], '='); i > 0 && bytes.HasPrefix(head, []byte("window.")) {
		head = bytes.TrimLeft(head[i+1:], " \n") // tweets.js of an archive
	}
	var all []post
	var err error
	switch {
	case isFeed(head[:min(len(head), 1<<10)]):
		all, err = postsOfFeed(head)
	case len(head) > 0 && (head[0] == '{' || head[0] == '['):
		all, err = postsOfJSON(head)
	default:
		all = postsOfLines(string(head))
	}
	if len(all) == 0 {
		if err == nil {
			err = errNoPost
		}
		return err
	}
	clear(d.seen)
	for i := range all {
		if a := d.of(all[i].account); a != nil {
			a.posts++
		}
	}
	for i := range all {
		d.post(&all[i], emit)
	}
	if err != nil {
		emit(&publish.Event{Refused: err.Error()})
	}
	return nil
}

func (d *social) of(name string) *account {
	a := d.seen[name]
	if a == nil && len(d.seen) < maxAccounts {
		a = &account{}
		d.seen[name] = a
	}
	return a
}

// post emits a post. What differs between copies of one is left out of what
// makes two texts one: who is answered, links that shorten, marks of a repost.
func (d *social) post(p *post, emit func(*publish.Event)) {
	body := strings.TrimSpace(p.text)
	for _, v := range p.values {
		body += "\nIOC: " + v
	}
	page := page{title: cutText(oneLine(p.text), 120), url: p.url, date: p.at, text: cutText(body, 64<<10)}
	for _, t := range p.tags {
		page.keywords = append(page.keywords, strings.TrimPrefix(t, "#"))
	}
	d.report.read(&d.ev, &page)
	d.ev.Key = "post " + cure.NewID(repeated.ReplaceAllString(text.Fold(body), "")).String()
	reliability := "F" // cannot be judged
	if spam(body) {
		reliability = "E"
		d.ev.Observations, d.ev.Annotations = d.ev.Observations[:0], d.ev.Annotations[:0]
	} else if a := d.of(p.account); a != nil && a.posts >= 3 {
		reliability = "D"
	}
	d.report.attr("account", p.account)
	d.report.attr("post", p.id)
	d.report.attr("reliability", reliability)
	emit(&d.ev)
}

var repeated = regexp.MustCompile(`(?:^rt\b:?)|@[\w.@-]+:?|https?://(?:t\.co|bit\.ly)/\w+|\s+`)

// spam reports whether a post sells something or has more links than words to
// say what they are.
func spam(body string) bool {
	folded, links := text.Fold(body), 0
	for m := range ioc.Find(body) {
		if m.Kind == cure.KindURL && !m.Defanged {
			links++
		}
	}
	for _, w := range []string{"airdrop", "giveaway", "casino", "free followers", "guaranteed profit", "click here", "副業", "無料プレゼント"} {
		if strings.Contains(folded, w) {
			return true
		}
	}
	return links >= noisy
}

// postsOfFeed reads the feed of a bridge.
func postsOfFeed(data []byte) ([]post, error) {
	doc, err := syndicate.Parse(data)
	if err != nil {
		return nil, err
	}
	var all []post
	for _, it := range doc.Items[:min(len(doc.Items), maxPosts)] {
		pg, ok := pageOfItem(it)
		if !ok {
			continue
		}
		p := post{id: it.GUID, url: pg.url, text: pg.text, at: pg.date, tags: it.Categories}
		if len(it.Authors) > 0 && it.Authors[0] != nil {
			p.account = it.Authors[0].Name
		}
		if p.account == "" {
			p.account = doc.Title
		}
		all = append(all, p)
	}
	return all, nil
}

// postsOfLines reads TweetFeed: time,user,type,value,tags,link.
func postsOfLines(data string) []post {
	var all []post
	for line := range strings.Lines(data) {
		f := strings.Split(strings.TrimSpace(line), ",")
		if len(f) < 6 || len(all) == maxPosts {
			continue
		}
		at, err := publish.ParseTime([]byte(f[0]), nil)
		if err != nil {
			continue
		}
		value := strings.Join(f[3:len(f)-2], ",") // a URL may hold commas
		all = append(all, post{
			id: f[len(f)-1], url: httpURL(f[len(f)-1]), account: f[1], at: at,
			text: value + " " + f[len(f)-2], tags: strings.Fields(f[len(f)-2]), values: []string{value},
		})
	}
	return all
}

func httpURL(s string) string {
	if strings.HasPrefix(s, "http") && len(s) <= maxURL {
		return s
	}
	return ""
}

// postsOfJSON reads posts of Mastodon, Bluesky and X.
func postsOfJSON(data []byte) ([]post, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var all []post
	for {
		var v any
		if err := dec.Decode(&v); err != nil {
			if err.Error() == "EOF" {
				return all, nil
			}
			return all, errBrokenExport
		}
		all = collect(v, all, 0)
	}
}

// collect appends the posts of a value.
func collect(v any, all []post, depth int) []post {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if depth < 4 && len(all) < maxPosts {
				all = collect(x, all, depth+1)
			}
		}
	case map[string]any:
		n := node(v)
		for _, name := range []string{"feed", "posts", "statuses", "data", "tweet", "post"} {
			if n[name] != nil && n["text"] == nil && n["content"] == nil && n["record"] == nil && depth < 4 {
				return collect(n[name], all, depth+1)
			}
		}
		if p, ok := postOf(n); ok {
			all = append(all, p)
		}
	}
	return all
}

func postOf(n node) (post, bool) {
	p := post{id: n.text("id_str", "id", "uri", "cid"), url: httpURL(n.text("url")), tags: n.list("tags"), at: n.when()}
	inner := n
	if r, ok := n["record"].(map[string]any); ok { // Bluesky
		inner = node(r)
		p.at = inner.when()
	}
	p.text = inner.text("full_text", "text", "content")
	if strings.HasPrefix(p.text, "<") { // Mastodon
		if pg, err := pageOfHTML([]byte("<html><body>" + p.text)); err == nil {
			p.text = pg.text
		}
	}
	for _, who := range []string{"account", "author", "user"} {
		switch a := n.get(who).(type) {
		case string:
			p.account = a
		case map[string]any:
			p.account = node(a).text("acct", "handle", "screen_name", "username")
		}
		if p.account != "" {
			break
		}
	}
	if p.at.IsZero() {
		if t, err := time.Parse(time.RubyDate, n.text("created_at")); err == nil { // X
			p.at = t.UTC()
		} else if t, err := publish.ParseTime([]byte(n.text("created_at")), nil); err == nil {
			p.at = t
		}
	}
	return p, strings.TrimSpace(p.text) != ""
}
