package publish

import (
	"context"
	"time"

	"github.com/opencure/cure"
)

// Sink is a hub, in process or over HTTP. Errors have the kinds of package
// cure: Unavailable may be tried again by who called Run; Conflict from Send
// means that another publisher has opened the source.
type Sink interface {
	// Open takes a source over.
	Open(ctx context.Context, src cure.Source) (Opening, error)

	// Send hands over a batch and may return before it is durable: done is
	// called once, in the order of the calls, with the stream sequence or the
	// error; it must not block. Send itself waits while the sink has too much
	// in flight. A sink that works synchronously calls done before it
	// returns. An error returned means that done will not be called.
	Send(ctx context.Context, src cure.Source, token string, payload []byte, done func(seq uint64, err error)) error

	// Quarantine keeps raw records that could not be used. After an
	// interruption the same ones may come again, with the same IDs.
	Quarantine(ctx context.Context, src cure.Source, bad []Bad) error

	// Applied waits until the stream is applied up to seq.
	Applied(ctx context.Context, seq uint64) error

	// Put keeps bytes that are too large for a batch, by their SHA-256 in
	// hex; Get returns them.
	Put(ctx context.Context, data []byte) (sum string, err error)
	Get(ctx context.Context, sum string) ([]byte, error)
}

// Opening is what a hub says when a source is opened.
type Opening struct {
	Epoch uint64   // stays the same for the life of the source
	Seq   uint64   // highest sequence of that epoch the hub has; 0: none
	State []byte   // of the source's last checkpoint, may be empty
	Key   [32]byte // of the source's pseudonyms
	Seed  [16]byte // of the virtual partitions
	Own   []string // prefixes, addresses and domains of the own side, "@" before mail domains; see [OwnSide] and [Masker]
	Token string   // to send with
}

// Bad is a raw record that could not be used.
type Bad struct {
	// ID is the same whenever the same raw record is read from the same input
	// again and refused for the same reason; "": the input cannot be read
	// again.
	ID     string
	Reason string
	Input  string    // file name without folder
	Line   int       // from 1, counted from where reading began
	Offset int64     // in the uncompressed input
	Time   time.Time // when it was read
	Raw    []byte    // its beginning, masked, at most MaxBad bytes
}

// MaxBad is how much of a bad record is kept, in bytes.
const MaxBad = 4 << 10
