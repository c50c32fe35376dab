package scenario

import (
	"fmt"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// The four feeds of the story.
const (
	FeedC2      cure.Source = "feeds/demo-c2"      // CSV with columns: C2-1 since 09:00
	FeedAttack  cure.Source = "feeds/demo-attack"  // addresses: the loader, 12 bots, and by mistake the resolver
	FeedDomains cure.Source = "feeds/demo-domains" // domains: news.sazanami.example
	FeedBroken  cure.Source = "feeds/demo-broken"  // addresses, and since 08:00 an error page
)

// feeds tells what four open feeds list. Noise blocks 4 to 6 are theirs.
func feeds(t *teller) {
	t.feedC2()
	t.feedAttack()
	t.feedDomains()
	t.feedBroken()
}

// Definitions describes the four feeds as the feeds publisher wants it: a YAML
// list for the configuration's feeds.definitions.
const Definitions = `# SYNTHETIC: the feeds of the demo
- name: demo-c2
  format: csv
  columns: [{attr: first_seen}, {kind: ip}, {attr: port}, {attr: family}]
  header: first_seen
  role: c2
  tlp: CLEAR
  licence: public
  terms: synthetic
  half_life: 168h
  updated: "Last update:"
- name: demo-attack
  format: lines
  kind: ip
  role: infected
  tlp: CLEAR
  licence: public
  terms: synthetic
  half_life: 168h
  updated: "Last update:"
- name: demo-domains
  format: lines
  kind: domain
  role: c2
  tlp: GREEN
  licence: members
  terms: synthetic
  half_life: 720h
  updated: "Last update:"
- name: demo-broken
  format: lines
  kind: ip
  role: scanner
  tlp: CLEAR
  licence: public
  terms: synthetic
  half_life: 168h
  updated: "Last update:"
`

// feedC2 is fetched twice: before and after C2-1 was added.
func (t *teller) feedC2() {
	row := func(first time.Duration, ip string, port int, family string) string {
		t.saw(FeedC2, cure.KindIP, ip)
		t.facts.lines(FeedC2, 1)
		return fmt.Sprintf("%s,%s,%d,%s\n", t.time(first).UTC().Format("2006-01-02 15:04:05"), ip, port, family)
	}
	head := func(fetched time.Duration) string {
		return "# SYNTHETIC feed of C2 servers, times in UTC\n" + t.updated(fetched) + "first_seen,ip,port,family\n"
	}
	var rows strings.Builder
	for i := range 20 {
		rows.WriteString(row(begin-time.Duration(i)*13*time.Hour, noise(4, i), 6667+i, "example-family"))
	}
	early := at(20, 7, 0)
	t.input(FeedC2, "c2-0700.csv", t.time(early), []byte(head(early)+rows.String()))
	t.facts.lines(FeedC2, 20) // the second copy repeats them
	rows.WriteString(row(feedListsC2, C2First, 23, "kagerou"))
	t.input(FeedC2, "c2-0900.csv", t.time(feedListsC2), []byte(head(feedListsC2)+rows.String()))
}

// updated writes the line by which a list says when it was made.
func (t *teller) updated(fetched time.Duration) string {
	return "# Last update: " + t.time(fetched).UTC().Format(time.RFC3339) + "\n"
}

// feedAttack lists 12 bots of the crowd. One line is a mistake: the public
// resolver.
func (t *teller) feedAttack() {
	list := []string{Loader, Resolver}
	for _, bot := range t.story.Cast.botsOf("feeds") {
		list = append(list, bot.Addr.String())
	}
	for i := range 150 {
		list = append(list, noise(5, i))
	}
	t.rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	t.list(FeedAttack, "attack-1000.txt", scanOrder, cure.KindIP, list)
}

func (t *teller) feedDomains() {
	list := []string{NewsC2}
	for i := range 30 {
		list = append(list, fmt.Sprintf("n%02d.noise.example", i))
	}
	t.list(FeedDomains, "domains-0900.txt", at(20, 9, 0), cure.KindDomain, list)
}

// feedBroken is good at 07:00 and an error page from 08:00 on: what it listed
// stays listed, and its state says that it is broken.
func (t *teller) feedBroken() {
	var list []string
	for i := range 40 {
		list = append(list, noise(6, i))
	}
	t.list(FeedBroken, "broken-0700.txt", at(20, 7, 0), cure.KindIP, list)
	page := "<!DOCTYPE html>\n<html><head><title>SYNTHETIC: 503 Service Unavailable</title></head>\n" +
		"<body><h1>Down for maintenance</h1><p>Ask noc@feed.example, 247.0.6.1</p></body></html>\n"
	t.input(FeedBroken, "broken-0800.txt", t.time(htmlAt), []byte(page))
	t.facts.source(FeedBroken).Refused = "an HTML page where a list was"
	t.facts.forbid(Forbidden{
		Observable: cure.Observable{Kind: cure.KindIP, Value: "247.0.6.1"},
		Why:        "stands in the page that a feed turned into",
	})
}

// list writes a feed of one value a line.
func (t *teller) list(src cure.Source, name string, fetched time.Duration, kind cure.Kind, values []string) {
	var b strings.Builder
	b.WriteString("# SYNTHETIC feed " + src.Instance() + "\n" + t.updated(fetched))
	for _, v := range values {
		t.saw(src, kind, v)
		b.WriteString(v + "\n")
	}
	t.facts.lines(src, len(values))
	t.input(src, name, t.time(fetched), []byte(b.String()))
}
