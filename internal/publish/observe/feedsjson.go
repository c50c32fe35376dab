package observe

import (
	"bytes"
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
)

// maxJSON bounds one record of a JSON feed in bytes: as a tree it takes some
// ten times that.
const maxJSON = 4 << 20

// maxNesting bounds the containers around a value in one record.
const maxNesting = 64

// records decodes the records of a JSON feed.
type records struct {
	row
	each  []string
	paths [][]string // of the columns
	top   []bool     // from the whole record
}

func newRecords(def *publish.Definition) *records {
	r := &records{row: row{def: def}}
	r.each, _ = feed.ParsePath(def.Each) // checked with the definition
	for i := range def.Columns {
		path, top := strings.CutPrefix(def.Columns[i].Path, "/")
		steps, _ := feed.ParsePath(path)
		r.paths, r.top = append(r.paths, steps), append(r.top, top)
	}
	return r
}

// Shape implements publish.Shaper. Documents that stand one after the other
// are told apart by their lines, so that a broken one costs only itself.
func (r *records) Shape(f *feed.File) error {
	if r.def.Records == "" {
		f.Objects(maxJSON)
		return nil
	}
	return f.Elements(r.def.Records, maxJSON)
}

// Decode implements publish.Decoder.
func (r *records) Decode(raw []byte, emit func(*publish.Event)) error {
	if bytes.HasPrefix(raw, []byte{'<'}) {
		r.begin()
		r.ev.Kind = publish.ListMarkup
		emit(&r.ev)
		return nil
	}
	whole, err := parseTree(raw)
	if err != nil {
		r.begin()
		r.ev.Kind = publish.ListBad
		emit(&r.ev)
		return err
	}
	whole.walk(r.each, func(part *node) { r.record(whole, part, emit) })
	return nil
}

// record reads one entry: part of a record, or all of it.
func (r *records) record(whole, part *node, emit func(*publish.Event)) {
	r.begin()
	if r.def.Comment != "" && part.kind == '"' && strings.HasPrefix(part.text, r.def.Comment) || part.kind == '"' && strings.TrimSpace(part.text) == "" {
		return
	}
	var bad error
	var text string
	for i := range r.def.Columns {
		c, from := &r.def.Columns[i], part
		if r.top[i] {
			from = whole
		}
		found := false
		from.walk(r.paths[i], func(n *node) {
			if n.kind == '{' || n.kind == '[' || n.kind == 'n' {
				return
			}
			found = true
			if err := r.cell(c, strings.TrimSpace(n.text)); err != nil && bad == nil {
				bad, text = err, n.text
			}
		})
		if !found && len(c.Only) > 0 {
			r.pass = true
		}
	}
	if r.pass {
		return
	}
	if bad != nil {
		r.refuse(bad, text, emit)
	}
	r.end(emit)
}

// node is a JSON value.
type node struct {
	kind  jsontext.Kind
	text  string   // of a string, number or boolean
	names []string // of an object's members
	kids  []*node
}

// parseTree reads one JSON value.
func parseTree(raw []byte) (*node, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), lenient...)
	n, err := readNode(dec)
	if err != nil {
		return nil, errBroken
	}
	return n, nil
}

var errNesting = errors.New("nested too deeply")

func readNode(dec *jsontext.Decoder) (*node, error) {
	tok, err := dec.ReadToken()
	if err != nil {
		return nil, err
	}
	n := &node{kind: tok.Kind()}
	switch n.kind {
	case '{', '[':
		if dec.StackDepth() > maxNesting {
			return nil, errNesting
		}
	case '"':
		n.text = strings.ToValidUTF8(tok.String(), "\uFFFD")
		return n, nil
	default:
		n.text = tok.String()
		return n, nil
	}
	for k := dec.PeekKind(); k != '}' && k != ']'; k = dec.PeekKind() {
		if n.kind == '{' {
			name, err := dec.ReadToken()
			if err != nil {
				return nil, err
			}
			n.names = append(n.names, name.String())
		}
		kid, err := readNode(dec)
		if err != nil {
			return nil, err
		}
		n.kids = append(n.kids, kid)
	}
	_, err = dec.ReadToken()
	return n, err
}

// walk calls visit for every value a path leads to.
func (n *node) walk(path []string, visit func(*node)) {
	if len(path) == 0 {
		visit(n)
		return
	}
	for i, kid := range n.kids {
		if path[0] == "*" || n.kind == '{' && n.names[i] == path[0] {
			kid.walk(path[1:], visit)
		}
	}
	// A list of columns is indexed by number: iocs[*] of [["ip","192.0.2.1"]].
	if n.kind == '[' && path[0] != "*" {
		if i, ok := index(path[0]); ok && i < len(n.kids) {
			n.kids[i].walk(path[1:], visit)
		}
	}
}

// index reads the number of an element.
func index(s string) (int, bool) {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' || n > 1<<20 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, s != ""
}
