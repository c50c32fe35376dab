package inventory

import (
	"encoding/json"

	"github.com/opencure/cure"
)

// perLine is how many components and findings a line holds. All versions of a
// package stand in one line.
const perLine = 200

// AppendLines appends the inventory as lines of JSON, each with what all of it
// has in common, and returns how many.
func AppendLines(dst []byte, in *Inventory) ([]byte, int, error) {
	rest, lines := *in, 0
	for lines == 0 || len(rest.Components)+len(rest.Findings) > 0 {
		part := *in
		part.Components, rest.Components = cutAt(rest.Components, func(a, b *Component) bool { return a.Package == b.Package })
		part.Findings, rest.Findings = cutAt(rest.Findings, func(a, b *Finding) bool { return a.CVE == b.CVE })
		b, err := json.Marshal(part)
		if err != nil {
			return dst, lines, err
		}
		dst = append(append(dst, b...), '\n')
		lines++
	}
	return dst, lines, nil
}

// cutAt takes the first elements off, and those that go with the last of them.
func cutAt[T any](all []T, together func(a, b *T) bool) (first, rest []T) {
	n := min(perLine, len(all))
	for n > 0 && n < len(all) && n < 2*perLine && together(&all[n-1], &all[n]) {
		n++
	}
	return all[:n], all[n:]
}

// ReadLine reads one line of AppendLines. It is as little trusted as a file.
func ReadLine(line []byte) (*Inventory, error) {
	var in Inventory
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, cure.Errorf(cure.Invalid, "read line of an inventory: %w", err)
	}
	in.Asset, in.Format, in.Tool, in.ID = word(in.Asset), word(in.Format), word(in.Tool), word(in.ID)
	switch {
	case in.Asset == "" || in.ID == "" || !formats[in.Format]:
		return nil, cure.Errorf(cure.Invalid, "no line of an inventory: it names asset, format and inventory")
	case len(in.Components) > 2*perLine || len(in.Findings) > 2*perLine:
		return nil, cure.Errorf(cure.Invalid, "a line of an inventory holds at most %d components and findings", 2*perLine)
	case in.Made.IsZero() || in.Made.Year() < 2000 || in.Made.Year() > 2200:
		return nil, cure.Errorf(cure.Invalid, "a line of an inventory says when it was made")
	}
	return &in, nil
}

var formats = map[string]bool{"cyclonedx": true, "spdx": true, "trivy": true, "vuls": true}
