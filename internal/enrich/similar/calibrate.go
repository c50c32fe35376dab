package similar

import (
	_ "embed"
	"encoding/json"

	"github.com/opencure/cure/internal/num/isotonic"
)

// Calibration says how likely two addresses with an overlap are of one group.
// It was fitted on the development part of the evaluation (eval/similar) by
// 'cure similar eval --calibrate'; there, pairs of one group were as frequent
// as its groups made them, which need not be so elsewhere.
type Calibration struct {
	Fitted string          `json:"fitted"` // on what
	Pairs  int             `json:"pairs"`
	Steps  []isotonic.Step `json:"steps"`
}

//go:embed calibration.json
var calibrationFile []byte

// calibrated is the calibration in the binary.
var calibrated = func() (c Calibration) {
	if err := json.Unmarshal(calibrationFile, &c); err != nil {
		panic("similar: calibration.json: " + err.Error())
	}
	return c
}()

// Score turns an overlap into the share of labelled pairs with it that were of
// one group.
func Score(overlap float64) float64 { return isotonic.At(calibrated.Steps, overlap) }
