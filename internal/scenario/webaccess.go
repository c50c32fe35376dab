package scenario

import (
	"fmt"
	"time"

	"github.com/opencure/cure"
)

// Webaccess is the proxy of Hinata Electric.
const Webaccess cure.Source = "webaccess/hinata"

// BlockList is what the story's web accesses are compared with.
const BlockList = "# SYNTHETIC block list of the story\n" + NewsC2 + "\n" + C2First + "\n"

// webaccess tells what the proxy saw: two visits of the office PC to Sazanami's
// news, and the daily rounds of everybody, which must stay on the machine.
func webaccess(t *teller) {
	log := t.journal(Webaccess)
	open := func(at time.Time, client, url, server, referrer string) {
		log.lines = append(log.lines, line{at, []byte(fmt.Sprintf("%d.%03d %6d %s TCP_MISS/200 %d GET %s - HIER_DIRECT/%s text/html %s SYNTHETIC",
			at.Unix(), at.Nanosecond()/1e6, t.rand.IntN(900), client, 1000+t.rand.IntN(9000), url, server, referrer))})
	}
	for i := range 300 {
		at := t.time(begin + time.Duration(i)*7*time.Minute + t.seconds(60))
		open(at, fmt.Sprintf("203.0.113.%d", 1+t.rand.IntN(30)), fmt.Sprintf("http://daily%d.example/page?q=%d", i%40, i), "192.0.2.7", "-")
	}
	for i, moment := range []time.Duration{documentOpened + 6*time.Minute, documentOpened + 19*time.Hour} {
		open(t.time(moment), Office, fmt.Sprintf("http://%s/weekly?n=%d", NewsC2, i), NewsC2IP, "http://portal.hinata.example/links?from=mail")
	}
	t.saw(Webaccess, cure.KindIP, Office)
	t.saw(Webaccess, cure.KindDomain, NewsC2)
	log.file("access.log", t.story.Now)
	t.facts.forbid(Forbidden{Text: "daily7.example", Why: "matches no block list: it must not leave the proxy"})
}
