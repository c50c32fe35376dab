package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/opencure/cure"
)

// reader fills a Config from the syntax tree of a file. It reads the tree
// itself so that every message has a place and speaks of keys, not of Go.
type reader struct {
	config   *Config
	file     string
	problems []error
}

func (c *Config) readFile(name string, data []byte) []error {
	r := &reader{config: c, file: name}
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return []error{r.syntax(err)}
	}
	for i, doc := range tree.Docs {
		switch {
		case doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType:
		case i > 0:
			r.fail(doc.Body, "", "one document only")
		default:
			r.section(doc.Body, "", reflect.ValueOf(c).Elem())
		}
	}
	return r.problems
}

func (r *reader) syntax(err error) error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
		p := at.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", r.file, p.Line, p.Column, at.GetMessage())
	}
	return fmt.Errorf("%s: %w", r.file, err)
}

func (r *reader) place(n ast.Node) origin {
	o := origin{file: r.file, line: 1, column: 1}
	if t := n.GetToken(); t != nil && t.Position != nil {
		o.line, o.column = t.Position.Line, t.Position.Column
	}
	return o
}

func (r *reader) fail(n ast.Node, path, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if path != "" {
		text = path + ": " + text
	}
	r.problems = append(r.problems, fmt.Errorf("%s: %s", r.place(n), text))
}

// pairs returns the keys and values of a mapping, nil and false for another
// kind of node.
func pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	}
	return nil, false
}

// section reads a mapping into a struct.
func (r *reader) section(n ast.Node, path string, into reflect.Value) {
	values, ok := pairs(n)
	if !ok {
		r.fail(n, path, "takes keys and values, not %s", what(n))
		return
	}
	known := map[string]key{}
	var names []string
	for i := range into.NumField() {
		if name, ok := into.Type().Field(i).Tag.Lookup("key"); ok {
			names = append(names, name)
		}
	}
	for _, k := range keysOf(path, into) {
		known[k.path] = k
	}
	seen := map[string]bool{}
	for _, pair := range values {
		name, ok := scalar(pair.Key)
		k, found := known[join(path, name)]
		switch {
		case !ok:
			r.fail(pair.Key, path, "a key is a plain word")
		case !found || strings.Contains(name, "."):
			r.fail(pair.Key, join(path, name), "unknown key; known here: %s", strings.Join(names, ", "))
		case seen[name]:
			r.fail(pair.Key, k.path, "given twice")
		default:
			r.value(pair.Value, k)
		}
		seen[name] = true
	}
}

// value reads one value. A key without a value keeps its default.
func (r *reader) value(n ast.Node, k key) {
	if n == nil || n.Type() == ast.NullType {
		return
	}
	r.config.origin[k.path] = r.place(n)
	switch {
	case k.section():
		r.section(n, k.path, k.value)
	case k.kind() == "sources":
		r.sources(n, k)
	case k.kind() == "list":
		r.list(n, k)
	default:
		text, ok := scalar(n)
		if !ok {
			r.fail(n, k.path, "takes a %s, not %s", k.kind(), what(n))
			return
		}
		if err := k.set(text); err != nil {
			r.fail(n, k.path, "%s", err)
		}
	}
}

// list reads a sequence of plain values; one plain value is a list of one.
func (r *reader) list(n ast.Node, k key) {
	nodes := []ast.Node{n}
	if seq, ok := n.(*ast.SequenceNode); ok {
		nodes = seq.Values
	}
	var items []string
	for _, item := range nodes {
		text, ok := scalar(item)
		if !ok || text == "" {
			r.fail(item, k.path, "takes a list of plain values, not %s", what(item))
			return
		}
		items = append(items, text)
	}
	if err := k.setList(items); err != nil {
		r.fail(n, k.path, "%s", err)
	}
}

// sources reads the mapping from source name to [Source].
func (r *reader) sources(n ast.Node, k key) {
	values, ok := pairs(n)
	if !ok {
		r.fail(n, k.path, "takes source names with keys and values, not %s", what(n))
		return
	}
	all := map[cure.Source]Source{}
	for _, pair := range values {
		name, ok := scalar(pair.Key)
		src := cure.Source(name)
		if err := src.Check(); !ok || err != nil {
			r.fail(pair.Key, k.path, "%q is not publisher/instance of a-z, 0-9, '-', '_'", name)
			continue
		}
		if _, twice := all[src]; twice {
			r.fail(pair.Key, k.path, "%s given twice", src)
		}
		s := reflect.New(reflect.TypeFor[Source]()).Elem()
		if pair.Value != nil && pair.Value.Type() != ast.NullType {
			r.section(pair.Value, join(k.path, name), s)
		}
		all[src] = s.Interface().(Source)
	}
	r.config.Sources = all
}

// scalar returns the text of a plain value.
func scalar(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return strings.TrimRight(v.Value.Value, "\n"), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// what names the kind of a node in words.
func what(n ast.Node) string {
	switch n.(type) {
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys and values"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		return "an anchor, alias or tag"
	case *ast.NullNode:
		return "nothing"
	}
	return "a plain value"
}
