//go:build loss

package losstest

import (
	"bufio"
	"fmt"
	"io"
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
	"merge.publish:1", "merge.publish:3", "log.append:4", "log.append:12", "apply.batch:5", "apply.batch:15",
}

const rounds = 24

// TestKill publishes the same files to two hubs: one is left alone, the other
// and its publishers are killed over and over, each time with fresh files to
// work on. Both must end the same.
func TestKill(t *testing.T) {
	bin := build(t)
	dir := t.TempDir()
	files := inputs(t, dir)

	calm, _ := start(t, bin, filepath.Join(dir, "calm"), "")
	publishAll(t, calm, files)
	want := calm.state()
	calm.kill()
	if want.Observations == 0 {
		t.Fatal("the uninterrupted run holds nothing")
	}

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, uninterrupted: %+v", seed, want)
	rng := rand.New(rand.NewPCG(seed, 0))
	stormy := filepath.Join(dir, "stormy")
	reached := map[string]int{}
	for i, round := range files {
		fault := ""
		if i%2 == 1 {
			fault = points[i/2%len(points)]
		}
		h, alive := start(t, bin, stormy, fault)
		if alive {
			storm(h, round, rng, fault != "")
		}
		select {
		case <-h.done:
			reached[fault]++
		default:
		}
		h.kill()
	}
	t.Logf("%d kills; died at a named point: %v", rounds, reached)
	if len(reached) < len(points)/2 {
		t.Errorf("only %d of %d named points were reached", len(reached), len(points))
	}

	last, _ := start(t, bin, stormy, "")
	publishAll(t, last, files)
	got := last.state()
	last.kill()
	if got.Digest != want.Digest || got.Observations != want.Observations || got.Pairs != want.Pairs {
		t.Errorf("after %d kills %+v, uninterrupted %+v", rounds, got, want)
	}
	if out, err := last.cure("log", "verify"); err != nil {
		t.Errorf("log verify: %v\n%s", err, out)
	}
}

// publishAll publishes everything: the last round names all files.
func publishAll(t *testing.T, h *hub, files [][][]string) {
	t.Helper()
	for _, round := range files[len(files)-feeds:] {
		for _, f := range round {
			if _, err := h.cure(append([]string{"publish", "--quiet"}, f...)...); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// storm publishes the files of a round at once, kills some of the publishers,
// and returns after a random time or, with a fault, when the hub is dead.
func storm(h *hub, files [][]string, rng *rand.Rand, fault bool) {
	for _, f := range files {
		p := h.publisher(f...)
		timer := time.AfterFunc(time.Duration(rng.IntN(3000))*time.Millisecond, func() { _ = p.Process.Kill() })
		go func() { _ = p.Wait(); timer.Stop() }()
	}
	patience := 100*time.Millisecond + time.Duration(rng.IntN(1200))*time.Millisecond
	if fault {
		patience = 6 * time.Second
	}
	select {
	case <-h.done:
	case <-time.After(patience):
	}
}

// feeds is how many lists there are; a round brings a new copy of one.
const feeds = 4

// inputs writes the files of all rounds and returns the arguments of "cure
// publish" for each. A round names the files of its sources so far, as a
// pattern like cowrie.json* does: what an interrupted run left goes first.
func inputs(t *testing.T, dir string) [][][]string {
	t.Helper()
	defs := filepath.Join(dir, "feeds.yaml")
	if err := os.WriteFile(defs, []byte(linesFeed), 0o600); err != nil {
		t.Fatal(err)
	}
	sofar := map[string][]string{}
	var all [][][]string
	for round := range rounds {
		var args [][]string
		for i, sessions := range []int{5_000, 3_000} {
			src, name := fmt.Sprintf("cowrie/s%d", i), filepath.Join(dir, fmt.Sprintf("cowrie-%d-%d.json", round, i))
			create(t, name, func(w io.Writer) error {
				_, err := bench.WriteCowrie(w, uint64(round*10+i+1), sessions)
				return err
			})
			sofar[src] = append(sofar[src], name)
			args = append(args, append([]string{"cowrie", "--source", src}, sofar[src]...))
		}
		feed, name := fmt.Sprintf("lines%d", round%feeds), filepath.Join(dir, fmt.Sprintf("list-%d.txt", round))
		create(t, name, func(w io.Writer) error { return writeList(w, round) })
		sofar[feed] = append(sofar[feed], name)
		all = append(all, append(args, append([]string{"feeds", "--feeds", defs, "--feed", feed}, sofar[feed]...)))
	}
	return all
}

func create(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	f, err := os.Create(name)
	if err == nil {
		err = write(f)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// writeList writes a list of 10,000 addresses; from round to round a tenth of
// them changes.
func writeList(w io.Writer, round int) error {
	out := bufio.NewWriter(w)
	for i := range 10_000 {
		n := i + round*1000
		fmt.Fprintf(out, "198.%d.%d.%d\n", 18+n>>16, n>>8&255, n&255)
	}
	return out.Flush()
}

const linesFeed = `- {name: lines0, format: lines, kind: ip, role: infected, tlp: CLEAR, licence: public}
- {name: lines1, format: lines, kind: ip, role: infected, tlp: CLEAR, licence: public}
- {name: lines2, format: lines, kind: ip, role: infected, tlp: CLEAR, licence: public}
- {name: lines3, format: lines, kind: ip, role: infected, tlp: CLEAR, licence: public}
`
