package client

import (
	"context"

	"github.com/opencure/cure"
)

// SimilarState says what came of a question for similar addresses.
type SimilarState string

// The states.
const (
	SimilarFound        SimilarState = "found"        // the list says all; it may be empty
	SimilarInsufficient SimilarState = "insufficient" // too little was seen of the address to compare it
	SimilarUnknown      SimilarState = "unknown"      // no sensor that the key may see has seen it do anything
	SimilarReading      SimilarState = "reading"      // the hub has just begun: what it knows is still being read
	SimilarOff          SimilarState = "off"          // this hub compares no addresses
)

// Similar is which addresses behave like one, as far as the key may see them.
type Similar struct {
	Observable cure.Observable  `json:"observable"`
	State      SimilarState     `json:"state"`
	Why        string           `json:"why"`               // of the state, in a sentence
	Packets    int              `json:"packets,omitempty"` // seen of the address, at most 65,535 a source
	Traits     int              `json:"traits,omitempty"`  // different things that it does
	Values     []SimilarAddress `json:"values"`            // the most similar first, at most 20
}

// SimilarAddress is an address that behaves like another.
type SimilarAddress struct {
	Observable cure.Observable `json:"observable"`
	Score      float64         `json:"score"`   // share of labelled pairs with this overlap that were of one group
	Overlap    float64         `json:"overlap"` // weighted Jaccard similarity of what the two do, 0 to 1
	Why        string          `json:"why"`     // the shared traits in a sentence
	Shared     []SharedTrait   `json:"shared"`  // the weightiest first
	Sources    []cure.Source   `json:"sources"` // that saw the address
}

// SharedTrait is what two addresses do alike, of one sort.
type SharedTrait struct {
	Kind  string   `json:"kind"`            // port, hours, slot, ports, fingerprint, login, command …
	Count int      `json:"count"`           // how many they share
	Part  float64  `json:"part"`            // of all that they share, by weight
	Names []string `json:"names,omitempty"` // a few of them
}

// Similar returns the addresses that behave like o. When after is not 0, it
// waits until the batch of that stream sequence is taken in.
func (c *Client) Similar(ctx context.Context, o cure.Observable, after uint64) (*Similar, error) {
	return ask[Similar](ctx, c, observablePath(o, "/similar"), Page{}.query(after))
}
