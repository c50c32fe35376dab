package scenario

import (
	"fmt"
	"time"

	"github.com/opencure/cure"
)

// Social is a made-up timeline. Posts are off by default; who tells the story
// switches them on.
const Social cure.Source = "social/demo"

// spamAddress is what an account that sells things names.
const spamAddress = "192.0.2.99"

type mastodonPost struct {
	ID        string          `json:"id"`
	Created   string          `json:"created_at"`
	URL       string          `json:"url"`
	Content   string          `json:"content"`
	Account   mastodonAccount `json:"account"`
	Synthetic string          `json:"note"` // not part of the format; readers skip it
}

type mastodonAccount struct {
	Name string `json:"acct"`
}

// social tells what people posted: fourteen posts, six of which repeat
// another, two by an account that sells things.
func social(t *teller) {
	log := t.journal(Social)
	n := 0
	add := func(when time.Duration, who, text string) {
		n++
		log.add(t.time(when), mastodonPost{
			fmt.Sprint(n), t.time(when).UTC().Format("2006-01-02T15:04:05.000Z"), fmt.Sprintf("https://social.example/@%s/%d", who, n),
			"<p>" + text + "</p>",
			mastodonAccount{who},
			"SYNTHETIC",
		})
	}
	first := "Kagerou C2 198.51.100[.]77, looks for 48123/tcp"
	add(at(19, 11, 0), "mika", first)
	for i, who := range []string{"aoi", "ren", "sora", "haru"} {
		add(at(19, 11, 20+10*i), who, "RT @mika: "+first)
	}
	sample := "loader hxxp://198.51.100[.]23/bins/kage.arm"
	add(at(19, 13, 0), "rin", sample)
	add(at(19, 13, 5), "aoi", "RT @rin: "+sample)
	add(at(19, 13, 9), "ren", "RT @rin: "+sample)
	add(at(19, 14, 0), "mika", "カゲロウ、うちのカメラにも来た。48123/tcp")
	add(at(19, 15, 0), "ken", "invoice mails from news[.]sazanami[.]example again")
	add(at(19, 16, 0), "yui", "CVE-1337-20261 has no score yet?")
	add(at(19, 17, 0), "rin", "EV-200 cameras everywhere in the darknet today")
	add(at(19, 18, 0), "deals", "Free followers at hxxp://192.0.2[.]99/a")
	add(at(19, 18, 30), "deals", "Guaranteed profit, see hxxp://192.0.2[.]99/b")
	log.file("posts.json", t.time(at(19, 19, 0)))
	t.saw(Social, cure.KindIP, C2First)
	t.saw(Social, cure.KindIP, Loader)
	t.saw(Social, cure.KindURL, LoaderURL)
	t.saw(Social, cure.KindDomain, NewsC2)
	t.facts.forbid(Forbidden{
		Observable: cure.Observable{Kind: cure.KindIP, Value: spamAddress}, Publisher: "social", Why: "an account that sells things names it",
	})
}
