package wire

import "github.com/opencure/cure"

// The fields of the items beside observations, in wire order. Never reorder;
// a new field goes to the end and is read only where the item has bytes left.

func enrichmentFields(c *codec, e *cure.Enrichment) {
	c.observable(&e.Subject)
	c.name(&e.Enricher)
	num(c, &e.Version)
	c.name(&e.Name)
	c.text(&e.Value)
	c.score(&e.Score)
	c.time(&e.Time)
	c.time(&e.Expires)
	c.text(&e.Why)
}

func detectionFields(c *codec, d *cure.Detection) {
	c.id(&d.ID)
	c.time(&d.Start)
	c.time(&d.End)
	c.name(&d.Engine)
	c.text(&d.Title)
	list(c, &d.Ports, 3, (*codec).observable)
	list(c, &d.Sources, 3, (*codec).observable)
	c.text(&d.Fingerprint)
	c.text(&d.Pattern)
	c.score(&d.Score)
	list(c, &d.Evidence, len(cure.ID{}), (*codec).id)
}

func caseFields(c *codec, k *cure.Case) {
	c.id(&k.ID)
	c.id(&k.Detection)
	c.text(&k.Title)
	c.time(&k.Opened)
	list(c, &k.Parts, 8, func(c *codec, p *cure.CasePart) {
		c.name(&p.Name)
		c.text(&p.Reason)
		c.score(&p.Score)
		list(c, &p.Observables, 3, (*codec).observable)
		list(c, &p.Records, len(cure.ID{}), (*codec).id)
	})
}

func documentFields(c *codec, d *cure.Document) {
	c.id(&d.ID)
	c.text(&d.Title)
	c.text(&d.URL)
	c.time(&d.Date)
	c.name(&d.Language)
	c.text(&d.Body)
}

func controlFields(c *codec, k *cure.Control) {
	num(c, &k.Op)
	if c.mode == reading && k.Op != cure.OpNone && !k.Op.Valid() {
		c.unknown = true
		return
	}
	c.observable(&k.Observable)
	c.id(&k.Record)
	c.time(&k.Before)
	c.marking(&k.Marking)
	c.name(&k.Producer)
	num(c, &k.Version)
	c.text(&k.Reason)
	c.name(&k.Author)
	c.state(&k.State)
}

// evidenceFields are what only an opened annotation shows.
func evidenceFields(c *codec, a *cure.Annotation) {
	c.id(&a.Document)
	num(c, &a.SpanStart)
	num(c, &a.SpanEnd)
	c.text(&a.Sentence)
	if c.mode != reading && a.Relation != cure.RelationTag || c.mode == reading && !c.cur.bad && c.cur.left() > 0 {
		num(c, &a.Relation)
	}
}

func attrFields(c *codec, a *cure.Attr) {
	c.name(&a.Name)
	c.text(&a.Value)
}
