package client

import (
	"context"
	"net/url"
	"strings"

	"github.com/opencure/cure"
)

// DocumentFile is a report, post, technique page or ticket that the hub holds.
type DocumentFile struct {
	cure.Document
	Source  cure.Source  `json:"source"`
	Marking cure.Marking `json:"marking"`
	Record  string       `json:"record"`            // opens with Client.Record: what the source ties to it
	Snippet string       `json:"snippet,omitempty"` // around the first place of what was looked for, folded
	Score   float64      `json:"score,omitempty"`   // places, those in the title count ten times
	Text    string       `json:"text,omitempty"`    // of one that was asked for by its id, as it was published
}

// Documents are what a search in texts found.
type Documents struct {
	Terms     []string       `json:"terms"` // as understood
	Documents []DocumentFile `json:"documents"`
	More      bool           `json:"more,omitempty"`
	Unread    int            `json:"unread,omitempty"` // whose text is not there, searched by title alone
}

// Documents looks for words and "phrases" in titles and texts; all of them have
// to be there. Without any it lists the newest documents.
func (c *Client) Documents(ctx context.Context, words string, p Page) (*Documents, error) {
	q := p.query(0)
	if strings.TrimSpace(words) != "" {
		q.Set("q", words)
	}
	return ask[Documents](ctx, c, "/documents", q)
}

// Document returns one document with its text.
func (c *Client) Document(ctx context.Context, id cure.ID) (*DocumentFile, error) {
	return ask[DocumentFile](ctx, c, "/documents/"+url.PathEscape(id.String()), nil)
}
