//go:build loss

package losstest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/opencure/cure/bench"
)

// points are the places at which the hub kills itself: name and pass.
var points = []string{
	"snapshot.write:1", "snapshot.ledger:1", "snapshot.rename:1", "snapshot.renamed:1", "snapshot.rename:2",
	"merge.publish:1", "merge.publish:3", "log.append:3", "log.append:9", "apply.batch:5", "apply.batch:15",
}

// TestKill publishes the same files to two hubs: one is left alone, the other
// and its publishers are killed over and over. Both must end the same.
func TestKill(t *testing.T) {
	bin := build(t)
	dir := t.TempDir()
	files := inputs(t, dir)

	calm, _ := start(t, bin, filepath.Join(dir, "calm"), "")
	for _, f := range files {
		if _, err := calm.cure(append([]string{"publish", "--quiet"}, f...)...); err != nil {
			t.Fatal(err)
		}
	}
	want := calm.state()
	calm.kill()
	if want.Observations == 0 {
		t.Fatal("the uninterrupted run holds nothing")
	}

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, uninterrupted: %+v", seed, want)
	rng := rand.New(rand.NewPCG(seed, 0))
	stormy := filepath.Join(dir, "stormy")
	kills, reached := 0, 0
	for i := 0; kills < 24; i++ {
		fault := ""
		if i%2 == 1 {
			fault = points[i/2%len(points)]
		}
		h, alive := start(t, bin, stormy, fault)
		if alive {
			storm(h, files, rng)
			select {
			case <-h.done:
				reached++ // died at its point
			default:
			}
		} else {
			reached++
		}
		h.kill()
		kills++
	}
	t.Logf("%d kills, %d of them at a named point", kills, reached)

	last, _ := start(t, bin, stormy, "")
	for _, f := range files {
		if _, err := last.cure(append([]string{"publish", "--quiet"}, f...)...); err != nil {
			t.Fatal(err)
		}
	}
	got := last.state()
	if got.Digest != want.Digest || got.Observations != want.Observations || got.Pairs != want.Pairs {
		t.Errorf("after %d kills %+v, uninterrupted %+v", kills, got, want)
	}
	last.kill()
	if out, err := last.cure("log", "verify"); err != nil {
		t.Errorf("log verify: %v\n%s", err, out)
	}
}

// storm publishes all files at once, kills some of the publishers, and
// returns after a random time.
func storm(h *hub, files [][]string, rng *rand.Rand) {
	for _, f := range files {
		p := h.publisher(f...)
		die := time.Duration(rng.IntN(2500)) * time.Millisecond
		timer := time.AfterFunc(die, func() { _ = p.Process.Kill() })
		go func() { _ = p.Wait(); timer.Stop() }()
	}
	select {
	case <-h.done:
	case <-time.After(300*time.Millisecond + time.Duration(rng.IntN(2500))*time.Millisecond):
	}
}

// inputs writes three publishers' files and returns the arguments of
// "cure publish" for each.
func inputs(t *testing.T, dir string) [][]string {
	t.Helper()
	var all [][]string
	for i, sessions := range []int{30_000, 20_000} {
		name := filepath.Join(dir, fmt.Sprintf("cowrie-%d.json", i))
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bench.WriteCowrie(f, uint64(i+1), sessions); err != nil {
			t.Fatal(err)
		}
		f.Close()
		all = append(all, []string{"cowrie", "--source", fmt.Sprintf("cowrie/s%d", i), name})
	}
	list := filepath.Join(dir, "list.txt")
	f, err := os.Create(list)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60_000 {
		fmt.Fprintf(f, "198.%d.%d.%d\n", 18+i>>16, i>>8&255, i&255)
	}
	f.Close()
	defs := filepath.Join(dir, "feeds.yaml")
	if err := os.WriteFile(defs, []byte(linesFeed), 0o600); err != nil {
		t.Fatal(err)
	}
	return append(all, []string{"feeds", "--feeds", defs, "--feed", "lines", list})
}

const linesFeed = `- {name: lines, format: lines, kind: ip, role: infected, tlp: CLEAR, licence: public}
`
