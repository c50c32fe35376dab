// Package scenario is the seeded story of the demo and the tests: a campaign
// called Kagerou, told by what each publisher would have seen of it.
//
// In go a seed and a clock, out come files in the native format of each
// publisher and the truth about them: what must link, what must not, how much
// must be refused. Everything in it is SYNTHETIC: addresses come from the
// ranges for documentation and benchmarks, names end in .example, hashes are
// those of their own names, and no sample exists.
//
// One file per publisher tells that publisher's part; a new one is a file and
// a line in [parts]. The parts draw from random sources of their own, so that
// a new part changes no byte of the others.
//
// The same seed and clock give the same bytes. A story is made in some ten
// milliseconds, holds a few megabytes, starts nothing and reads no clock. It
// does not change afterwards and may be read concurrently.
package scenario

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/opencure/cure"
)

// JST is the time zone the story is told in.
var JST = time.FixedZone("JST", 9*60*60)

// Frozen is the clock of the story as tests see it: Friday 2026-11-20, 10:40
// in Japan, forty minutes after the bots began to scan port 48123.
func Frozen() time.Time { return time.Date(2026, 11, 20, 10, 40, 0, 0, JST) }

// Story is one telling.
type Story struct {
	Seed   int64
	Now    time.Time // the story's 10:40
	Cast   Cast
	Inputs []Input // by arrival, then by source and name
	Said   []Said  // what is pushed as records, by arrival: after the inputs
	Truth  Truth
}

// Input is one file as a publisher finds it.
type Input struct {
	Source  cure.Source
	Name    string    // of the file
	Arrives time.Time // when it is there to be read; a list as it was at that time
	Data    []byte    // in the native format of the publisher
}

// part writes what one publisher saw.
type part struct {
	publisher string
	tell      func(*teller)
}

// parts is the table of publishers in the story.
var parts = []part{
	{"allport", allport},
	{"cowrie", cowrie},
	{"dionaea", dionaea},
	{"feeds", feeds},
	{"glastopf", glastopf},
	{"alerts", alerts},
	{"malmail", malmail},
	{"malsites", malsites},
	{"spamdb", spamdb},
	{"livenet", livenet},
	{"webaccess", webaccess},
	{"endpoint", endpoint},
	{"decoynet", decoynet},
	{"attack", attack},
	{"darknet", darknet},
	{"amppot", amppot},
	{"reports", reports},
	{"tickets", tickets},
	{"social", social},
	{"vuln", vulnerability},
	{"assets", assets},
}

// New tells the story for a clock: every time in it is shifted so that its
// 10:40 is now, to the second. The seed is 1 everywhere but in tests of the
// story itself.
func New(seed int64, now time.Time) *Story {
	s := &Story{Seed: seed, Now: now.Truncate(time.Second).In(JST)}
	s.Cast = newCast(seed)
	facts := newFacts()
	for _, p := range parts {
		p.tell(&teller{story: s, facts: facts, publisher: p.publisher, rand: random(seed, p.publisher)})
	}
	slices.SortStableFunc(s.Inputs, func(a, b Input) int {
		return cmp.Or(a.Arrives.Compare(b.Arrives), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Name, b.Name))
	})
	s.Said = []Said{
		{EngineSource, s.Now.Add(detectedAt), engineParts(s)},
		{TelescopeSource, s.Now.Add(detectedAt), telescope(s)},
	}
	s.Truth = facts.truth(s)
	return s
}

// random returns the random source of one part.
func random(seed int64, name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(uint64(seed), h.Sum64()))
}

// Hash returns the SHA-256 that stands for a thing of the story, "K1" say.
func Hash(name string) string {
	sum := sha256.Sum256([]byte("opencure-demo/" + name))
	return hex.EncodeToString(sum[:])
}

// Of returns the inputs of one publisher, in order of arrival.
func (s *Story) Of(publisher string) []Input {
	var ins []Input
	for _, in := range s.Inputs {
		if in.Source.Publisher() == publisher {
			ins = append(ins, in)
		}
	}
	return ins
}

// Write writes the inputs below a folder, each as publisher/instance/name,
// with the time of its arrival as its own, and beside them truth.json and
// feeds.yaml ([Definitions]). It returns the path of each input, in their
// order.
func (s *Story) Write(folder string) ([]string, error) {
	paths := make([]string, 0, len(s.Inputs))
	for _, in := range s.Inputs {
		path := filepath.Join(folder, filepath.FromSlash(string(in.Source)), in.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, cure.Errorf(cure.Unavailable, "write scenario: %w", err)
		}
		if err := os.WriteFile(path, in.Data, 0o600); err != nil {
			return nil, cure.Errorf(cure.Unavailable, "write scenario: %w", err)
		}
		if err := os.Chtimes(path, in.Arrives, in.Arrives); err != nil {
			return nil, cure.Errorf(cure.Unavailable, "write scenario: %w", err)
		}
		paths = append(paths, path)
	}
	truth, err := json.MarshalIndent(s.Truth, "", "  ")
	if err != nil {
		return nil, cure.Errorf(cure.Internal, "write truth: %w", err)
	}
	for name, data := range map[string][]byte{"truth.json": append(truth, '\n'), "feeds.yaml": []byte(Definitions)} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			return nil, cure.Errorf(cure.Unavailable, "write scenario: %w", err)
		}
	}
	return paths, nil
}
