package observe

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/opencure/cure/internal/publish/mail"
)

// mailLink is where a text leads, and what it shows for it.
type mailLink struct {
	target string
	shown  string
}

const (
	maxLinks     = 256
	maxLinkShown = 256
)

// htmlText returns the text that a reader sees, and where its links lead.
func htmlText(page string) (text string, links []mailLink) {
	z := html.NewTokenizer(strings.NewReader(page))
	z.SetMaxBuf(mail.MaxText)
	var b strings.Builder
	hidden, link := 0, -1
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String(), links
		case html.TextToken:
			t := string(z.Text())
			if hidden == 0 {
				b.WriteString(t)
			}
			if link >= 0 && len(links[link].shown)+len(t) <= maxLinkShown {
				links[link].shown += t
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := string(name)
			if b.WriteByte(' '); tag == "script" || tag == "style" {
				hidden = 1
			}
			for more {
				var key, value []byte
				if key, value, more = z.TagAttr(); len(links) < maxLinks && leads[string(key)] {
					links = append(links, mailLink{target: strings.TrimSpace(string(value))})
					if tag == "a" {
						link = len(links) - 1
					}
				}
			}
		case html.EndTagToken:
			switch name, _ := z.TagName(); string(name) {
			case "script", "style":
				hidden = 0
			case "a":
				link = -1
			}
		}
	}
}

// leads are the attributes by which a page leads elsewhere.
var leads = map[string]bool{"href": true, "src": true, "action": true, "background": true}
