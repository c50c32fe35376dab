package darknet

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// saidSources bounds the sources that a detection lists: as many as a case
// follows.
const saidSources = 1024

// portValue is the observable of a port; false for a protocol without ports.
func portValue(p Port) (cure.Observable, bool) {
	if p.Number == 0 {
		return cure.Observable{}, false
	}
	o := cure.Observable{Kind: cure.KindPort, Value: p.String()}
	return o, o.Check() == nil
}

func hostValue(h Host) cure.Observable {
	if h.Hashed {
		return cure.Observable{Kind: cure.KindFingerprint, Value: "hidden-source:" + h.String()}
	}
	return cure.Observable{Kind: cure.KindIP, Value: h.String()}
}

// Title is an activity in a few words.
func (a *Activity) Title() string {
	var ports []string
	for _, p := range a.Ports[:min(len(a.Ports), 3)] {
		proto, n, ok := strings.Cut(p.String(), "/")
		if ok {
			proto = n + "/" + proto
		}
		ports = append(ports, proto)
	}
	if n := len(a.Ports) - len(ports); n > 0 {
		ports = append(ports, fmt.Sprintf("%d more ports", n))
	}
	text := fmt.Sprintf("%s: %d sources", strings.Join(ports, ", "), a.SourceN)
	if a.Tool != NoTool {
		text += " with the mark of " + a.Tool.String()
	}
	if a.InStep() {
		text += " in step"
	}
	return text
}

// InStep reports whether some engine found the sources synchronised.
func (a *Activity) InStep() bool {
	return slices.ContainsFunc(a.Votes, func(v Vote) bool { return v.Test == TestSynchrony })
}

// Pattern says how it grew.
func (a *Activity) Pattern() string {
	text := fmt.Sprintf("%d sources in the first window, %d in %s; %.3g a window expected",
		a.First, a.SourceN, a.Last.Sub(a.Start).Round(time.Minute), a.Before)
	if a.InStep() {
		text += "; in step"
	}
	return text
}

// Mark says what the tool leaves in packets.
func (t Tool) Mark() string {
	return [...]string{"", "mirai: TCP sequence number = destination address", "zmap: IP ID 54321", "masscan: IP ID = destination, port and sequence number by XOR"}[min(t, toolEnd-1)]
}

// Reasons say what caused it, the pattern first, and what was set aside.
func (a *Activity) Reasons() []string {
	const votes, names = 4, 8
	all := []string{a.Pattern()}
	for i := range a.Votes[:min(len(a.Votes), votes)] {
		all = append(all, a.Votes[i].Why())
	}
	if a.Tool != NoTool {
		all = append(all, "mark of "+a.Tool.Mark())
	}
	if n := len(a.SetAside); n > 0 {
		all = append(all, "set aside by name: "+strings.Join(a.SetAside[:min(n, names)], ", "))
	}
	return all
}

// Why says what one engine found, in words.
func (v *Vote) Why() string {
	text := fmt.Sprintf("%s, %s: %.4g where %.3g were expected and %.4g the line", v.Engine, v.Test, v.Value, v.Baseline, v.Threshold)
	if v.Test == TestSynchrony {
		text = fmt.Sprintf("%s, synchrony: %.0f pairs of sources in the same bins where chance gives %.3g", v.Engine, v.Value, v.Baseline)
	}
	if v.Probability > 0 {
		text += fmt.Sprintf(" (p %.0e)", v.Probability)
	}
	return text
}

// Detection is the activity as it is published.
func (a *Activity) Detection(id cure.ID) cure.Detection {
	d := cure.Detection{
		ID: id, Start: a.Start, End: a.Last, Engine: EngineName, Title: a.Title(),
		Fingerprint: a.Tool.Mark(), Pattern: a.Pattern(), Score: float32(a.Score),
	}
	for _, p := range a.Ports {
		if o, ok := portValue(p); ok {
			d.Ports = append(d.Ports, o)
		}
	}
	for _, h := range a.List() {
		if len(d.Sources) == saidSources {
			break
		}
		d.Sources = append(d.Sources, hostValue(h))
	}
	d.Evidence = a.Evidence
	return d
}

// View is the activity as clients see it, without what depends on who looks.
func (a *Activity) View(id cure.ID) client.Activity {
	d := a.Detection(id)
	c := client.Activity{
		ID: id, Title: d.Title, Sensor: cure.Source(a.Sensor), Severity: a.Severity(), Start: a.Start, Last: a.Last, Found: a.Found,
		Ports: d.Ports, Fingerprint: d.Fingerprint, Pattern: d.Pattern, Sources: a.SourceN, Before: a.Before, Score: a.Score,
		SetAside: slices.Clone(a.SetAside), Votes: []client.Vote{},
	}
	for i := range a.Votes {
		v := &a.Votes[i]
		c.Votes = append(c.Votes, client.Vote{
			Engine: v.Engine, Test: v.Test, Window: v.Start, Windows: v.Windows, Value: v.Value, Baseline: v.Baseline,
			Threshold: v.Threshold, P: v.Probability, Score: v.Score, Why: v.Why(), Sources: v.SourceN,
		})
	}
	return c
}
