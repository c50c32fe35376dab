package darknet

import "github.com/opencure/cure"

// An entry makes an engine.
type entry struct {
	name  string
	make  func(Settings) Engine
	modes []Mode
	house bool // runs in a hub
}

// table is the list of engines.
var table = []entry{
	{"portsync", NewPortsync, []Mode{Cure}, true},
	{"fingerprint", NewFingerprint, []Mode{Cure}, true},
	{"glasso", NewGlasso, []Mode{Cure, Paper}, true},
	{"nmf", NewNMF, []Mode{Cure, Paper}, true},
	{"ntd", NewNTD, []Mode{Cure, Paper}, true},
	{"changefinder", NewChangeFinder, []Mode{Cure, Paper}, true},
	{"zscore", NewZScore, []Mode{Cure}, false},
}

// Engines returns new engines of the table that run in a hub, in cure mode.
func Engines(seed uint64) []Engine {
	var all []Engine
	for _, e := range table {
		if e.house {
			all = append(all, e.make(Settings{Mode: Cure, Seed: seed}))
		}
	}
	return all
}

// NewEngine makes an engine by its name. NotFound: there is none.
func NewEngine(name string, s Settings) (Engine, error) {
	for _, e := range table {
		if e.name == name {
			return e.make(s), nil
		}
	}
	return nil, cure.Errorf(cure.NotFound, "no engine %.40q", name)
}
