package hub

import (
	"context"

	"github.com/opencure/cure"
)

// DocumentsOf returns the documents of a publisher that the scope sees, each
// once in its newest form, the newest date first.
func (h *Hub) DocumentsOf(ctx context.Context, sc cure.Scope, publisher string) []DocumentFile {
	l := h.look(sc)
	defer l.done(ctx, "documents of "+publisher)
	var all []DocumentFile
	for _, d := range l.documents() {
		if d.Source.Publisher() == publisher {
			l.red = l.red || d.Marking.TLP == cure.TLPRed
			all = append(all, d)
		}
	}
	return all
}
