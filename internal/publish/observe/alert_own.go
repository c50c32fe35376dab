package observe

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// ownMapping is the mapping of a product that the configuration describes. The
// error is Invalid.
func ownMapping(p *publish.Paths) (*mapping, error) {
	m := &mapping{
		product: cmp.Or(p.Product, "own"), marks: p.Marks,
		time: p.Time, sensor: p.Sensor, host: p.Host, rule: p.Rule, ruleID: p.ID, category: p.Category, severity: p.Severity, action: p.Action,
		src: p.Src, srcPort: p.SrcPort, dst: p.Dst, dstPort: p.DstPort, proto: p.Proto, app: p.App,
		urls: p.URLs, names: p.Names, hashes: p.Hashes, senders: p.Senders, rcpts: p.Recipients, cve: p.CVEs, tech: p.Techniques,
		level: anyLevel,
	}
	if p.Time == "" || p.Rule == "" && p.ID == "" {
		return nil, cure.Errorf(cure.Invalid, "fields of alerts: time, and rule or id, must be given")
	}
	if p.Levels != "" {
		var bounds [4]float64
		words := strings.Fields(p.Levels)
		for i, w := range words {
			n, err := strconv.ParseFloat(w, 64)
			if err != nil || len(words) != 4 || i > 0 && n <= bounds[i-1] {
				return nil, cure.Errorf(cure.Invalid, "fields of alerts: levels are four growing numbers, as in 4 7 12 15")
			}
			bounds[i] = n
		}
		m.level = func(s string) severity { return scale(s, bounds[0], bounds[1], bounds[2], bounds[3]) }
	}
	return m, nil
}

// is reports whether an object is an alert of the product: all marks are there,
// or without any time and rule.
func (m *mapping) is(f fields) bool {
	for p := range strings.FieldsSeq(m.marks) {
		if len(f[p]) == 0 {
			return false
		}
	}
	return m.marks != "" || f.first(m.time) != "" && f.first(m.rule+" "+m.ruleID) != ""
}

// readOwn reads an alert of the product of the configuration; false when it is
// none.
func (d *alerts) readOwn(raw []byte) (bool, error) {
	if d.mapped == nil {
		return false, nil
	}
	f, err := d.scrub.flatten(raw)
	if err != nil || !d.mapped.is(f) {
		return false, err
	}
	d.mapped.fill(f, &d.a)
	if d.a.rule == "" && d.a.ruleID == "" {
		return false, errNoRule
	}
	return true, nil
}
