package scenario

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/opencure/cure"
)

// Truth is what a hub must say after all inputs were published, and what it
// must not say. It is written as truth.json. Links are complete for addresses,
// hashes, domains and URLs; other kinds (ports, fingerprints) are left out.
type Truth struct {
	Notice    string                     `json:"notice"` // that all of it is synthetic
	Seed      int64                      `json:"seed"`
	Now       time.Time                  `json:"now"`
	Sources   map[cure.Source]SourceFact `json:"sources"`
	Links     []Link                     `json:"links"`     // observables that two or more publishers hold
	Shared    []Shared                   `json:"shared"`    // how many addresses two sources share, zeros left out
	Forbidden []Forbidden                `json:"forbidden"` // what must not be there
	Case      CaseFact                   `json:"case"`      // of the detection at 10:20
	Campaigns []CampaignFact             `json:"campaigns"`
	Exposure  []ExposureFact             `json:"exposure"` // own assets and the flaw of the camera
}

// SourceFact counts what a source gives.
type SourceFact struct {
	Lines       int            `json:"lines"`                 // raw records in its inputs, refused ones included
	Addresses   int            `json:"addresses"`             // distinct addresses that it saw or listed
	Hashes      int            `json:"hashes,omitempty"`      // distinct
	Domains     int            `json:"domains,omitempty"`     // distinct
	Quarantined map[string]int `json:"quarantined,omitempty"` // by the mistake that was made
	Refused     string         `json:"refused,omitempty"`     // why an input as a whole must be refused
}

// Link is an observable that publishers share.
type Link struct {
	Observable cure.Observable `json:"observable"`
	Sources    []cure.Source   `json:"sources"`
}

// Shared counts the addresses that two sources share.
type Shared struct {
	A         cure.Source `json:"a"`
	B         cure.Source `json:"b"` // after A in the alphabet
	Addresses int         `json:"addresses"`
}

// Forbidden is something that must not be there, and why.
type Forbidden struct {
	Observable cure.Observable `json:"observable,omitzero"` // must not be known from Publisher, from anyone when that is ""
	Publisher  string          `json:"publisher,omitempty"`
	Text       string          `json:"text,omitempty"` // must not occur in any answer
	Why        string          `json:"why"`
}

// facts collects the truth while the story is told.
type facts struct {
	seen      map[cure.Observable]map[cure.Source]bool
	sources   map[cure.Source]*SourceFact
	forbidden []Forbidden
}

func newFacts() *facts {
	return &facts{seen: map[cure.Observable]map[cure.Source]bool{}, sources: map[cure.Source]*SourceFact{}}
}

func (f *facts) source(src cure.Source) *SourceFact {
	if f.sources[src] == nil {
		f.sources[src] = &SourceFact{}
	}
	return f.sources[src]
}

func (f *facts) lines(src cure.Source, n int) { f.source(src).Lines += n }

func (f *facts) refused(src cure.Source, mistake string) {
	s := f.source(src)
	if s.Quarantined == nil {
		s.Quarantined = map[string]int{}
	}
	s.Quarantined[mistake]++
}

func (f *facts) saw(src cure.Source, o cure.Observable) {
	if f.seen[o] == nil {
		f.seen[o] = map[cure.Source]bool{}
	}
	if f.seen[o][src] {
		return
	}
	f.seen[o][src] = true
	switch s := f.source(src); o.Kind {
	case cure.KindIP:
		s.Addresses++
	case cure.KindHash:
		s.Hashes++
	case cure.KindDomain:
		s.Domains++
	}
}

func (f *facts) forbid(x Forbidden) { f.forbidden = append(f.forbidden, x) }

// truth draws the conclusions from all that was told.
func (f *facts) truth(s *Story) Truth {
	t := Truth{
		Notice:  "SYNTHETIC: every address, name, hash and event of this story is made up",
		Seed:    s.Seed,
		Now:     s.Now,
		Sources: map[cure.Source]SourceFact{},
	}
	for src, fact := range f.sources {
		t.Sources[src] = *fact
	}
	shared := map[[2]cure.Source]int{}
	for o, by := range f.seen {
		sources := slices.Sorted(maps.Keys(by))
		if publishers(sources) > 1 {
			t.Links = append(t.Links, Link{Observable: o, Sources: sources})
		}
		if o.Kind != cure.KindIP {
			continue
		}
		for i, a := range sources {
			for _, b := range sources[i+1:] {
				shared[[2]cure.Source{a, b}]++
			}
		}
	}
	slices.SortFunc(t.Links, func(a, b Link) int {
		return cmp.Or(cmp.Compare(len(b.Sources), len(a.Sources)), cmp.Compare(a.Observable.String(), b.Observable.String()))
	})
	for pair, n := range shared {
		t.Shared = append(t.Shared, Shared{A: pair[0], B: pair[1], Addresses: n})
	}
	slices.SortFunc(t.Shared, func(a, b Shared) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
	t.Forbidden = f.always()
	t.Case, t.Campaigns, t.Exposure = caseFact(s, f), campaignFacts(), exposureFacts()
	return t
}

// always returns what no part may bring, with what the parts forbade.
func (f *facts) always() []Forbidden {
	ip := func(v string) cure.Observable { return cure.Observable{Kind: cure.KindIP, Value: v} }
	all := []Forbidden{
		{Observable: ip(C2Second), Publisher: "feeds", Why: "C2-2 is in no feed: only K3 explains it"},
		{Observable: ip(Victim), Publisher: "feeds", Why: "the victim is no attacker"},
		{Observable: cure.Observable{Kind: cure.KindHash, Value: EmptyHash}, Why: "the hash of the empty file links everything with everything"},
		{Observable: ip(Resolver), Publisher: "cowrie", Why: "the resolver is listed by mistake, and nobody saw it attack"},
		{Observable: ip(Resolver), Publisher: "dionaea", Why: "the resolver is listed by mistake, and nobody saw it attack"},
	}
	for _, src := range slices.Sorted(maps.Keys(sensors)) {
		all = append(all, Forbidden{Text: sensors[src], Why: "address or name of the sensor " + src})
	}
	return append(all, f.forbidden...)
}

// publishers counts the publishers of sorted sources.
func publishers(sources []cure.Source) int {
	n, last := 0, ""
	for _, src := range sources {
		if p := src.Publisher(); p != last {
			n, last = n+1, p
		}
	}
	return n
}

// Quarantined returns how many records must be refused in all.
func (t Truth) Quarantined() int {
	n := 0
	for _, s := range t.Sources {
		for _, k := range s.Quarantined {
			n += k
		}
	}
	return n
}
