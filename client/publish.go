package client

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/opencure/cure"
)

// Media types and headers of publishing.
const (
	MediaBatches      = "application/vnd.cure.batches" // wire batches, each behind its length
	MediaLines        = "application/x-ndjson"
	HeaderToken       = "Cure-Token"
	HeaderIdempotency = "Idempotency-Key"
)

// Desk is what a publisher gets when it opens its source: where to go on, and
// what it needs to encode and to hide names.
type Desk struct {
	Epoch     uint64   `json:"epoch"`           // the same over restarts of the publisher
	Seq       uint64   `json:"seq"`             // highest batch of the epoch in the log
	State     []byte   `json:"state,omitempty"` // of the last checkpoint, nil when there is none
	Own       []string `json:"own,omitempty"`
	Token     string   `json:"token"`     // needed by Send
	Pseudonym string   `json:"pseudonym"` // key for sensor-side names, hex
	Seed      string   `json:"seed"`      // of the partition hash, hex
}

// Secrets returns the pseudonym key and the seed of the partition hash.
func (d *Desk) Secrets() (pseudonym [32]byte, seed [16]byte, err error) {
	p, err1 := hex.DecodeString(d.Pseudonym)
	s, err2 := hex.DecodeString(d.Seed)
	if err1 != nil || err2 != nil || len(p) != len(pseudonym) || len(s) != len(seed) {
		return pseudonym, seed, cure.Errorf(cure.Internal, "hub gave a key or seed of a wrong length")
	}
	return [32]byte(p), [16]byte(s), nil
}

// Sequences are the stream sequences of batches that are durable.
type Sequences struct {
	Sequences []uint64 `json:"sequences" doc:"One a batch, in the order sent."`
}

// BadRecord is a raw record that could not be read.
type BadRecord struct {
	ID      string       `json:"id,omitempty" maxLength:"64" doc:"The same when it is sent again: kept once."`
	Source  cure.Source  `json:"source"`
	Time    time.Time    `json:"time"`
	Place   string       `json:"place"` // file and line or offset
	Reason  string       `json:"reason"`
	Raw     []byte       `json:"raw,omitempty"` // bounded
	Marking cure.Marking `json:"marking,omitzero"`
}

// RecordLine is one line of a push: a record and whose it is.
type RecordLine struct {
	Source cure.Source `json:"source"`
	cure.Record
}

// Pushed says what became of a push.
type Pushed struct {
	Accepted     int       `json:"accepted" doc:"Records that are durable."`
	RefusedTotal int       `json:"refused_total" doc:"Records that were not taken."`
	Refused      []Refusal `json:"refused" doc:"Why, one entry a line (or source), at most 1,000."`
	Sequence     uint64    `json:"sequence" doc:"Highest stream sequence; give it as after to see it applied."`
}

// Refusal is a line, or all lines of a source, that were not taken.
type Refusal struct {
	Line   int         `json:"line,omitempty" doc:"Beginning with 1; none: all lines of the source."`
	Source cure.Source `json:"source,omitempty"`
	Reason string      `json:"reason"`
}

func sourcePath(src cure.Source, action string) string {
	return "/api/v1/sources/" + url.PathEscape(src.Publisher()) + "/" + url.PathEscape(src.Instance()) + "/" + action
}

// Open opens a source to write it, taking it over from whoever had it.
func (c *Client) Open(ctx context.Context, src cure.Source) (*Desk, error) {
	var d Desk
	// A second open takes the token of the first back: safe to send again.
	if err := c.send(ctx, http.MethodPost, sourcePath(src, "open"), true, nil, &d); err != nil {
		return nil, err
	}
	return &d, nil
}

// Send sends batches of an open source, in order, and returns their stream
// sequences when all are durable. Batches that the hub has are acknowledged
// again, so a Send that failed may be repeated as a whole. A Conflict means
// that somebody else has opened the source. Cost: one copy of the payloads.
func (c *Client) Send(ctx context.Context, src cure.Source, token string, payloads ...[]byte) ([]uint64, error) {
	var body []byte
	for _, p := range payloads {
		body = binary.LittleEndian.AppendUint32(body, uint32(len(p)))
		body = append(body, p...)
	}
	var s Sequences
	err := c.call(ctx, request{
		method: http.MethodPost, path: sourcePath(src, "batches"), media: MediaBatches, body: body, again: true,
		header: http.Header{HeaderToken: {token}},
	}, &s)
	if err == nil && len(s.Sequences) != len(payloads) {
		err = cure.Errorf(cure.Internal, "hub acknowledged %d of %d batches", len(s.Sequences), len(payloads))
	}
	return s.Sequences, err
}

// Quarantine keeps raw records of the source that could not be read, each ID
// once. It is tried again when all have one: others would be kept twice.
func (c *Client) Quarantine(ctx context.Context, src cure.Source, bad []BadRecord) error {
	again := !slices.ContainsFunc(bad, func(b BadRecord) bool { return b.ID == "" })
	return c.send(ctx, http.MethodPost, sourcePath(src, "quarantine"), again, struct {
		Records []BadRecord `json:"records"`
	}{bad}, nil)
}

// Applied waits until the batch of that stream sequence is applied.
func (c *Client) Applied(ctx context.Context, seq uint64) error {
	return c.get(ctx, "/api/v1/applied", url.Values{"after": {strconv.FormatUint(seq, 10)}}, nil)
}

// Push sends records as lines of JSON; the hub encodes them. The id names the
// push: repeated under the same id it counts once, also after either side was
// killed. An error of kind Unavailable means that it may be tried later with
// the same id and the same records (that is what a spool does); lines that
// were refused are in the answer, not in the error.
func (c *Client) Push(ctx context.Context, id string, records []RecordLine) (*Pushed, error) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	for i := range records {
		if err := enc.Encode(&records[i]); err != nil {
			return nil, cure.Errorf(cure.Invalid, "encode record %d: %w", i, err)
		}
	}
	return c.PushLines(ctx, id, body.Bytes())
}

// PushLines is [Client.Push] for records that are lines of JSON already.
func (c *Client) PushLines(ctx context.Context, id string, lines []byte) (*Pushed, error) {
	r := request{method: http.MethodPost, path: "/api/v1/records", media: MediaLines, body: lines, again: true, header: http.Header{}}
	if id != "" {
		r.header.Set(HeaderIdempotency, id)
	}
	var p Pushed
	if err := c.call(ctx, r, &p); err != nil {
		return nil, err
	}
	return &p, nil
}
