package vuln

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/opencure/cure"
)

// Weakness is one entry of the tree.
type Weakness struct {
	ID          CWE    `json:"id"`
	Name        string `json:"name"`
	Abstraction string `json:"abstraction"` // Pillar, Class, Base, Variant, Compound
	Usage       Usage  `json:"usage"`
	Suggest     []CWE  `json:"suggest,omitempty"` // what the mapping notes name instead
	Parents     []CWE  `json:"parents,omitempty"` // in view 1000, primary first
	In1003      bool   `json:"in1003,omitempty"`  // of the view that NVD labels with
}

// Tree is the CWE hierarchy of view 1000 (research concepts). Read-only once
// read.
type Tree struct {
	Version string
	all     []Weakness // by id
	at      map[CWE]int
}

// ReadTree reads a tree from JSON: {"version":…, "weaknesses":{"CWE-79":
// {name, abstraction, usage, suggest, parents1000, in1003}}}.
func ReadTree(r io.Reader) (*Tree, error) {
	var in struct {
		Version    string `json:"version"`
		Weaknesses map[string]struct {
			Name        string   `json:"name"`
			Abstraction string   `json:"abstraction"`
			Usage       Usage    `json:"usage"`
			Suggest     []string `json:"suggest"`
			Parents     []string `json:"parents1000"`
			In1003      bool     `json:"in1003"`
		} `json:"weaknesses"`
	}
	if err := json.NewDecoder(r).Decode(&in); err != nil {
		return nil, cure.Errorf(cure.Invalid, "read CWE tree: %w", err)
	}
	var all []Weakness
	for name, w := range in.Weaknesses {
		id, err := ParseCWE(name)
		if err != nil {
			return nil, cure.Errorf(cure.Invalid, "read CWE tree: %w", err)
		}
		all = append(all, Weakness{
			ID: id, Name: w.Name, Abstraction: w.Abstraction, Usage: w.Usage,
			Suggest: parseAll(w.Suggest), Parents: parseAll(w.Parents), In1003: w.In1003,
		})
	}
	return newTree(version(in.Version), all)
}

// version takes the number out of what the CWE API says of itself.
func version(s string) string {
	var about struct{ ContentVersion string }
	if json.Unmarshal([]byte(s), &about) == nil && about.ContentVersion != "" {
		return about.ContentVersion
	}
	return s
}

func parseAll(names []string) []CWE {
	var ids []CWE
	for _, s := range names {
		if id, err := ParseCWE(s); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// newTree indexes and checks the entries.
func newTree(version string, all []Weakness) (*Tree, error) {
	slices.SortFunc(all, func(a, b Weakness) int { return cmp.Compare(a.ID, b.ID) })
	t := &Tree{Version: version, all: all, at: make(map[CWE]int, len(all))}
	for i := range all {
		t.at[all[i].ID] = i
	}
	for i := range all {
		w := &all[i]
		w.Parents = slices.DeleteFunc(w.Parents, func(p CWE) bool { return !t.Has(p) })
		if len(t.at) != len(all) || len(t.Path(w.ID)) > maxDepth {
			return nil, cure.Errorf(cure.Invalid, "read CWE tree: %s is there twice or above itself", w.ID)
		}
	}
	return t, nil
}

// maxDepth bounds the way from a weakness to its pillar; in CWE 4.19 it is 6.
const maxDepth = 32

// Has reports whether the tree holds a weakness of that number; categories
// and views are none.
func (t *Tree) Has(id CWE) bool { _, ok := t.at[id]; return ok }

// Get returns an entry; nil where there is none.
func (t *Tree) Get(id CWE) *Weakness {
	i, ok := t.at[id]
	if !ok {
		return nil
	}
	return &t.all[i]
}

// All returns the entries in order of their numbers.
func (t *Tree) All() []Weakness { return t.all }

// Parent returns the primary parent, 0 of a pillar.
func (t *Tree) Parent(id CWE) CWE {
	if w := t.Get(id); w != nil && len(w.Parents) > 0 {
		return w.Parents[0]
	}
	return 0
}

// Path returns the way along primary parents from the pillar to the weakness.
func (t *Tree) Path(id CWE) []CWE {
	var path []CWE
	for ; id != 0 && len(path) <= maxDepth; id = t.Parent(id) {
		path = append(path, id)
	}
	slices.Reverse(path)
	return path
}

// maxAbove bounds the ancestors that are looked at; in CWE 4.19 no weakness has
// more than some twenty. A tree from outside may lead in circles.
const maxAbove = 256

// Above reports whether a is b or one of its ancestors, along any parents.
func (t *Tree) Above(a, b CWE) bool {
	if a == b {
		return true
	}
	var room [32]CWE
	met := append(room[:0], b)
	for i := 0; i < len(met) && len(met) < maxAbove; i++ {
		w := t.Get(met[i])
		if w == nil {
			continue
		}
		for _, p := range w.Parents {
			if p == a {
				return true
			}
			if !slices.Contains(met, p) {
				met = append(met, p)
			}
		}
	}
	return false
}

// describe names a weakness for people.
func (t *Tree) describe(id CWE) string {
	if w := t.Get(id); w != nil {
		return fmt.Sprintf("%s %s", id, w.Name)
	}
	return id.String()
}
