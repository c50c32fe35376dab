package mean

import (
	"regexp"
	"strings"
)

// cleanText takes the markup out of a description: citations, links in
// Markdown, and the few HTML tags that ATT&CK writes.
func cleanText(s string) string {
	s = citations.ReplaceAllString(s, "")
	s = links.ReplaceAllString(s, "$1")
	s = htmlTags.ReplaceAllString(s, "")
	return oneLine(s)
}

var (
	citations = regexp.MustCompile(`\s*\(Citation: [^)]{0,200}\)`)
	links     = regexp.MustCompile(`\[([^\]]{1,200})\]\(https?://[^)\s]{1,500}\)`)
	htmlTags  = regexp.MustCompile(`</?(?:code|p|br|li|ul|ol|b|i|em|strong)\s*/?>`)
)

// oneLine folds all white space into single spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// cutText cuts a text at the limit, between runes.
func cutText(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xc0 == 0x80 {
		most--
	}
	return s[:most]
}
