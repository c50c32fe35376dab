package observe

import (
	"bytes"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
)

// charsetNames are names in mails that the index of the web does not have.
var charsetNames = map[string]string{
	"cp932": "shift_jis", "ms932": "shift_jis", "windows-932": "shift_jis", "sjis-win": "shift_jis", "eucjp": "euc-jp", "eucjp-win": "euc-jp",
	"eucjp-ms": "euc-jp", "ujis": "euc-jp", "iso-2022-jp-ms": "iso-2022-jp", "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp", "jis": "iso-2022-jp",
}

// mailText decodes the text of a part. Where nobody said what it is, or what
// was said cannot be right, it is guessed among what Japanese mails are
// written in. What cannot be decoded becomes U+FFFD.
func mailText(b []byte, charset string) string {
	name := strings.ToLower(strings.Trim(charset, `" `))
	if n := charsetNames[name]; n != "" {
		name = n
	}
	switch enc, err := htmlindex.Get(name); {
	case bytes.Contains(b, []byte("\x1b$")):
		return decodeText(japanese.ISO2022JP, b)
	case utf8.Valid(b):
		return string(b)
	case err == nil && name != "utf-8" && name != "us-ascii":
		return decodeText(enc, b)
	}
	best := strings.ToValidUTF8(string(b), "\uFFFD")
	for _, enc := range []encoding.Encoding{japanese.EUCJP, japanese.ShiftJIS} {
		if s := decodeText(enc, b); strings.Count(s, "\uFFFD") < strings.Count(best, "\uFFFD") {
			best = s
		}
	}
	return best
}

func decodeText(enc encoding.Encoding, b []byte) string {
	s, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		s = b
	}
	return strings.ToValidUTF8(string(s), "\uFFFD")
}

// mailWords decodes the encoded words of a header field, and such that should
// have been encoded.
func mailWords(s string) string {
	d := mime.WordDecoder{CharsetReader: func(charset string, in io.Reader) (io.Reader, error) {
		b, err := io.ReadAll(in) // a word of a header that is in memory
		return strings.NewReader(mailText(b, charset)), err
	}}
	if t, err := d.DecodeHeader(s); err == nil {
		s = t
	}
	return mailText([]byte(s), "")
}

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
	z.SetMaxBuf(maxMailText)
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
