package darknet

import (
	"encoding/json"
	"fmt"
)

// stateVersion is that of the states of the factorising engines.
const stateVersion = 1

// storedState is the form of a state in bytes: JSON, with the name of the
// engine and the version of the form. Numbers come back with the same bits. A
// state of another version is refused, and the engine begins anew.
type storedState struct {
	Engine  string          `json:"engine"`
	Version int             `json:"version"`
	State   json.RawMessage `json:"state"`
}

// encodeState writes the state of an engine, the exported fields of its
// structs. What has maps, NaN or Inf is not for it.
func encodeState(engine string, state any) []byte {
	inner, err := json.Marshal(state)
	if err != nil {
		return nil // our own types: cannot be
	}
	b, err := json.Marshal(storedState{engine, stateVersion, inner})
	if err != nil {
		return nil
	}
	return b
}

// decodeState reads the state of an engine; no bytes are a new one.
func decodeState(engine string, data []byte, state any, check func() error) error {
	const most = 64 << 20
	if len(data) == 0 {
		return nil
	}
	if len(data) > most {
		return fmt.Errorf("restore engine %s: state of %d bytes is too large", engine, len(data))
	}
	var stored storedState
	if err := json.Unmarshal(data, &stored); err != nil {
		return fmt.Errorf("restore engine %s: %w", engine, err)
	}
	if stored.Engine != engine || stored.Version != stateVersion {
		return fmt.Errorf("restore engine %s: state of %.40q, version %d", engine, stored.Engine, stored.Version)
	}
	if err := json.Unmarshal(stored.State, state); err != nil {
		return fmt.Errorf("restore engine %s: %w", engine, err)
	}
	if err := check(); err != nil {
		return fmt.Errorf("restore engine %s: %w", engine, err)
	}
	return nil
}
