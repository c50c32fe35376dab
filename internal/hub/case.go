package hub

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/store"
)

// The thin case: exact joins around a detection, computed for each question
// from what the scope sees. What engines say about the case joins the blocks
// with their name on it; a block that nothing fills says what will.

// blocks of a case, in the order in which they are read, and what fills them.
var blocks = [...]struct{ name, fills string }{
	{"why", "the engine that found it, with growth, rhythm and what was set aside; records of darknets on the same port"},
	{"honeypots", "records of honeypots inside the window with the same port or the same addresses"},
	{"C2", "addresses, names and URLs that stand in records with the sources, and the engine that follows commands"},
	{"malware", "files that stand in records with the sources, and the engine that compares them"},
	{"vulnerability", "CVEs in records or tied to what belongs to the case, and the engine that estimates them"},
	{"intelligence", "tags and sentences that reports, ATT&CK or tickets tie to what belongs to the case"},
	{"similar", "the engine of similar addresses: hosts that behave like the sources and were never in a honeypot"},
	{"ours", "own alerts, flows or hosts that touch what belongs to the case"},
	{"partner", "records of partners, and their addresses once organisations name their networks"},
	{"not found", "sources that were asked and know nothing: feeds, reports, tickets, ATT&CK"},
}

// Which block the records of a publisher belong to; others say what is known.
var blockOf = map[string]string{
	"cowrie": "honeypots", "dionaea": "honeypots", "glastopf": "honeypots", "allport": "honeypots", "amppot": "honeypots",
	"decoynet": "honeypots", "darknet": "why", "alerts": "ours", "livenet": "ours", "endpoint": "ours", "webaccess": "ours",
}

// Honeypot reports whether a publisher reads honeypots.
func Honeypot(publisher string) bool { return blockOf[publisher] == "honeypots" }

const (
	caseBefore  = 72 * time.Hour
	caseAfter   = 24 * time.Hour
	casePorts   = 16
	casePortMax = 20_000 // records with the port that are counted
	caseSeeds   = 1024   // sources of the detection that are followed
	caseParts   = 50     // of one block
	caseRecords = 5      // of one part
)

// casework is one case being put together.
type casework struct {
	*look
	ctx      context.Context
	detected Finding
	from, to time.Time
	seeds    []store.ID
	isSeed   map[store.ID]bool
	anchors  []*anchor
	parts    map[string][]client.Part
	fills    map[string]string
}

// Cases lists the cases of all detections that the scope sees, those of the
// newest first, without their blocks.
func (h *Hub) Cases(ctx context.Context, sc cure.Scope, c Cursor) ([]CaseFile, error) {
	found, err := h.Detections(ctx, sc, FindingFilter{}, c)
	all := make([]CaseFile, 0, len(found))
	for _, d := range found {
		all = append(all, CaseFile{ID: d.ID, Title: d.Title, Opened: d.Arrived, Detection: d})
	}
	return all, err
}

// Case puts a case together: of a detection, or of a record by its ID, which
// makes an own alert a case. NotFound: neither, or not for this scope.
func (h *Hub) Case(ctx context.Context, sc cure.Scope, ref string, w CaseWindow) (CaseFile, error) {
	id, err := cure.ParseID(ref)
	if err != nil || id.IsZero() {
		return CaseFile{}, cure.Errorf(cure.Invalid, "case %.80q is not an id of 32 hex digits", ref)
	}
	leave, err := h.wide.enter(ctx)
	if err != nil {
		return CaseFile{}, err
	}
	defer leave()
	d, err := h.findingOf(ctx, sc, id)
	if err != nil {
		return CaseFile{}, err
	}
	l := h.look(sc)
	defer l.done(ctx, "case "+ref)
	k := &casework{
		look: l, ctx: ctx, detected: d, isSeed: map[store.ID]bool{},
		from: d.Start.Add(-orElse(w.Before, caseBefore)), to: d.End.Add(orElse(w.After, caseAfter)),
		parts: map[string][]client.Part{}, fills: map[string]string{},
	}
	for _, step := range []func() error{k.said, k.ports, k.sources, k.borne, k.spread, k.sort, k.meant, k.flaws, k.missing} {
		if err := step(); err != nil {
			return CaseFile{}, err
		}
	}
	return k.whole(), nil
}

// findingOf returns the detection of an ID, or makes one of a record.
func (h *Hub) findingOf(ctx context.Context, sc cure.Scope, id cure.ID) (Finding, error) {
	l := h.look(sc)
	for _, d := range l.findings(FindingFilter{}) {
		if d.ID == id {
			return d, nil
		}
	}
	gone := cure.Errorf(cure.NotFound, "no case %s", id)
	o, err := h.Record(ctx, sc, id.String())
	if err != nil || len(o.Observations) == 0 {
		return Finding{}, hide(orElse(err, gone), gone)
	}
	d := Finding{Source: o.Source, Marking: o.Marking, Record: o.ID.String(), Arrived: o.Arrived}
	d.ID, d.Title, d.Engine = id, "record of "+string(o.Source), "record"
	for i := range o.Observations {
		b := &o.Observations[i]
		if i == 0 || b.First.Before(d.Start) {
			d.Start = b.First
		}
		if last := orElse(b.Last, b.First); last.After(d.End) {
			d.End = last
		}
		switch {
		case b.Role == cure.RoleOwn:
		case b.Observable.Kind == cure.KindPort:
			d.Ports = append(d.Ports, b.Observable)
		default:
			d.Sources = append(d.Sources, b.Observable)
		}
	}
	return d, nil
}

func (k *casework) add(block string, p client.Part) { k.parts[block] = append(k.parts[block], p) }

// said adds what engines said about the case in records of their own.
func (k *casework) said() error {
	items := k.hub.ledger.shelved()
	done := map[string]bool{} // the newest of an engine counts
	for i := len(items) - 1; i >= 0; i-- {
		x := &items[i]
		if x.Case == nil || x.Case.Detection != k.detected.ID {
			continue
		}
		m := x.Marking.Or(k.hub.store.Default(x.Source))
		if !k.sc.Sees(x.Source, m) {
			continue
		}
		k.red = k.red || m.TLP == cure.TLPRed
		for j := range x.Case.Parts {
			p := &x.Case.Parts[j]
			if key := string(x.Source) + "\x00" + p.Name; !done[key] {
				k.engine(x.Source, p)
			}
		}
		for j := range x.Case.Parts {
			done[string(x.Source)+"\x00"+x.Case.Parts[j].Name] = true
		}
	}
	return nil
}

// engine adds a part that an engine wrote. One without anything in it says
// what would fill the block.
func (k *casework) engine(src cure.Source, p *cure.CasePart) {
	if len(p.Observables)+len(p.Records) == 0 && p.Score == 0 {
		k.fills[p.Name] = p.Reason
		return
	}
	part := client.Part{
		Text: p.Reason, Reason: "said by engine: " + src.Instance(), Sources: []cure.Source{src},
		Weight: float64(p.Score), Count: uint64(len(p.Observables)),
	}
	for _, r := range p.Records[:min(len(p.Records), caseRecords)] {
		part.Records = append(part.Records, r.String())
	}
	if len(p.Observables) == 1 {
		part.Observable = p.Observables[0]
	} else {
		part.Members = p.Observables
	}
	k.add(p.Name, part)
}

// ports adds who else saw the ports of the detection inside the window.
func (k *casework) ports() error {
	e := every{ctx: k.ctx}
	for _, port := range k.detected.Ports[:min(len(k.detected.Ports), casePorts)] {
		id, ok := k.find(port)
		if !ok {
			continue
		}
		by, n := map[cure.Source]*client.Part{}, 0
		for s := range k.r.PortTime(id, k.from, k.to) {
			if err := e.err(); err != nil {
				return err
			}
			if n++; n > casePortMax {
				break
			}
			k.portRecord(by, port, &s)
		}
		for src, p := range by {
			p.Text = fmt.Sprintf("%s in %s of %s", port.Value, plural(int(p.Count), "record"), src)
			block := orElse(blockOf[src.Publisher()], "intelligence")
			k.add(block, *p)
		}
	}
	return nil
}

func (k *casework) portRecord(by map[cure.Source]*client.Part, port cure.Observable, s *store.Sighting) {
	src := k.cell(s.Cell).Source
	p := by[src]
	if p == nil {
		p = &client.Part{
			Observable: port, Sources: []cure.Source{src}, Weight: 0.5, First: unix(s.First),
			Reason: "the same port inside the window",
		}
		by[src] = p
	}
	p.Count++
	if f := unix(s.First); f.Before(p.First) {
		p.First = f
	}
	if t := unix(s.Last); t.After(p.Last) {
		p.Last = t
	}
	if len(p.Records) < caseRecords {
		if rec := k.hub.opener.name(k.ctx, s.Loc); rec != "" && rec != k.detected.Record && !slices.Contains(p.Records, rec) {
			p.Records = append(p.Records, rec)
		}
	}
}

// sources adds how many of the addresses of the detection each source met
// inside the window, and makes them the seeds of what follows.
func (k *casework) sources() error {
	met := map[cure.Source]*client.Part{}
	all := slices.Clone(k.detected.Sources)
	sortObservables(all)
	e := every{ctx: k.ctx}
	for _, o := range all[:min(len(all), caseSeeds)] {
		if err := e.err(); err != nil {
			return err
		}
		id, ok := k.find(o)
		if !ok {
			continue
		}
		k.seeds, k.isSeed[id] = append(k.seeds, id), true
		k.meets(met, id)
	}
	for src, p := range met {
		p.Text = fmt.Sprintf("%d of the %s of the detection at %s", p.Count, plural(len(k.detected.Sources), "value"), src)
		p.Weight = float64(p.Count) / float64(len(k.detected.Sources))
		k.add(orElse(blockOf[src.Publisher()], "intelligence"), *p)
	}
	return nil
}

// meets counts a seed for the sources that met it in the window.
func (k *casework) meets(met map[cure.Source]*client.Part, id store.ID) {
	k.sights = k.r.Sights(id, k.sights[:0])
	for i := range k.sights {
		s := &k.sights[i]
		src := k.cell(s.Cell).Source
		if src == k.detected.Source || k.repeats(i) || !k.within(s.First, s.Last) {
			continue
		}
		p := met[src]
		if p == nil {
			p = &client.Part{Reason: "the same values inside the window", Sources: []cure.Source{src}, First: unix(s.First)}
			met[src] = p
		}
		p.Count++
		if f := unix(s.First); f.Before(p.First) {
			p.First = f
		}
		if t := unix(s.Last); t.After(p.Last) {
			p.Last = t
		}
	}
}

// within reports whether a stretch of event time touches the window.
func (k *casework) within(first, last uint32) bool {
	return !unix(last).Before(k.from) && !unix(first).After(k.to)
}

// whole sorts and bounds the blocks.
func (k *casework) whole() CaseFile {
	c := CaseFile{ID: k.detected.ID, Title: k.detected.Title, Opened: k.detected.Arrived, Detection: k.detected, From: k.from, To: k.to}
	for _, b := range blocks {
		x := Block{Name: b.name, State: client.BlockEmpty}
		parts := k.parts[b.name]
		slices.SortStableFunc(parts, compareParts)
		if len(parts) == 0 {
			x.Fills = orElse(k.fills[b.name], b.fills)
		} else {
			x.State = client.BlockFilled
			x.Parts, x.Cut = parts[:min(len(parts), caseParts)], max(len(parts)-caseParts, 0)
		}
		c.Blocks = append(c.Blocks, x)
	}
	return c
}

func compareParts(a, b client.Part) int {
	return cmp.Or(cmp.Compare(b.Weight, a.Weight), compareObservables(a.Observable, b.Observable),
		cmp.Compare(a.Text, b.Text), slices.Compare(a.Sources, b.Sources))
}
