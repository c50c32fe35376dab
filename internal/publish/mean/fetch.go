package mean

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// Agent is how a [Fetcher] introduces itself.
const Agent = "opencure-refs"

// Fetcher fetches reference documents from hosts that somebody has listed, one
// after the other, with a pause between two requests to a host, as far as the
// robots.txt of the host allows (RFC 9309). It follows redirects to listed
// hosts only. What is on the shelf, or was tried before, is not fetched again.
// Not safe for concurrent use.
type Fetcher struct {
	Hosts  []string      // allowed, exactly
	Pause  time.Duration // between requests to one host
	Client *http.Client  // its CheckRedirect is replaced
	Now    func() time.Time
	Wait   func(ctx context.Context, d time.Duration) error
	Again  bool // try what has failed once more

	last   map[string]time.Time
	robots map[string]*robots
}

// Fetched counts what a fetcher did.
type Fetched struct {
	Fetched  int `json:"fetched"`
	Failed   int `json:"failed"`
	Stored   int `json:"stored"`   // were there before
	Refused  int `json:"refused"`  // by robots.txt
	Unlisted int `json:"unlisted"` // on hosts that are not listed
}

// maxPage bounds a fetched document in bytes.
const maxPage = 16 << 20

// Fetch fetches the documents that a catalogue refers to; report, if not nil,
// is told of each try. An error is one of the shelf or the context: documents
// that cannot be had are noted on the shelf.
func (f *Fetcher) Fetch(ctx context.Context, c *Catalogue, s *Shelf, report func(url, what string)) (Fetched, error) {
	var n Fetched
	cited := c.Cited()
	urls := make([]string, 0, len(cited))
	for u := range cited {
		urls = append(urls, u)
	}
	slices.Sort(urls)
	f.last, f.robots = map[string]time.Time{}, map[string]*robots{}
	client := *f.Client
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) >= 5 || !f.allowed(req.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	for _, text := range urls {
		u, err := url.Parse(text)
		if err != nil || !f.allowed(u) {
			n.Unlisted++
			continue
		}
		if e, ok := s.Entry(text); ok && (e.Failed == "" || !f.Again) {
			n.Stored++
			continue
		}
		what, err := f.one(ctx, &client, u, cited[text].Title, s)
		if err != nil {
			return n, err
		}
		switch what {
		case "":
			n.Fetched++
			what = "fetched"
		case refusedByRobots:
			n.Refused++
		default:
			n.Failed++
		}
		if report != nil {
			report(text, what)
		}
	}
	return n, nil
}

func (f *Fetcher) allowed(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && slices.Contains(f.Hosts, strings.ToLower(u.Host))
}

const refusedByRobots = "refused by robots.txt"

// one fetches a document; what is "" when it is on the shelf now.
func (f *Fetcher) one(ctx context.Context, client *http.Client, u *url.URL, title string, s *Shelf) (what string, err error) {
	e := Entry{URL: u.String(), Title: title}
	rules, err := f.rules(ctx, client, u)
	if err != nil {
		return "", err
	}
	if !rules.allow(u.RequestURI()) {
		return refusedByRobots, nil
	}
	data, kind, why, err := f.get(ctx, client, u.String(), maxPage)
	if err != nil {
		return "", err
	}
	if why != "" {
		e.Failed = why
		return why, s.Note(e)
	}
	e.File = FileOf(e.URL) + endings[kind]
	return "", s.Store(e, data)
}

var endings = map[string]string{"text/html": ".html", "application/pdf": ".pdf", "text/plain": ".txt", "text/markdown": ".md"}

// get fetches a URL after its pause. why says what was wrong with the answer.
func (f *Fetcher) get(ctx context.Context, client *http.Client, address string, most int64) (data []byte, kind, why string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", "not a URL", nil
	}
	if last, ok := f.last[u.Host]; ok {
		if err := f.Wait(ctx, max(0, f.Pause-f.Now().Sub(last))); err != nil {
			return nil, "", "", err
		}
	}
	defer func() { f.last[u.Host] = f.Now() }()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, "", "not a URL", nil
	}
	req.Header.Set("User-Agent", Agent)
	res, err := client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, "", "", ctx.Err()
		}
		return nil, "", "host does not answer", nil
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode/100 == 3:
		return nil, "", "leads to a host that is not listed", nil
	case res.StatusCode != http.StatusOK:
		return nil, "", fmt.Sprintf("HTTP status %d", res.StatusCode), nil
	}
	data, err = io.ReadAll(io.LimitReader(res.Body, most+1))
	if err != nil {
		return nil, "", "answer was cut", nil
	}
	if int64(len(data)) > most {
		return nil, "", "too large", nil
	}
	kind, _, _ = mime.ParseMediaType(res.Header.Get("Content-Type"))
	return data, kind, "", nil
}

// rules returns the robots.txt of a host, asked for once.
func (f *Fetcher) rules(ctx context.Context, client *http.Client, u *url.URL) (*robots, error) {
	key := u.Scheme + "://" + u.Host
	if r := f.robots[key]; r != nil {
		return r, nil
	}
	data, _, why, err := f.get(ctx, client, key+"/robots.txt", 500<<10)
	if err != nil {
		return nil, err
	}
	r := parseRobots(string(data))
	if why != "" && !strings.HasPrefix(why, "HTTP status 4") { // unreachable: nothing is allowed
		r = &robots{rules: []rule{{path: "/"}}}
	}
	f.robots[key] = r
	return r, nil
}

// robots are the rules of a robots.txt that hold for us.
type robots struct{ rules []rule }

type rule struct {
	path  string
	allow bool
}

// parseRobots reads the group for us, else the one for all (RFC 9309, 2.2).
func parseRobots(text string) *robots {
	ours, all := &robots{}, &robots{}
	var into []*robots
	named, inRules := false, false
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "user-agent":
			if inRules {
				into, inRules = nil, false
			}
			switch strings.ToLower(value) {
			case Agent:
				into, named = append(into, ours), true
			case "*":
				into = append(into, all)
			}
		case "allow", "disallow":
			inRules = true
			if value == "" {
				continue
			}
			for _, r := range into {
				r.rules = append(r.rules, rule{value, strings.EqualFold(strings.TrimSpace(key), "allow")})
			}
		}
	}
	if named {
		return ours
	}
	return all
}

// allow reports whether a path may be fetched: the longest rule decides, and
// allow between equals.
func (r *robots) allow(path string) bool {
	best, allow := -1, true
	for _, x := range r.rules {
		if n := len(x.path); matchRobots(x.path, path) && (n > best || n == best && x.allow) {
			best, allow = n, x.allow
		}
	}
	return allow
}

// matchRobots matches a path with '*' for anything and '$' for the end.
func matchRobots(pattern, path string) bool {
	pattern, end := strings.CutSuffix(pattern, "$")
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(path, parts[0]) {
		return false
	}
	rest := path[len(parts[0]):]
	for i, p := range parts[1:] {
		if end && i == len(parts)-2 {
			return strings.HasSuffix(rest, p)
		}
		at := strings.Index(rest, p)
		if at < 0 {
			return false
		}
		rest = rest[at+len(p):]
	}
	return !end || rest == ""
}

// ReadHosts reads a list of host names, one a line; '#' begins a comment.
func ReadHosts(r io.Reader) ([]string, error) {
	data, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err != nil {
		return nil, cure.Errorf(cure.Unavailable, "read list of hosts: %w", err)
	}
	var hosts []string
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line, _, _ = strings.Cut(line, "#")
		h := strings.ToLower(strings.TrimSpace(line))
		if h == "" {
			continue
		}
		if u, err := url.Parse("https://" + h); err != nil || u.Host != h || strings.ContainsAny(h, "*/ ") {
			return nil, cure.Errorf(cure.Invalid, "read list of hosts line %d: want the name of one host, as in reports.example", n)
		}
		hosts = append(hosts, h)
	}
	if len(hosts) == 0 {
		return nil, cure.Errorf(cure.Invalid, "read list of hosts: there is none")
	}
	return hosts, nil
}
