package access

import (
	"context"

	"github.com/opencure/cure"
)

// OpenSource gives the source to the caller. Denied unless the principal may
// write it.
func (v View) OpenSource(ctx context.Context, src cure.Source) (Desk, error) {
	return Desk{}, errSkeleton
}

// Send appends one batch of an open source; see hub.Hub.Send.
func (v View) Send(ctx context.Context, src cure.Source, token string, payload []byte) (uint64, error) {
	return 0, errSkeleton
}

// Push encodes records and appends them; the same key again appends nothing.
func (v View) Push(ctx context.Context, src cure.Source, key string, records []cure.Record) (uint64, error) {
	return 0, errSkeleton
}

// Quarantine keeps raw records that could not be read.
func (v View) Quarantine(ctx context.Context, src cure.Source, bad []BadRecord) error {
	return errSkeleton
}

// Control deletes, regrades or retracts what a source said. Admins and
// analysts of the own organisation; each is audited.
func (v View) Control(ctx context.Context, src cure.Source, c ...cure.Control) (uint64, error) {
	return 0, errSkeleton
}

// Snapshot writes a snapshot now. Admins only.
func (v View) Snapshot(ctx context.Context) (uint64, error) { return 0, errSkeleton }
