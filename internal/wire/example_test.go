package wire_test

import (
	"fmt"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/wire"
)

// A publisher encodes; a hub decodes rows and opens a record on demand.
func Example() {
	enc, err := wire.NewEncoder([16]byte{1})
	if err != nil {
		panic(err)
	}
	at := time.Date(2026, 4, 1, 10, 0, 0, 0, time.UTC)
	err = enc.Add(&cure.Record{
		ID:     cure.NewID("session", "1"),
		Sensor: "sensor-1",
		Observations: []cure.Observation{
			{Observable: cure.Observable{Kind: cure.KindIP, Value: "198.51.100.7"}, Role: cure.RoleScanner, First: at},
		},
	})
	if err != nil {
		panic(err)
	}
	payload, err := enc.Flush(wire.Header{Source: "cowrie/tokyo1", Epoch: 1, Seq: 1, Created: at})
	if err != nil {
		panic(err)
	}

	dec, err := wire.NewDecoder()
	if err != nil {
		panic(err)
	}
	batch, err := dec.Decode(payload)
	if err != nil {
		panic(err)
	}
	for i := range batch.Rows {
		row := &batch.Rows[i]
		fmt.Println(batch.Source, cure.KeyValue(row.Kind, batch.Key(row)), row.Role)
	}
	rec, err := dec.Open(payload, 0)
	if err != nil {
		panic(err)
	}
	fmt.Println(rec.Sensor)
	// Output:
	// cowrie/tokyo1 198.51.100.7 scanner
	// sensor-1
}
