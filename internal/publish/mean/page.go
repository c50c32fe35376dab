package mean

import (
	"strconv"
	"strings"
	"time"
)

// topBytes is how much of the beginning of a text is looked at for what it
// says of itself.
const topBytes = 2 << 10

// complete reads from the beginning of the text what nobody has said: title,
// date, language, TLP, and the lines "keywords: …" before the text.
func (p *page) complete() {
	p.front()
	top := cutText(p.text, topBytes)
	for _, m := range tlpLabel.FindAllStringSubmatch(top, 8) {
		p.say("tlp", strings.Replace(strings.ToUpper(m[1]), "WHITE", "CLEAR", 1))
	}
	if p.title == "" {
		p.title = p.firstLine()
	}
	if p.date.IsZero() {
		p.date = dateOf(top)
	}
	if p.language == "" {
		p.language = languageOfText(top)
	}
}

// front takes lines of "name: value" off the beginning of a text, with or
// without the "---" of Markdown around them.
func (p *page) front() {
	rest, fenced := p.text, false
	for n := 0; n < 32; n++ {
		line, after, _ := strings.Cut(rest, "\n")
		word := strings.TrimSpace(line)
		m := ownLine.FindStringSubmatch(word)
		switch {
		case word == "---" && n == 0:
			fenced = true
		case word == "---" && fenced:
			p.text = after
			return
		case m != nil && ownNames[strings.ToLower(m[1])]:
			p.say(strings.ToLower(m[1]), strings.Trim(m[2], `"'`))
		case !fenced:
			if n > 0 {
				p.text = rest
			}
			return
		}
		if rest = after; after == "" {
			return // nothing but such lines: that is the text
		}
	}
}

var ownNames = map[string]bool{
	"title": true, "url": true, "link": true, "source": true, "date": true, "published": true, "language": true, "lang": true,
	"keywords": true, "tags": true, "aliases": true, "tlp": true,
}

// firstLine is the first heading, else the first line.
func (p *page) firstLine() string {
	first := ""
	n := 0
	for line := range strings.Lines(p.text) {
		l := strings.TrimSpace(line)
		if strings.HasPrefix(l, "# ") {
			return cutText(strings.TrimSpace(l[2:]), maxTitle)
		}
		if first == "" {
			first = l
		}
		if n++; n == 20 {
			break
		}
	}
	return cutText(first, maxTitle)
}

// dateOf returns the first day that stands in a text.
func dateOf(s string) time.Time {
	for _, m := range dateText.FindAllStringSubmatch(s, 8) {
		y, _ := strconv.Atoi(m[1])
		mo, _ := strconv.Atoi(m[2])
		d, _ := strconv.Atoi(m[3])
		t := time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC)
		if t.Month() == time.Month(mo) && t.Day() == d && t.After(earliest) {
			return t
		}
	}
	return time.Time{}
}

// languageOfText tells Japanese by its kana; other languages are not told
// apart.
func languageOfText(s string) string {
	kana, n := 0, 0
	for _, r := range s {
		if n++; r >= 'ぁ' && r <= 'ヿ' {
			kana++
		}
	}
	if kana*20 > n {
		return "ja"
	}
	return ""
}
