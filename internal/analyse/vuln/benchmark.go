package vuln

import (
	"context"
	"slices"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish/advisory"
)

// Benchmark says what an evaluation runs on.
type Benchmark struct {
	Part   string // "dev" or "test": what is measured on
	Split  string // "time", "random" or "both"
	Rival  bool   // train and measure the neural contender too
	Gold   bool   // measure on the gold records
	Report func(step string)
}

// Outcome is the whole of an evaluation.
type Outcome struct {
	Part     string            `json:"part"`
	Sums     map[string]string `json:"sums"` // SHA-256 of the files
	Settings Settings          `json:"settings"`
	Reports  []Report          `json:"reports"`
	Audit    *AuditTable       `json:"audit,omitempty"`
}

// Run trains and measures by the protocol: the time split trains on train,
// calibrates on dev and measures on test; the random split takes one record in
// ten of everything for measuring and one in twenty of the rest for
// calibrating, by hashes of the ids. With Part dev the test part is not read:
// the time split calibrates on one half of dev and measures on the other.
func (b Benchmark) Run(ctx context.Context, d *Dataset, s Settings) (*Outcome, error) {
	if b.Part != "dev" && b.Part != "test" {
		return nil, cure.Errorf(cure.Invalid, "part %q: want dev or test", b.Part)
	}
	o := &Outcome{Part: b.Part, Settings: s, Sums: map[string]string{}}
	for _, c := range []Corpus{d.Train, d.Dev, d.Test, d.Gold} {
		for name, sum := range c.Sums {
			o.Sums[name] = sum
		}
	}
	for _, split := range []string{"time", "random"} {
		if b.Split != split && b.Split != "both" {
			continue
		}
		train, held, test := b.parts(d, split)
		r, err := b.one(ctx, d.Tree, split, s, train, held, test)
		if err != nil {
			return nil, err
		}
		o.Reports = append(o.Reports, r)
	}
	if b.Gold && len(d.Gold.Records) > 0 {
		b.Report("train without the gold records")
		train, _ := without(d.Train.Records, d.Gold.Records)
		held, _ := without(d.Dev.Records, d.Gold.Records)
		m, err := Train(ctx, d.Tree, train, held, s)
		if err != nil {
			return nil, err
		}
		t := m.auditTable(d.Gold.Records)
		o.Audit = &t
	}
	return o, nil
}

// parts divides the records.
func (b Benchmark) parts(d *Dataset, split string) (train, held, test []advisory.Record) {
	train, held = d.Train.Records, d.Dev.Records
	if split == "time" {
		if b.Part == "dev" {
			held, test = HoldBack(held, 2)
			return train, held, test
		}
		return train, held, d.Test.Records
	}
	all := slices.Concat(train, held)
	if b.Part == "test" {
		all = slices.Concat(all, d.Test.Records)
	}
	train, test = pick("random", all, 10)
	train, held = HoldBack(train, 20)
	return train, held, test
}

// one trains and measures one split.
func (b Benchmark) one(ctx context.Context, tree *Tree, split string, s Settings, train, held, test []advisory.Record) (Report, error) {
	b.Report("train for the " + split + " split")
	t, err := newTrainer(tree, train, held, s)
	if err != nil {
		return Report{}, err
	}
	m, err := t.run(ctx)
	if err != nil {
		return Report{}, err
	}
	file, err := m.Encode()
	if err != nil {
		return Report{}, err
	}
	var contender scorer
	if b.Rival {
		b.Report("calibrate the neural contender")
		contender = t.rival()
	}
	b.Report("measure")
	r := measure(m, contender, train, held, test)
	r.Split, r.Bytes = split, len(file)
	return r, ctx.Err()
}
