// Package syndicate reads RSS, Atom and JSON Feed for the publishers that take
// them. In goes a whole document, out come its items as the parser gives them,
// with the markup of strangers still in their texts.
//
// Cost: linear; a document is held as a tree. Elements that are nested more than
// 64 deep would overflow the stack of the parser, which is recursive: they are
// counted before and refused. It keeps no state.
package syndicate

import (
	"bytes"
	"errors"

	"github.com/mmcdole/gofeed"
)

const maxElements = 64 // around one another

var (
	errNoFeed   = errors.New("not RSS, Atom or JSON Feed")
	errDeepFeed = errors.New("elements are nested too deeply")
)

// Parse reads a feed. An error says why it cannot be read and holds nothing of
// it.
func Parse(text []byte) (*gofeed.Feed, error) {
	if len(text) == 0 {
		return nil, errNoFeed
	}
	if text[0] == '<' {
		if err := shallow(text); err != nil {
			return nil, err
		}
	}
	doc, err := gofeed.NewParser().Parse(bytes.NewReader(text))
	if err != nil || doc == nil {
		return nil, errNoFeed
	}
	return doc, nil
}

// shallow counts how deep elements stand in one another, byte by byte and
// never too low: the parser reads more kinds of text than XML allows.
func shallow(text []byte) error {
	depth := 0
	for {
		at := bytes.IndexByte(text, '<')
		if at < 0 || at+1 == len(text) {
			return nil
		}
		text = text[at:]
		switch {
		case bytes.HasPrefix(text, []byte("<!--")):
			text = behind(text, "-->")
		case bytes.HasPrefix(text, []byte("<![CDATA[")):
			text = behind(text, "]]>")
		case text[1] == '!' || text[1] == '?':
			text = behind(text, ">")
		default:
			n, empty := tagEnd(text)
			switch {
			case text[1] == '/':
				depth = max(depth-1, 0)
			case !empty:
				depth++
			}
			text = text[n:]
		}
		if depth > maxElements {
			return errDeepFeed
		}
	}
}

// behind returns what follows a mark, nothing when it is not there.
func behind(text []byte, mark string) []byte {
	if i := bytes.Index(text, []byte(mark)); i >= 0 {
		return text[i+len(mark):]
	}
	return nil
}

// tagEnd returns the length of the tag at the beginning, and whether it is an
// element of its own.
func tagEnd(text []byte) (n int, empty bool) {
	quote := byte(0)
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1, text[i-1] == '/'
		}
	}
	return len(text), false
}
