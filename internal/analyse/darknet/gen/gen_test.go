package gen

import (
	"bytes"
	"crypto/sha256"
	"math"
	"testing"

	"github.com/opencure/cure"
)

// TestCheck: what is no world is refused before it is made.
func TestCheck(t *testing.T) {
	good := Config{Days: 1, Scale: 1}
	for name, tt := range map[string]struct {
		change func(*Config)
		bad    bool
	}{
		"good":          {func(*Config) {}, false},
		"small":         {func(c *Config) { c.Scale = 0.001 }, false},
		"none":          {func(c *Config) { c.Scale = 0 }, true},
		"negative":      {func(c *Config) { c.Scale = -1 }, true},
		"no number":     {func(c *Config) { c.Scale = math.NaN() }, true},
		"infinite":      {func(c *Config) { c.Scale = math.Inf(1) }, true},
		"huge":          {func(c *Config) { c.Scale = 1001 }, true},
		"no day":        {func(c *Config) { c.Days = 0 }, true},
		"negative days": {func(c *Config) { c.Days = -3 }, true},
		"campaigns":     {func(c *Config) { c.Campaigns = -1 }, true},
		"a flood":       {func(c *Config) { c.Flood = 1 << 40 }, true},
	} {
		c := good
		tt.change(&c)
		if err := c.Check(); (cure.KindOf(err) == cure.Invalid && err != nil) != tt.bad {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSameSeedSamePackets: all that is made is a function of the configuration.
func TestSameSeedSamePackets(t *testing.T) {
	tell := func(seed uint64) [32]byte {
		w := New(Config{Seed: seed, Days: 1, Quiet: 1, Campaigns: 3, Scale: 0.05, Faults: true})
		var b bytes.Buffer
		c, tab := NewCapture(&b), NewTable(&b, seed)
		for p, ok := w.Next(); ok; p, ok = w.Next() {
			for i := range p {
				c.Write(&p[i])
				tab.Write(&p[i])
			}
		}
		w.Close()
		if c.Close() != nil || tab.Close() != nil || w.WriteLabels(&b) != nil || w.WriteScanners(&b) != nil {
			t.Fatal("cannot write to memory")
		}
		return sha256.Sum256(b.Bytes())
	}
	first := tell(1)
	if first != tell(1) {
		t.Error("the same seed gives other packets")
	}
	if first == tell(2) {
		t.Error("another seed gives the same packets")
	}
}

// TestWorldHoldsItsClasses: of each class something is sent, and labels say
// what was.
func TestWorldHoldsItsClasses(t *testing.T) {
	w := New(Config{Seed: 5, Days: 2, Quiet: 1, Campaigns: 10, Scale: 0.02})
	n := 0
	for p, ok := w.Next(); ok; p, ok = w.Next() {
		for i := 1; i < len(p); i++ {
			if p[i].At.Before(p[i-1].At) {
				t.Fatal("packets are out of order")
			}
		}
		n += len(p)
	}
	w.Close()
	classes := map[string]int{}
	for _, l := range w.Labels {
		if l.Packets > 0 {
			classes[l.Class]++
			if len(l.Sources) == 0 || l.Prefixes == 0 || l.End.Before(l.Start) {
				t.Errorf("label %s of %d packets: %d sources, %d prefixes", l.ID, l.Packets, len(l.Sources), l.Prefixes)
			}
		}
	}
	for _, c := range []string{Growth, Worm, Botnet, Stealth, Research, Spike, Victim, Misguided} {
		if classes[c] == 0 {
			t.Errorf("nothing of class %q was sent", c)
		}
	}
	if n == 0 || w.Length().Hours() != 48 {
		t.Errorf("%d packets in %s", n, w.Length())
	}
}
