package observe

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
)

// osqueryResult is a result of osquery that holds several rows: a snapshot, or
// the changes of a query in the form of a batch.
type osqueryResult struct {
	Name           string            `json:"name"`
	HostIdentifier string            `json:"hostIdentifier"`
	UnixTime       json.RawMessage   `json:"unixTime,omitempty"`
	CalendarTime   string            `json:"calendarTime,omitempty"`
	Action         string            `json:"action,omitempty"`
	Columns        json.RawMessage   `json:"columns,omitempty"`
	Snapshot       []json.RawMessage `json:"snapshot,omitempty"`
	DiffResults    *struct {
		Added json.RawMessage `json:"added"`
	} `json:"diffResults,omitempty"`
}

// maxRows bounds the rows of one result.
const maxRows = 20_000

var errRows = errors.New("more than 20000 rows in one result of osquery")

// eachActivity calls do for each row of a result of osquery that has several,
// as if it had come alone, and for any other record once.
func eachActivity(raw []byte, do func(raw []byte) error) error {
	raw = unwrapped(raw)
	if len(raw) == 0 || raw[0] != '{' || !bytes.Contains(raw, []byte(`"hostIdentifier"`)) ||
		!bytes.Contains(raw, []byte(`"snapshot"`)) && !bytes.Contains(raw, []byte(`"diffResults"`)) {
		return do(raw)
	}
	var in osqueryResult
	if json.Unmarshal(raw, &in) != nil {
		return do(raw)
	}
	rows := in.Snapshot
	if in.DiffResults != nil && json.Unmarshal(in.DiffResults.Added, &rows) != nil { // "" where nothing was added
		rows = nil
	}
	if len(rows) > maxRows {
		return errRows
	}
	in.Snapshot, in.DiffResults, in.Action = nil, nil, "added"
	var wrong error
	for _, row := range rows {
		in.Columns = row
		one, err := json.Marshal(in)
		if err == nil {
			err = do(one)
		}
		if err != nil {
			wrong = err
		}
	}
	return wrong
}

var (
	falcoText    = regexp.MustCompile(`^\d\d:\d\d:\d\d\.\d{9}: (?:Emergency|Alert|Critical|Error|Warning|Notice|Info|Informational|Debug) `)
	errFalcoText = errors.New("lines of text of Falco have no date: set json_output: true")
)
