package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/analyse/darknet"
	"github.com/opencure/cure/internal/hub"
)

// What darknets show, as the public client reads it.
type (
	Activity       = client.Activity
	ActivityFile   = client.ActivityFile
	ActivityFilter = client.ActivityFilter
	DarknetPorts   = client.DarknetPorts
	PortSeries     = client.PortSeries
	Suppression    = client.Suppression
	WhyNot         = client.WhyNot
)

const (
	darknetPublisher = "darknet"
	// activityMost is how many detections are looked through for a list.
	activityMost = 10_000
	// activityRecords is how many records the pictures of one activity are
	// drawn from.
	activityRecords = 20_000
)

// Activities lists the malware activities that the principal sees, those that
// began last first. One that is suppressed is left out unless all are wanted.
// w may be nil: then nothing is known beside what was published.
func (v View) Activities(ctx context.Context, w *darknet.Watch, f ActivityFilter, c Cursor) ([]Activity, error) {
	found, err := v.Detections(ctx, FindingFilter{
		From: f.From, To: f.To, Port: f.Port, Publisher: string(hub.EngineSource(darknet.EngineName)),
	}, Cursor{Limit: activityMost})
	if err != nil {
		return nil, err
	}
	all := []Activity{}
	for i := range found {
		if a := v.activity(w, &found[i]); f.All || a.Suppressed == nil {
			all = append(all, a)
		}
	}
	all = all[min(max(c.Skip, 0), len(all)):]
	return all[:min(cmp.Or(max(c.Limit, 0), 100), len(all))], nil
}

// activity completes a detection with what the engine remembers of it.
func (v View) activity(w *darknet.Watch, f *Finding) Activity {
	a := Activity{
		ID: f.ID, Title: f.Title, Start: f.Start, Last: f.End, Found: f.Start, Fingerprint: f.Fingerprint, Pattern: f.Pattern,
		Sources: len(f.Sources), Score: float64(f.Score), Severity: client.SeverityMedium,
	}
	if k := w.Known(f.ID); k != nil && v.scope.Sees(k.Source, k.Marking) {
		a = k.Activity
	}
	a.Marking, a.Ports = f.Marking, orEmpty(f.Ports)
	a.Votes = orEmpty(a.Votes)
	if v.ours(f.Sources) {
		a.Severity = client.SeverityCritical
	}
	a.Todo = todo(&a)
	a.Suppressed = f.Suppressed()
	if a.Suppressed == nil {
		a.Suppressed = v.portsSuppressed(f.Ports)
	}
	return a
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// ours reports whether one of some addresses is known as an own host, as far
// as the principal sees that.
func (v View) ours(sources []cure.Observable) bool {
	all, err := v.hub.Summaries(context.Background(), v.scope, sources)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(all, func(s Summary) bool { return slices.Contains(s.Roles, cure.RoleOwn) })
}

func todo(a *Activity) string {
	switch a.Severity {
	case client.SeverityCritical:
		return "An own host takes part: take it off the network, then open the case."
	case client.SeverityHigh:
		return "Open the case now: what is behind the ports, and who of ours and of the partners has it?"
	case client.SeverityMedium:
		return "Open the case today; suppress the activity if it is known."
	}
	return "Look when there is time: few sources, one engine."
}

// portsSuppressed returns the decision that nothing on these ports is to be
// shown: all of them are suppressed.
func (v View) portsSuppressed(ports []cure.Observable) (by *cure.Override) {
	for _, p := range ports {
		if by = v.suppressed(cure.Target{Observable: p}); by == nil {
			return nil
		}
	}
	return by
}

// SuppressActivity folds an activity away; with its ports what comes later on
// them too. It needs an analyst. NotFound: no such activity for the principal.
func (v View) SuppressActivity(ctx context.Context, id cure.ID, s Suppression) ([]cure.Override, error) {
	f, err := v.darknetFinding(ctx, id)
	if err != nil {
		return nil, err
	}
	targets := []cure.Target{{Detection: id}}
	if s.Ports {
		for _, p := range f.Ports {
			targets = append(targets, cure.Target{Observable: p})
		}
	}
	var set []cure.Override
	for _, t := range targets {
		o, err := v.SetOverride(ctx, cure.Override{Kind: cure.OverrideSuppress, Target: t, Reason: s.Reason, Expires: s.Expires})
		if err != nil {
			return set, err
		}
		set = append(set, o)
	}
	return set, nil
}

func (v View) darknetFinding(ctx context.Context, id cure.ID) (*Finding, error) {
	found, err := v.Detections(ctx, FindingFilter{Publisher: string(hub.EngineSource(darknet.EngineName))}, Cursor{Limit: activityMost})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(found, func(f Finding) bool { return f.ID == id })
	if i < 0 {
		return nil, cure.Errorf(cure.NotFound, "no activity %s", id)
	}
	return &found[i], nil
}

// Activity opens one with its pictures, drawn from the records that the
// principal sees. NotFound: none that the principal sees.
func (v View) Activity(ctx context.Context, w *darknet.Watch, id cure.ID) (ActivityFile, error) {
	f, err := v.darknetFinding(ctx, id)
	if err != nil {
		return ActivityFile{}, err
	}
	file := ActivityFile{Activity: v.activity(w, f)}
	from := f.Start.Add(-24 * time.Hour)
	p := darknet.NewPortrait(f.Detection, from)
	for _, port := range f.Ports[:min(len(f.Ports), 8)] {
		cut, err := v.hub.PortRecords(ctx, v.scope, hub.PortQuery{
			Port: port, Publisher: orElseText(string(file.Sensor), darknetPublisher), From: from, To: f.End.Add(time.Hour), Most: activityRecords,
		}, func(o *Opened) bool { p.Add(&o.Record); return true })
		if err != nil {
			return ActivityFile{}, err
		}
		p.Cut = p.Cut || cut
	}
	p.Draw(&file)
	if k := w.Known(id); k != nil && v.scope.Sees(k.Source, k.Marking) {
		p.Curve(&file, k.Curve)
		if place := w.At(k.Source, k.Marking); place != nil && len(f.Ports) > 0 {
			file.Judged = place.Why(f.Ports[0], f.Start)
		}
	}
	return file, nil
}

func orElseText(v, def string) string {
	if v == "" {
		return def
	}
	return v
}

// DarknetPorts draws the ports over the last hours (0: 24), as far as the
// principal sees the darknets they were seen in.
func (v View) DarknetPorts(ctx context.Context, w *darknet.Watch, hours int) (DarknetPorts, error) {
	o := darknet.NewOverview(v.reg.now(), min(cmp.Or(max(hours, 0), 24), 7*24))
	for _, p := range w.Places() {
		if v.scope.Sees(p.Source, p.Marking) {
			p.Overview(o)
		}
	}
	out := o.Draw()
	all, err := v.Activities(ctx, w, ActivityFilter{From: out.From, All: true}, Cursor{Limit: activityMost})
	if err != nil {
		return DarknetPorts{}, err
	}
	for i := range out.Ports {
		for _, a := range all {
			if slices.Contains(a.Ports, out.Ports[i].Port) {
				out.Ports[i].Activities = append(out.Ports[i].Activities, a.ID)
			}
		}
	}
	return out, nil
}

// WhyNot says what the engines made of a port at a time.
func (v View) WhyNot(ctx context.Context, w *darknet.Watch, port cure.Observable, at time.Time) (WhyNot, error) {
	out := WhyNot{Port: port, At: at, Sensors: []client.WhyNotSensor{}}
	all, err := v.Activities(ctx, w, ActivityFilter{Port: port.Value, All: true}, Cursor{Limit: activityMost})
	if err != nil {
		return out, err
	}
	remembered := false
	for _, p := range w.Places() {
		if !v.scope.Sees(p.Source, p.Marking) {
			continue
		}
		s := client.WhyNotSensor{Sensor: p.Source, Judged: orEmpty(p.Why(port, at))}
		remembered = remembered || p.Remembers(at)
		for i := range all {
			if a := &all[i]; a.Sensor == p.Source && !at.Before(a.Start) && !at.After(a.Last) {
				s.Activities = append(s.Activities, a.ID)
			}
		}
		out.Sensors = append(out.Sensors, s)
	}
	out.Answer = answer(&out, remembered)
	return out, nil
}

func answer(n *WhyNot, remembered bool) string {
	why := ""
	for i := range n.Sensors {
		s := &n.Sensors[i]
		if len(s.Activities) > 0 {
			return fmt.Sprintf("It did: %s is in an activity at that time.", n.Port.Value)
		}
		for _, j := range s.Judged {
			if why == "" || j.Alarmed {
				why = fmt.Sprintf("%s, %s: %.4g where %.3g were expected and %.4g would have alarmed; %s.", j.Engine, j.Test, j.Value, j.Baseline, j.Threshold, j.Why)
			}
		}
	}
	switch {
	case why != "":
		return why
	case len(n.Sensors) == 0:
		return "No darknet that you may see has sent anything since the hub was started."
	case !remembered:
		return "The engines do not remember that time: windows of the last two days are kept, and none alarms before a day has been seen."
	}
	return "Nobody looked for this port then."
}
