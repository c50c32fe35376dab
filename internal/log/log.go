// Package log is the durable, ordered log of OpenCURE: streams of messages, a
// store of objects by content, and a few keys. It answers "is it safe?" and
// "what came after sequence n?"; it knows bytes only, not the batch format.
//
// A [Backend] is one place that holds streams, objects and keys. Three drivers
// share one contract and one conformance suite (package logtest):
//
//   - [OpenEmbedded]: a NATS JetStream server inside this process, without a
//     listener, on a folder of the local disk. The default.
//   - [OpenCluster]: NATS servers reached by URL. The same client code.
//   - [NewMemory]: for tests; nothing survives it.
//
// # Order
//
// A stream has one order. Each message has a sequence: 1, 2, 3 …, never used
// twice, also across restarts and truncation. What one goroutine appends
// enters in the order of its calls; between goroutines the stream decides.
//
// # What is durable when
//
// An append, an object or a key is acknowledged when it is in the hands of the
// backend. Embedded, with [SyncAlways] (the default): after fsync. Checked in
// the source of nats-server v2.15.2, server/filestore.go and stream.go:
//
//   - A message of a stream with one replica is written and fsynced by
//     flushPendingMsgsLocked inside storeRawMsg, before the acknowledgement is
//     sent; a failed write or fsync refuses the message and all later ones.
//   - Object-store chunks and key-value entries are messages of streams of the
//     same kind (OBJ_name, KV_name), acknowledged one by one: they are as
//     durable. An object exists when its meta message is acknowledged; that
//     one is sent last.
//   - One fsync per message: group commit exists only for atomic batches.
//     Throughput comes from batches of about 48 KB, not from concurrency.
//   - The file of a new block is fsynced; its directory only when the index of
//     the stream is next written (each two minutes). Journalling file systems
//     (ext4, XFS, btrfs) commit the entry of a new file with its first fsync;
//     others may lose the newest block on power failure.
//   - With more than one replica the fsync is that of the Raft log
//     (SyncOnFlush): a quorum has synced the entry when it is acknowledged.
//   - With another [Sync] the write is in the page cache when acknowledged: it
//     survives kill -9, not a power failure within the interval.
//
// For a cluster the servers' own sync_interval decides ([SyncByServer]).
//
// # Limits
//
// A payload has at most [MaxPayload], an object at most [MaxObject] bytes. A
// stream with MaxBytes refuses new messages when full (cure.Unavailable); it
// never drops old ones to make room. The embedded server refuses in the same
// way when 75 % of the disk that was free at start is used. Duplicate
// suppression by message id is a first filter (two minutes, kept in memory, so
// use it for batches, not for records); exact idempotence is the hub's.
//
// # Errors
//
// Kinds are those of package cure. Invalid: the same call fails again (name,
// subject, size). NotFound: no such message, object, key. Denied: the server
// refuses this user. Conflict: a key exists or was changed. Unavailable: full,
// closed, no server or no answer in time; the message may still have been
// stored. Errors of a context keep errors.Is(err, ctx.Err()).
//
// All types are safe for concurrent use. Everything ends with [Backend.Close].
package log

import (
	"context"
	"io"
	"time"
)

// The limits of the log.
const (
	MaxPayload = 512 << 10 // bytes of one message
	MaxObject  = 64 << 20  // bytes of one object
	MaxValue   = 64 << 10  // bytes of the value of a key
	MaxID      = 128       // bytes of a message id
	Window     = 64        // appends in flight per Appender before AppendAsync waits

	// DuplicateWindow is how long a message id is remembered.
	DuplicateWindow = 2 * time.Minute
)

// Backend is a place that holds streams, objects and keys.
type Backend interface {
	// Appender returns a way to append to whatever stream takes a subject.
	// It asks nothing of the server, so a user that may only publish its own
	// subject can use it. Each Appender has its own window.
	Appender() Appender

	// Stream opens the stream of that name, and creates it or adapts its
	// subjects and limits where they differ. Idempotent.
	Stream(ctx context.Context, cfg StreamConfig) (Stream, error)

	// Objects opens a bucket of objects and creates it if it is not there.
	Objects(ctx context.Context, bucket string) (Objects, error)

	// Keys opens a bucket of keys and creates it if it is not there.
	Keys(ctx context.Context, bucket string) (Keys, error)

	// Backup writes everything held (streams, objects, keys) to w while it
	// is in use; each stream as of one moment, those of batches before those
	// of the objects they refer to. It needs room for the largest stream in
	// the folder spool. Unavailable where nothing is durable.
	Backup(ctx context.Context, w io.Writer, spool string) error

	// Restore takes back what Backup wrote, sequences and times included.
	// Conflict when the backend holds any stream, Invalid when the archive is
	// cut or damaged; what was restored before the damage stays.
	Restore(ctx context.Context, r io.Reader) error

	// Info says what the backend is and how much it holds.
	Info(ctx context.Context) (Info, error)

	// Close ends everything opened here: waiting calls fail with
	// cure.Unavailable. Appends acknowledged before stay. Close waits for
	// the goroutines of the backend and may be called twice.
	Close() error
}

// Info describes a backend.
type Info struct {
	Driver   string // "embedded", "cluster", "memory"
	Sync     Sync
	Server   string // version of the server, "" for memory
	Address  string // folder, or URL without user and password
	Bytes    uint64 // held by all streams and buckets
	MaxBytes uint64 // most it takes; 0: no limit known
}

// Appender adds messages to the log.
type Appender interface {
	// Append adds a message and returns its sequence when it is durable. id,
	// if not "", names the content: a second append with the same id within
	// [DuplicateWindow] stores nothing and returns the first one's sequence.
	// Concurrent calls are in flight together. data may be reused after the
	// call.
	Append(ctx context.Context, subject, id string, data []byte) (seq uint64, err error)

	// AppendAsync is Append without waiting for durability: when it returns
	// nil, done is called once with the result. At most [Window] messages are
	// in flight; beyond, AppendAsync waits, which is the back-pressure. done
	// is called in the order of the calls from one goroutine and must not
	// block or append. Where one message fails, later ones may have been
	// stored. data must not be changed until done.
	AppendAsync(ctx context.Context, subject, id string, data []byte, done func(seq uint64, err error)) error
}

// Stream is a durable sequence of messages. Its appends refuse subjects that
// are not its own.
type Stream interface {
	Appender

	// Read returns one message. A replica that lags may answer NotFound for
	// a message acknowledged a moment ago.
	Read(ctx context.Context, seq uint64) (Message, error)

	// Consume calls fn with every message from sequence from on, in order,
	// each once, and follows the tail until ctx ends or fn fails; it returns
	// that error. It begins at the first message kept when from is older: the
	// jump shows in the sequence. A from beyond Last+1 is cure.Invalid: the
	// reader's state belongs to another log. What waits for fn is bounded to
	// about 4 MiB. A lost connection is taken up again without gap or
	// repetition. fn may keep the data.
	Consume(ctx context.Context, from uint64, fn func(Message) error) error

	// Info returns the state of the stream.
	Info(ctx context.Context) (StreamInfo, error)

	// TruncateBefore deletes all messages before seq, at most all of them
	// (seq = Last+1). Sequences go on from where they were.
	TruncateBefore(ctx context.Context, seq uint64) error
}

// Objects holds immutable byte strings by their SHA-256.
type Objects interface {
	// Put stores data and returns its sum when it is durable and has been
	// read back whole. Storing what is there already costs that reading. A
	// Put cut short by a crash leaves bytes that count against the disk but
	// no object.
	Put(ctx context.Context, data []byte) (Sum, error)

	// Get returns the object after checking its sum. NotFound when absent;
	// Internal when what is stored does not have that sum any more.
	Get(ctx context.Context, sum Sum) ([]byte, error)

	// Has reports whether the object is there.
	Has(ctx context.Context, sum Sum) (bool, error)

	// Delete removes the object. NotFound when absent.
	Delete(ctx context.Context, sum Sum) error
}

// Keys holds small values that change under compare-and-set: bootstrap and
// leases only, all other metadata are events of a stream. A key is 1 to 128
// bytes of a-z, A-Z, 0-9, '-', '_', '/', '.', without a dot at its ends or two
// in a row. Revisions grow. A Get answered by a replica may be a moment old;
// Update and Delete are exact.
type Keys interface {
	// Create stores a key that does not exist: cure.Conflict if it does.
	Create(ctx context.Context, key string, value []byte) (rev uint64, err error)

	// Get returns value and revision. NotFound when absent.
	Get(ctx context.Context, key string) (value []byte, rev uint64, err error)

	// Update replaces the value if the key is at revision rev: cure.Conflict
	// if it is not.
	Update(ctx context.Context, key string, value []byte, rev uint64) (uint64, error)

	// Delete removes the key if it is at revision rev: cure.Conflict if it is
	// not, also when absent.
	Delete(ctx context.Context, key string, rev uint64) error
}
