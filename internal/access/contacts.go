package access

import (
	"context"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// Contacts returns who of the own side had to do with a value since a time.
func (v View) Contacts(ctx context.Context, o cure.Observable, since time.Time, c Cursor) (client.Contacts, error) {
	return v.hub.Contacts(ctx, v.scope, o, since, c)
}
