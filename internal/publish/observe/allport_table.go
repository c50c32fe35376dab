package observe

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
)

// hours are what stands behind the date in a row of auth.csv: nothing else in
// it tells where the secrets begin.
func hours() []string {
	var list []string
	for h := range 24 {
		list = append(list, fmt.Sprintf(" %02d:", h))
	}
	return list
}

// heraldingColumns are those of heralding's log_auth.csv, which T-Pot reads as
// heralding/log/auth.csv; newer versions add a hash.
const heraldingColumns = 10

// heralding makes a record of log_session.json of a row of auth.csv: a login
// that was tried. Its head is nil.
func heralding(row []byte) ([]byte, error) {
	r := csv.NewReader(bytes.NewReader(row))
	r.LazyQuotes, r.FieldsPerRecord = true, -1
	c, err := r.Read()
	if err != nil || len(c) < heraldingColumns || len(c) > heraldingColumns+1 {
		return nil, errNoForm
	}
	if c[0] == "timestamp" && c[1] == "auth_id" {
		return nil, nil
	}
	return json.Marshal(map[string]any{
		"timestamp": c[0], "session_id": c[2], "source_ip": c[3], "source_port": c[4], "destination_ip": c[5], "destination_port": c[6],
		"protocol": c[7], "auth_attempts": []map[string]string{{"timestamp": c[0], "username": c[8], "password": c[9]}},
	})
}
