package trial

import (
	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/analyse/darknet"
)

// field is who takes part: engines as they run in a hub, those in paper mode,
// and plain baselines.
var field = []struct {
	name, engine string
	mode         darknet.Mode
	level        darknet.Level
	union        bool
}{
	{"portsync", "portsync", darknet.Cure, darknet.Address, true},
	{"fingerprint", "fingerprint", darknet.Cure, darknet.Address, true},
	{"glasso", "glasso", darknet.Cure, darknet.Address, true},
	{"nmf", "nmf", darknet.Cure, darknet.Address, true},
	{"ntd", "ntd", darknet.Cure, darknet.Address, true},
	{"changefinder", "changefinder", darknet.Cure, darknet.Address, true},
	{"glasso, paper", "glasso", darknet.Paper, darknet.Net16, false},
	{"nmf, paper", "nmf", darknet.Paper, darknet.Net16, false},
	{"ntd, paper", "ntd", darknet.Paper, darknet.Net16, false},
	{"changefinder, paper", "changefinder", darknet.Paper, darknet.Net16, false},
	{"zscore", "zscore", darknet.Cure, darknet.Address, false},
}

// Contenders returns new engines of some names of the field, all for none.
func Contenders(names []string, seed uint64) ([]Contender, error) {
	var all []Contender
	known := map[string]bool{}
	for _, f := range field {
		known[f.name] = true
		if len(names) > 0 && !contains(names, f.name) {
			continue
		}
		e, err := darknet.NewEngine(f.engine, darknet.Settings{Mode: f.mode, Seed: seed, Level: f.level})
		if err != nil {
			return nil, err
		}
		all = append(all, Contender{f.name, e, f.union})
	}
	for _, n := range names {
		if !known[n] {
			return nil, cure.Errorf(cure.Invalid, "no engine %.40q in the table", n)
		}
	}
	return all, nil
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}
