package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/opencure/cure"
)

// Stats counts what the key may see.
type Stats struct {
	Values       map[string]uint64 `json:"values"` // by kind
	Observations uint64            `json:"observations"`
	Pairs        uint64            `json:"pairs"`
	Tagged       uint64            `json:"tagged"`
	Sources      int               `json:"sources"`
	First        time.Time         `json:"first,omitzero"`
	Last         time.Time         `json:"last,omitzero"`
}

// SourceStatus is the state of one source. Default and Operating are there for
// keys only that see everything of the source.
type SourceStatus struct {
	Source       cure.Source   `json:"source"`
	Values       uint64        `json:"values"`
	Observations uint64        `json:"observations"`
	First        time.Time     `json:"first,omitzero"` // event time
	Last         time.Time     `json:"last,omitzero"`
	Default      *cure.Marking `json:"default,omitempty"` // of records that say nothing else
	Operating    *Operating    `json:"operating,omitempty"`
	Intake       *Intake       `json:"intake,omitempty"` // of a source that the hub reads itself
}

// Operating counts what came from a source, whoever may see it.
type Operating struct {
	Batches     uint64        `json:"batches"`
	Records     uint64        `json:"records"`
	Refused     uint64        `json:"refused"`           // batches and rows apply did not take
	Why         string        `json:"why,omitempty"`     // of the last refusal
	Raised      uint64        `json:"raised,omitempty"`  // records lifted to the floor of their source
	Unknown     uint64        `json:"unknown,omitempty"` // items of kinds this version does not know
	Duplicates  uint64        `json:"duplicates"`        // batches that came again
	Quarantined uint64        `json:"quarantined"`
	Arrived     time.Time     `json:"arrived,omitzero"` // last batch
	Good        time.Time     `json:"good,omitzero"`    // last batch with a record in it
	Rate        float64       `json:"rate"`             // records a second, mean over about the last minute
	Lag         time.Duration `json:"lag"`              // arrival minus event time of the last batch
	Skew        time.Duration `json:"skew"`             // arrival minus the publisher's clock
	Clock       string        `json:"clock,omitempty"`  // what is wrong with the clocks of the source; "": nothing is known
	Epoch       uint64        `json:"epoch"`
	Seq         uint64        `json:"seq"`
	Writer      bool          `json:"writer"` // somebody has it open
}

// Status is the state of the hub as a whole, for operators.
type Status struct {
	Ready       bool          `json:"ready"`   // caught up with the log of the start
	Applied     uint64        `json:"applied"` // stream sequence
	Last        uint64        `json:"last"`    // of the stream
	Behind      uint64        `json:"behind"`
	Started     time.Time     `json:"started"`
	Snapshot    time.Time     `json:"snapshot,omitzero"` // time of the last one
	SnapshotSeq uint64        `json:"snapshot_seq"`
	Bytes       int64         `json:"bytes"` // resident, all arenas
	Budget      int64         `json:"budget"`
	Memory      string        `json:"memory"` // "ok", "warn", "shedding"; "over": more than that cannot be dropped
	Shed        uint64        `json:"shed"`   // observations dropped for memory since the start
	Expired     uint64        `json:"expired"`
	Segments    int           `json:"segments"`
	Kept        time.Duration `json:"kept"` // how long observations are kept
	Log         string        `json:"log"`  // driver and sync of the log
	LogBytes    uint64        `json:"log_bytes"`
	Engines     []EngineState `json:"engines,omitempty"`
	Subscribers int           `json:"subscribers"`
	Alarms      []Alarm       `json:"alarms,omitempty"` // of sources, by name
}

// Alarm is something about a source that somebody should look at.
type Alarm struct {
	Source cure.Source `json:"source"`
	What   string      `json:"what"`
}

// Intake is how reading a source goes that the hub reads itself, since the hub
// was started.
type Intake struct {
	Running     bool       `json:"running"`        // it is being read
	Since       time.Time  `json:"since,omitzero"` // of that, or of the pause after an error
	Attempts    int        `json:"attempts"`       // that failed since something was published
	Err         string     `json:"err,omitempty"`  // of the last attempt, "" once a record was read again
	Records     int64      `json:"records"`        // raw records read
	Published   int64      `json:"published"`
	Quarantined int64      `json:"quarantined"`
	Good        time.Time  `json:"good,omitzero"`       // a raw record was last read
	Listening   *Listening `json:"listening,omitempty"` // of one that is sent
}

// Listening counts what was sent to a source that listens.
type Listening struct {
	Messages   int64 `json:"messages"`   // taken, on disk
	Long       int64 `json:"long"`       // of these cut, as too long
	Dropped    int64 `json:"dropped"`    // datagrams without room
	Evicted    int64 `json:"evicted"`    // connections that made room for others
	Handshakes int64 `json:"handshakes"` // TLS handshakes that were not finished
}

// EngineState is the state of one engine.
type EngineState struct {
	Name    string `json:"name"`
	Version uint32 `json:"version"`
	Read    uint64 `json:"read"`    // values looked at
	Emitted uint64 `json:"emitted"` // records published
	Missed  uint64 `json:"missed"`  // events lost to a full queue, made good by a scan
	Err     string `json:"err,omitempty"`
}

// Me says who holds the key, and what the hub is.
type Me struct {
	Version   string    `json:"version"` // of the hub
	Principal Principal `json:"principal"`
	Ready     bool      `json:"ready"`          // the hub has caught up with its log
	SIEM      string    `json:"siem,omitempty"` // address of a search in the own log store, with {value}, {kind}, {from} and {to}
}

// Me asks who the key is.
func (c *Client) Me(ctx context.Context) (*Me, error) { return ask[Me](ctx, c, "/me", nil) }

// Stats counts what the key may see.
func (c *Client) Stats(ctx context.Context) (*Stats, error) { return ask[Stats](ctx, c, "/stats", nil) }

// Status returns the state of the hub. For administrators.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	return ask[Status](ctx, c, "/status", nil)
}

// Sources returns the state of each visible source, sorted by name.
func (c *Client) Sources(ctx context.Context) ([]SourceStatus, error) {
	return list[SourceStatus](ctx, c, "/sources", nil)
}

// Quarantined returns raw records that could not be read, newest first, of a
// source or, when it is empty, of all.
func (c *Client) Quarantined(ctx context.Context, src cure.Source, p Page) ([]BadRecord, error) {
	q := p.query(0)
	if src != "" {
		q.Set("source", string(src))
	}
	return list[BadRecord](ctx, c, "/quarantine", q)
}

// Control deletes, regrades or retracts what a source said, and returns the
// stream sequence. It is tried once.
func (c *Client) Control(ctx context.Context, src cure.Source, controls ...cure.Control) (uint64, error) {
	var s sequence
	err := c.send(ctx, http.MethodPost, "/api/v1/controls", false, struct {
		Source   cure.Source    `json:"source"`
		Controls []cure.Control `json:"controls"`
	}{src, controls}, &s)
	return s.Sequence, err
}

// MediaBackup is the media type of a backup.
const MediaBackup = "application/zstd"

// Backup writes everything the hub has durable to w, as one archive that
// 'cure restore' reads. It takes as long as the log is large; an error leaves
// w with an archive that is not whole. Admins only.
func (c *Client) Backup(ctx context.Context, w io.Writer) (n int64, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: "/api/v1/backup"}, func(resp *http.Response) error {
		if n, err = io.Copy(w, resp.Body); err != nil {
			return cure.Errorf(cure.Unavailable, "read backup: %w", err)
		}
		return nil
	})
	return n, err
}

// Snapshot makes the hub write a snapshot and returns the stream sequence it
// holds. For administrators.
func (c *Client) Snapshot(ctx context.Context) (uint64, error) {
	var s sequence
	err := c.send(ctx, http.MethodPost, "/api/v1/snapshot", true, nil, &s)
	return s.Sequence, err
}

type sequence struct {
	Sequence uint64 `json:"sequence"`
}

// Page is which part of a list is wanted: zero fields mean the first 100.
type Page struct {
	Limit int // at most 10,000
	Skip  int
}

// query makes the parameters of a list; after > 0 waits for that stream
// sequence.
func (p Page) query(after uint64) url.Values {
	q := url.Values{}
	if p.Limit > 0 {
		q.Set("limit", strconv.Itoa(p.Limit))
	}
	if p.Skip > 0 {
		q.Set("skip", strconv.Itoa(p.Skip))
	}
	if after > 0 {
		q.Set("after", strconv.FormatUint(after, 10))
	}
	return q
}

// ask gets one thing.
func ask[T any](ctx context.Context, c *Client, path string, q url.Values) (*T, error) {
	v := new(T)
	if err := c.get(ctx, "/api/v1"+path, q, v); err != nil {
		return nil, err
	}
	return v, nil
}

// list gets a list.
func list[T any](ctx context.Context, c *Client, path string, q url.Values) ([]T, error) {
	v, err := ask[[]T](ctx, c, path, q)
	if err != nil {
		return nil, err
	}
	return *v, nil
}
