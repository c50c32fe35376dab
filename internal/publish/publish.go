// Package publish turns the bytes of a source into records and hands them to
// a hub: exactly once, in order, with what names the own sensors masked.
//
// A [Publisher] is a kind of source (cowrie, feeds), one entry of the table in
// package table. It brings two contracts. A [Decoder] reads one raw record and
// says what is in it; it is pure. A [Fold] puts together what belongs together
// (the events of a session, the entries of a list) in explicit, bounded state
// that is saved with the position in the source. Neither retries, logs, blocks
// or looks anything up: [Run] reads, masks, batches, sends, quarantines what
// is broken, and takes up again where it was.
//
// The way of one raw record:
//
//	feed.Frame -> Decoder -> companions -> Masker -> Fold -> wire.Encoder -> Sink
//
// # Exactly once
//
// Batches are numbered 1, 2, 3 … and cut by their content alone, so that the
// same input cut from the same state gives the same batches. A batch that is
// cut for another reason (time, end of input) carries a checkpoint: positions
// and state. After a crash the publisher goes on from the last checkpoint,
// makes the batches after it again and leaves out those the hub has.
//
// # Cost
//
// Memory is bounded by the framing (one record), the fold (see there) and the
// window of batches in flight, whatever the size of the input. One goroutine
// reads and decompresses, one decodes, folds and encodes, the sink's own send.
package publish

import (
	"context"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish/block"
	"github.com/opencure/cure/internal/publish/looks"
	"github.com/opencure/cure/internal/publish/packet"
)

// Layer says what a publisher reports: what sensors saw, or what things mean.
type Layer string

// The layers.
const (
	Observations Layer = "observation"
	Meanings     Layer = "meaning"
)

// Publisher describes one kind of source. Everything is data but New.
type Publisher struct {
	Name     string         // first part of its sources' names
	Role     string         // which part of the seed design it plays
	Layer    Layer          // observation or meaning
	Topics   []cure.Topic   // that it feeds
	Formats  []string       // what it reads, with versions
	Marking  cure.Marking   // default of a new source, effective (nothing left open)
	Why      string         // why that is the default
	Roles    []RoleOf       // which roles it gives
	Personal []PersonalData // what it does with personal data, field by field
	Framing  feed.Framing   // how raw records are cut out of a file
	Shapes   []looks.Shape  // that its records have; what is of another is refused by that name
	// Copies says that an input is a copy of a whole list, to be compared
	// with the copy before, and not the continuation of a log.
	Copies bool
	// OwnHosts says that the own hosts are what the source is about: their
	// addresses and names stay as they are, in the role own. Only sensors
	// (Event.Own) are masked then, and the default marking keeps it at home.
	OwnHosts bool
	// Secret names texts after which a raw record that could not be used may
	// hold a secret or name a sensor: the quarantine keeps it up to there.
	Secret []string
	// New makes decoder and fold of one source. An error is Invalid: the
	// source needs what the options do not have.
	New func(Options) (Decoder, Fold, error)
}

// RoleOf is one row of a publisher's table of roles.
type RoleOf struct {
	What string
	Role cure.Role
}

// PersonalData is one row of a publisher's table of personal data.
type PersonalData struct {
	Field     string // of the raw record
	Mask      string // what is done with it
	Purpose   string // why it is kept at all
	Retention string // how long
}

// Options is what a source's decoder and fold know of their surroundings.
type Options struct {
	Source cure.Source
	Names  *Pseudonyms    // masks of sensors and secrets
	Own    *OwnSide       // what belongs to the own organisation
	Feed   *Definition    // of a feed; nil: the built-in one of the instance's name
	Block  *block.List    // to compare accesses with, of publishers that do
	Zone   *time.Location // of times without one; nil: UTC
	PDF    TextOfPDF      // nil: PDF files are refused
	// Keywords are names to look for in texts.
	Keywords []Keyword
	// Enabled says that a source which is off by default was switched on.
	Enabled bool
	Flood   Flood  // of decoys that reflect: what makes a flood
	Paths   *Paths // of alerts of a product of one's own; nil: none
}

// Flood is what makes requests with one forged sender a flood. The zero Flood
// is 100 requests with less than a minute between one and the next.
type Flood struct {
	Packets int
	Gap     time.Duration
}

// Paths say where the JSON of a product has what: names between dots, several
// paths between blanks, of which the first that is there counts. Empty ones are
// not there.
type Paths struct {
	Product string // what its alerts are called
	Marks   string // paths that must all be there, for an alert to be of the product

	Time, Sensor, Host                       string
	Rule, ID, Category, Severity, Action     string
	Levels                                   string // four numbers: from which on a severity is low, medium, high, critical
	Src, SrcPort, Dst, DstPort, Proto, App   string
	URLs, Names, Hashes, Senders, Recipients string
	CVEs, Techniques                         string
}

// TextOfPDF reads the text of a PDF. It runs apart from this process, because
// parsers of PDF meet files that were made to break them.
type TextOfPDF func(ctx context.Context, data []byte) (string, error)

// Keyword is a tag and how texts name it.
type Keyword struct {
	Tag   string   `json:"tag"` // kind:name, or a CVE
	Names []string `json:"names"`
}

// Decoder reads raw records.
type Decoder interface {
	// Decode says what one raw record holds by calling emit, usually once;
	// the event and all it refers to belong to emit during the call only. The
	// same bytes give the same events; where a format refers to what came
	// before (templates of flows), the fold of the source saves that with its
	// state. An error means that the rest of the record cannot be used; its text
	// is the reason shown in the quarantine and holds no value of the record. raw must not be kept. Not safe for
	// concurrent use.
	Decode(raw []byte, emit func(*Event)) error
}

// Emit takes a record a fold has finished. The record may be reused after the
// call.
type Emit func(*cure.Record)

// Shaper is a Decoder whose source says how its raw records are cut out of an
// input, beyond the framing of its publisher.
type Shaper interface {
	// Shape sets it on a file that was just opened.
	Shape(f *feed.File) error
}

// Fold puts together what belongs together. State and output depend on the
// calls alone. Not safe for concurrent use.
type Fold interface {
	// Begin says that an input begins.
	Begin(Copy)
	// Add takes an event; it keeps nothing of it that is not copied.
	Add(ev *Event, emit Emit)
	// End says that an input has ended, complete or not. An error means that
	// the input was refused as a whole; its text is the reason.
	End(complete bool, emit Emit) error
	// Spill emits what is known of all that is still open; before each
	// checkpoint, so that state stays small and nothing waits.
	Spill(emit Emit)
	// Pending bounds the bytes that Spill would emit and AppendState append.
	Pending() int
	// AppendState appends the state, version first. After Spill only.
	AppendState(dst []byte) []byte
	// Restore takes up a state. The bytes come from the log: not trusted.
	Restore(state []byte) error
}

// Copy names an input.
type Copy struct {
	Name     string
	Identity string    // of the content, "" where it cannot be read twice
	Time     time.Time // when the copy was made
}

// Event is what one raw record says, before it is put together with others.
type Event struct {
	Key  string    // what it is part of within the source (a session), masked; "": stands alone
	Time time.Time // event time
	Kind string    // native name of the event
	// Unknown says that this version does not know the kind; it is counted
	// and kept with its raw text.
	Unknown bool
	Ends    bool // what it is part of is over

	Sensor string          // pseudonym of the sensor
	Own    []string        // sensor-side addresses and names, as written: masked in everything
	Actor  cure.Observable // who acted; the zero Observable where nobody is named
	Role   cure.Role       // of the actor; a session keeps its strongest
	// Marking is what the record needs beyond the default of its source.
	Marking      cure.Marking
	Observations []cure.Observation // First zero: Time. Without the actor
	Annotations  []cure.Annotation  // Time zero: the event's; Subject zero: the actor
	Attrs        []cure.Attr
	// Document is what the record is, with Body as its text, which goes to the
	// objects of the sink.
	Document *cure.Document
	Body     string
	Raw      []byte // the raw record without its secrets; nil: represented in full by the rest
	// Packet is what a packet says, in numbers, to a fold that makes the text:
	// nothing in it is masked.
	Packet *packet.Packet
	To     string // of a ListEdge: the object it leads to; of a document: the thing it is about, which may change
	// Refused is why Raw, a part of the raw record, cannot be used; the rest
	// goes on. Of a ListBad only.
	Refused string
}
