package darknet_test

import (
	"bytes"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/opencure/cure/internal/analyse/darknet"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/scenario"
)

// TestStory: from the packets of the story alone the engines find one
// activity, with its port, all its sources and nobody else, wherever the
// windows lie against the story's clock.
func TestStory(t *testing.T) {
	for _, shift := range []time.Duration{0, 16 * time.Second, 299 * time.Second, 7*time.Minute + 7*time.Second} {
		t.Run(shift.String(), func(t *testing.T) {
			story := scenario.New(1, scenario.Frozen().Add(shift))
			var found []*darknet.Activity
			house := darknet.NewHouse(darknet.HouseOptions{
				Engines: darknet.Engines(1), Changed: func(a *darknet.Activity) {
					if !slices.Contains(found, a) {
						found = append(found, a)
					}
				},
			})
			r := darknet.NewReader(time.UTC)
			for _, in := range story.Of("darknet") {
				read(t, r, in.Name, in.Data, house.Add)
			}
			house.Flush()
			if len(found) != 1 {
				t.Fatalf("%d activities, want 1", len(found))
			}
			a, fact := found[0], &story.Truth.Case
			if len(a.Ports) != 1 || a.Ports[0].String() != fact.Port.Value || a.Tool != darknet.Mirai {
				t.Errorf("it is of %v with the mark of %q, want %s of mirai", a.Ports, a.Tool, fact.Port)
			}
			if lead := fact.From.Sub(a.Start); lead < -time.Minute || lead > 10*time.Minute {
				t.Errorf("it begins %s, the story's at %s", a.Start, fact.From)
			}
			if noticed := a.Found.Sub(fact.From); noticed > 20*time.Minute {
				t.Errorf("it was noticed after %s, want two windows at most", noticed)
			}
			var got, want []string
			for _, h := range a.List() {
				got = append(got, h.String())
			}
			for _, o := range fact.Sources {
				want = append(want, o.Value)
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%d sources, want %d", len(got), len(want))
			}
			if !slices.Contains(a.SetAside, fact.SetAside) {
				t.Errorf("set aside by name: %q, want %q", a.SetAside, fact.SetAside)
			}
		})
	}
}

// read feeds the frames of a file to a reader.
func read(t *testing.T, r *darknet.Reader, name string, data []byte, add func(*darknet.Sight)) {
	t.Helper()
	f, err := feed.NewFile(name, io.NopCloser(bytes.NewReader(data)), feed.Packets, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for {
		frame, err := f.Next(t.Context(), feed.Forever)
		if err != nil {
			break
		}
		r.Frame(frame.Data, add)
	}
	if r.Refused > 0 {
		t.Errorf("%d frames of %s refused: %v", r.Refused, name, r.First)
	}
}
