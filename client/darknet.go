package client

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/opencure/cure"
)

// Severities of an activity, and what each asks of whoever reads it.
const (
	SeverityLow      = "low"      // look when there is time
	SeverityMedium   = "medium"   // look today
	SeverityHigh     = "high"     // look now
	SeverityCritical = "critical" // an own host takes part, or it grows by the hour
)

// Activity is a malware activity that engines noticed in a darknet: one for
// all engines and windows that mean the same. Its ID is that of its detection
// and of its case.
type Activity struct {
	ID       cure.ID      `json:"id"`
	Title    string       `json:"title"`
	Sensor   cure.Source  `json:"sensor"` // darknet source in which it was seen
	Marking  cure.Marking `json:"marking"`
	Severity string       `json:"severity"` // low, medium, high, critical
	Todo     string       `json:"todo"`     // what to do, a sentence
	Start    time.Time    `json:"start"`    // of the first window that alarmed
	Last     time.Time    `json:"last"`     // end of the last one
	Found    time.Time    `json:"found"`    // end of the window in which it was noticed first

	Ports       []cure.Observable `json:"ports"`
	Fingerprint string            `json:"fingerprint,omitempty"` // "mirai: TCP sequence number = destination address"
	Pattern     string            `json:"pattern"`               // "41 to 240 sources in two windows"
	Sources     int               `json:"sources"`               // distinct, without those set aside
	Before      float64           `json:"before"`                // sources a window that were expected
	Score       float64           `json:"score"`                 // 0 to 1
	Votes       []Vote            `json:"votes"`                 // by engine, the surest first
	SetAside    []string          `json:"set_aside,omitempty"`   // research scanners left out, by name
	Suppressed  *cure.Override    `json:"suppressed,omitempty"`  // by an analyst: this activity, or its ports for good
}

// Vote is what one engine and test say of an activity, in the window in which
// they were surest.
type Vote struct {
	Engine    string    `json:"engine"`            // portsync, fingerprint, glasso, nmf, ntd, changefinder
	Test      string    `json:"test"`              // synchrony, growth, …
	Window    time.Time `json:"window"`            // its beginning
	Windows   int       `json:"windows"`           // in how many windows it alarmed
	Value     float64   `json:"value"`             // what was measured
	Baseline  float64   `json:"baseline"`          // what was expected
	Threshold float64   `json:"threshold"`         // the line
	P         float64   `json:"p,omitempty"`       // p-value, where the test has one
	Score     float64   `json:"score"`             // 0 to 1
	Why       string    `json:"why"`               // in words
	Sources   int       `json:"sources,omitempty"` // that it names
}

// ActivityFile is an activity with what can be drawn of it. Series and heat
// map are computed from the records that the key may see.
type ActivityFile struct {
	Activity
	// Growth is the distinct sources of the ports a window of ten minutes,
	// from a day before the start; Baseline and Threshold are the engine's
	// curve beside it, where the detection kept one (same length, else empty).
	Growth    Series      `json:"growth"`
	Baseline  []float64   `json:"baseline,omitempty"`
	Threshold []float64   `json:"threshold,omitempty"`
	PortSet   []PortShare `json:"port_set"` // ports that its sources looked for, most sources first
	Heat      Heat        `json:"heat"`
	Members   []Member    `json:"members"`       // those of most packets first, at most 500
	Cut       int         `json:"cut,omitempty"` // members left out
	Judged    []Judgement `json:"judged,omitempty"`
	Evidence  []string    `json:"evidence,omitempty"` // records, a few; open them as any record
}

// Series is a count for each step of time.
type Series struct {
	From   time.Time `json:"from"`
	Step   int       `json:"step"` // seconds
	Counts []uint32  `json:"counts"`
}

// PortShare is a port with how many of an activity's sources looked for it.
type PortShare struct {
	Port    cure.Observable `json:"port"`
	Sources int             `json:"sources"`
	Named   bool            `json:"named"` // the activity's own
}

// Heat is who sent when: a row a host, a column a bin. Rows are ordered so
// that hosts with like rows stand together, earliest first: what is in step is
// a block to the eye. Two windows from the start, hosts sampled evenly where
// there are more than 200.
type Heat struct {
	From  time.Time `json:"from"`
	Bin   int       `json:"bin"`   // seconds
	Bins  int       `json:"bins"`  // columns
	Hosts []HeatRow `json:"hosts"` // at most 200
	Of    int       `json:"of"`    // hosts there are
}

// HeatRow is one host.
type HeatRow struct {
	Host    string   `json:"host"`
	Scanner string   `json:"scanner,omitempty"` // name of the research scanner that it is
	Counts  []uint32 `json:"counts"`            // packets a bin
}

// Member is a source of an activity, or one set aside from it.
type Member struct {
	Host    cure.Observable `json:"host"`
	First   time.Time       `json:"first"`
	Last    time.Time       `json:"last"`
	Packets uint64          `json:"packets"`
	Windows int             `json:"windows"`           // in which it was seen on the ports
	Tool    string          `json:"tool,omitempty"`    // mirai, zmap, masscan
	Scanner string          `json:"scanner,omitempty"` // set aside under this name
}

// Judgement is how one test of one engine came out for a port in a window.
type Judgement struct {
	Engine    string    `json:"engine"`
	Test      string    `json:"test"`
	Window    time.Time `json:"window"`
	Value     float64   `json:"value"`
	Baseline  float64   `json:"baseline"`
	Threshold float64   `json:"threshold"`
	Alarmed   bool      `json:"alarmed"`
	Why       string    `json:"why"` // in words
}

// DarknetPorts is an overview of the ports over time, as the engines of this
// hub saw them since it runs.
type DarknetPorts struct {
	From        time.Time    `json:"from"`
	Step        int          `json:"step"`        // seconds
	Steps       int          `json:"steps"`       // columns
	Ports       []PortSeries `json:"ports"`       // those with most sources in a step first, at most 200
	Other       int          `json:"other"`       // ports left out
	Backscatter []uint64     `json:"backscatter"` // packets a step: answers to forged senders
	Overflow    []uint64     `json:"overflow"`    // packets a step for which tables had no room
}

// PortSeries is one port over time.
type PortSeries struct {
	Port       cure.Observable `json:"port"`
	Sources    []uint32        `json:"sources"`              // most distinct sources in a window of the step
	Most       uint32          `json:"most"`                 // of Sources
	Activities []cure.ID       `json:"activities,omitempty"` // that name it
}

// WhyNot answers why a port did not alarm at a time, or that it did.
type WhyNot struct {
	Port    cure.Observable `json:"port"`
	At      time.Time       `json:"at"`
	Answer  string          `json:"answer"` // in a sentence
	Sensors []WhyNotSensor  `json:"sensors"`
}

// WhyNotSensor is the answer for one darknet source.
type WhyNotSensor struct {
	Sensor     cure.Source `json:"sensor"`
	Judged     []Judgement `json:"judged"`               // by engine and test; empty: nothing is remembered of that time
	Activities []cure.ID   `json:"activities,omitempty"` // that hold port and time
}

// ActivityFilter says which activities are wanted; zero fields mean any.
type ActivityFilter struct {
	From, To time.Time
	Port     string // "tcp/48123"
	All      bool   // suppressed ones too
}

// Activities lists malware activities, those that began last first.
func (c *Client) Activities(ctx context.Context, f ActivityFilter, p Page) ([]Activity, error) {
	q := p.query(0)
	if f.Port != "" {
		q.Set("port", f.Port)
	}
	if f.All {
		q.Set("all", "true")
	}
	for name, t := range map[string]time.Time{"from": f.From, "to": f.To} {
		if !t.IsZero() {
			q.Set(name, t.UTC().Format(time.RFC3339))
		}
	}
	return list[Activity](ctx, c, "/darknet/activities", q)
}

// Activity opens one with its pictures.
func (c *Client) Activity(ctx context.Context, id cure.ID) (*ActivityFile, error) {
	return ask[ActivityFile](ctx, c, "/darknet/activities/"+url.PathEscape(id.String()), nil)
}

// SuppressActivity folds an activity away, with its reason; ports means what
// comes later on its ports too. It is an override and can be removed as such.
func (c *Client) SuppressActivity(ctx context.Context, id cure.ID, reason string, ports bool) ([]cure.Override, error) {
	in := Suppression{Reason: reason, Ports: ports}
	var set []cure.Override
	return set, c.send(ctx, "POST", "/darknet/activities/"+url.PathEscape(id.String())+"/suppress", false, in, &set)
}

// Suppression is the body of a request to fold an activity away.
type Suppression struct {
	Reason  string    `json:"reason" minLength:"1" maxLength:"2048"`
	Ports   bool      `json:"ports,omitempty"`  // what comes later on the same ports too
	Expires time.Time `json:"expires,omitzero"` // zero: never
}

// DarknetPorts is the overview of ports over the last hours; 0: 24.
func (c *Client) DarknetPorts(ctx context.Context, hours int) (*DarknetPorts, error) {
	q := url.Values{}
	if hours > 0 {
		q.Set("hours", strconv.Itoa(hours))
	}
	return ask[DarknetPorts](ctx, c, "/darknet/ports", q)
}

// WhyNot asks why a port did not alarm at a time.
func (c *Client) WhyNot(ctx context.Context, port string, at time.Time) (*WhyNot, error) {
	q := url.Values{"port": {port}, "at": {at.UTC().Format(time.RFC3339)}}
	return ask[WhyNot](ctx, c, "/darknet/why", q)
}
