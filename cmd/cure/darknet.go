package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/analyse/darknet"
	"github.com/opencure/cure/internal/analyse/darknet/gen"
	"github.com/opencure/cure/internal/text"
)

type darknetCmd struct {
	Detect   darknetDetectCmd   `cmd:"" help:"Activities in captures and logs, or those that the hub noticed."`
	Explain  darknetExplainCmd  `cmd:"" help:"Why an activity was noticed: votes, growth, members."`
	Why      darknetWhyCmd      `cmd:"" help:"Why a port did not alarm at a time."`
	Replay   darknetReplayCmd   `cmd:"" help:"Run the engines again over what the hub has of a time."`
	Generate darknetGenerateCmd `cmd:"" help:"Make synthetic darknet traffic with labels."`
	Eval     darknetEvalCmd     `cmd:"" help:"Measure the engines on traffic with labels; print the tables."`
}

type darknetGenerateCmd struct {
	Into      string  `arg:"" type:"path" help:"Folder for dark.pcap, dark.csv, scanners.csv and labels.jsonl; it must not hold them yet."`
	Seed      uint64  `default:"1" help:"The same seed gives the same files."`
	Days      int     `default:"4" help:"Days; campaigns begin after three."`
	Campaigns int     `default:"5" help:"Malicious ones."`
	Scale     float64 `default:"1" help:"Of the background, 0.001 to 1,000: 1 is some 12,000 sources and 150,000 packets a day."`
	Flood     int     `help:"Packets of backscatter, each from another forged source, on the fourth day."`
}

// Help says what is in it.
func (darknetGenerateCmd) Help() string {
	return `Everything in it is synthetic. The capture has headers with the marks of tools; the
table has the columns of the NICT darknet data set, with hashed sources.

  cure darknet generate /tmp/dark --seed 7
  cure darknet detect /tmp/dark/scanners.csv /tmp/dark/dark.pcap`
}

// Run writes the files.
func (c *darknetGenerateCmd) Run(e *env) error {
	cfg := gen.Config{Seed: c.Seed, Days: c.Days, Campaigns: c.Campaigns, Scale: c.Scale, Flood: c.Flood}
	if err := cfg.Check(); err != nil {
		return err
	}
	if err := os.MkdirAll(c.Into, 0o755); err != nil {
		return cure.Errorf(cure.Unavailable, "generate: %w", err)
	}
	var files []*os.File
	for _, name := range []string{"dark.pcap", "dark.csv", "scanners.csv", "labels.jsonl"} {
		f, err := os.OpenFile(filepath.Join(c.Into, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return cure.Errorf(cure.Conflict, "generate: %w", err)
		}
		defer f.Close()
		files = append(files, f)
	}
	w := gen.New(cfg)
	capture, table, n := gen.NewCapture(files[0]), gen.NewTable(files[1], c.Seed), 0
	for list, ok := w.Next(); ok; list, ok = w.Next() {
		if err := e.ctx.Err(); err != nil {
			return err
		}
		for i := range list {
			capture.Write(&list[i])
			table.Write(&list[i])
		}
		n += len(list)
	}
	w.Close()
	for _, err := range []error{capture.Close(), table.Close(), w.WriteScanners(files[2]), w.WriteLabels(files[3])} {
		if err != nil {
			return cure.Errorf(cure.Unavailable, "generate: %w", err)
		}
	}
	return e.done(map[string]int{"packets": n, "labels": len(w.Labels)}, "%d synthetic packets and %d labels in %s", n, len(w.Labels), c.Into)
}

type darknetDetectCmd struct {
	Files []string      `arg:"" optional:"" type:"path" help:"Captures, logs and lists of scanners, as 'cure publish darknet' reads them; none: ask the hub."`
	Grace time.Duration `default:"1h" help:"How late a packet may come in the files and still count."`
	Zone  string        `default:"UTC" help:"Time zone of times without one."`
	All   bool          `help:"Of the hub: suppressed ones too."`
}

// Help teaches by example.
func (darknetDetectCmd) Help() string {
	return `Runs all engines over files, without a hub, and lists the activities they notice; or
lists those that the engines of the running hub noticed. Nothing alarms before a
day has been seen.

  cure darknet detect scanners.csv dark-*.pcap.gz
  cure darknet detect`
}

// Run lists activities.
func (c *darknetDetectCmd) Run(e *env) error {
	if len(c.Files) == 0 {
		cl, err := e.hub()
		if err != nil {
			return err
		}
		all, err := cl.Activities(e.ctx, client.ActivityFilter{All: c.All}, client.Page{})
		if err != nil {
			return err
		}
		return e.activities(all)
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return cure.Errorf(cure.Invalid, "detect: %w", err)
	}
	files, err := inFolders(c.Files)
	if err != nil {
		return err
	}
	d := newDetecting(c.Grace)
	r := darknet.NewReader(zone)
	packets := 0
	for _, f := range files {
		if err := r.Read(e.ctx, f, func(s *darknet.Sight) { packets++; d.house.Add(s) }); err != nil {
			return err
		}
	}
	d.house.Flush()
	if r.Refused > 0 && packets == 0 {
		return cure.Errorf(cure.Invalid, "detect: none of %d frames could be read; the first: %w", r.Refused, r.First)
	}
	if r.Refused > 0 {
		fmt.Fprintf(e.err, "cure: %d frames could not be read; the first: %s\n", r.Refused, text.Printable(r.First.Error(), 200))
	}
	if late, odd := d.house.Late, d.house.Strange; late+odd > 0 {
		fmt.Fprintf(e.err, "cure: %d packets came later than %s, %d had a time that was not believed: not counted\n", late, c.Grace, odd)
	}
	return e.activities(d.list())
}

// detecting is a house and the activities that it noticed.
type detecting struct {
	house *darknet.House
	found []*darknet.Activity
	known map[*darknet.Activity]bool
}

func newDetecting(grace time.Duration) *detecting {
	d := &detecting{known: map[*darknet.Activity]bool{}}
	d.house = darknet.NewHouse(darknet.HouseOptions{
		Sensor: "files", Engines: darknet.Engines(darknetSeed), Grace: grace, Changed: func(a *darknet.Activity) {
			if !d.known[a] {
				d.known[a] = true
				d.found = append(d.found, a)
			}
		},
	})
	return d
}

// list returns what was noticed, in order of its beginning.
func (d *detecting) list() (all []client.Activity) {
	for i, a := range d.found {
		all = append(all, a.View(cure.NewID("files", strconv.Itoa(i), a.Start.Format(time.RFC3339))))
	}
	return all
}

// activities prints a list.
func (e *env) activities(all []client.Activity) error {
	t := newGrid("id", "began", "severity", "#sources", "ports", "engines", "pattern")
	return printList(e, all, "no activity was noticed", t, func(a *client.Activity) {
		t.add(a.ID.String(), minute(a.Start), a.Severity, a.Sources, values(a.Ports), engines(a), a.Pattern)
	})
}

func values(list []cure.Observable) string {
	var all []string
	for i, o := range list {
		if i == 4 {
			all = append(all, fmt.Sprintf("%d more", len(list)-i))
			break
		}
		all = append(all, o.Value)
	}
	return strings.Join(all, " ")
}

func engines(a *client.Activity) string {
	var all []string
	seen := map[string]bool{}
	for _, v := range a.Votes {
		if !seen[v.Engine] {
			seen[v.Engine] = true
			all = append(all, v.Engine)
		}
	}
	return strings.Join(all, " ")
}
