package mean

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure/internal/publish"
)

// node is an object of an export: names as they are written, what stands in an
// inner "fields" (Jira) with them. Names are compared without letter case.
type node map[string]any

var errBrokenExport = errors.New("the rest of the export is broken")

// lists are the names under which exports hold many.
var lists = []string{"issues", "tickets", "cases", "alerts", "response", "items", "data"}

// wrappers are the names under which exports hold one.
var wrappers = []string{"issue", "Event", "case", "ticket"}

// ticketsOfJSON reads objects one after another, in lists, or in the object of
// a search result. The error says that what follows the last is broken.
func ticketsOfJSON(data []byte) ([]node, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var all []node
	for {
		var v any
		err := dec.Decode(&v)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, errBrokenExport
		}
		all = unfold(v, all, 0)
	}
}

// unfold appends the tickets of a value, at most three containers deep.
func unfold(v any, all []node, depth int) []node {
	if list, ok := v.([]any); ok && depth < 3 {
		for _, x := range list {
			if len(all) < maxTickets {
				all = unfold(x, all, depth+1)
			}
		}
		return all
	}
	m, ok := v.(map[string]any)
	if !ok {
		return all
	}
	for _, name := range wrappers {
		if inner, ok := m[name].(map[string]any); ok {
			return append(all, node(inner))
		}
	}
	if m["title"] == nil && m["subject"] == nil && m["Subject"] == nil && m["fields"] == nil {
		for _, name := range lists {
			if inner, ok := m[name].([]any); ok && depth < 3 {
				return unfold(inner, all, depth+1)
			}
		}
	}
	if inner, ok := m["fields"].(map[string]any); ok {
		for k, x := range inner {
			if m[k] == nil {
				m[k] = x
			}
		}
	}
	return append(all, node(m))
}

// ticketsOfCSV reads a table whose first row names its columns; columns of one
// name add up.
func ticketsOfCSV(data []byte) ([]node, error) {
	text, err := decoded(data, "text/plain")
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	if head, _, _ := strings.Cut(text, "\n"); strings.Count(head, ";") > strings.Count(head, ",") {
		r.Comma = ';'
	} else if strings.Count(head, "\t") > strings.Count(head, ",") {
		r.Comma = '\t'
	}
	names, err := r.Read()
	if err != nil || len(names) < 2 {
		return nil, errNoTicket
	}
	var all []node
	for len(all) < maxTickets {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return all, errBrokenExport
		}
		n := node{}
		for i, cell := range row[:min(len(row), len(names))] {
			name := strings.TrimSpace(names[i])
			if had, ok := n[name].(string); ok && had != "" {
				cell = strings.Trim(had+","+cell, ",")
			}
			n[name] = cell
		}
		all = append(all, n)
	}
	return all, nil
}

// get returns the first of the names that is there: as it is written, else in
// other letter case.
func (n node) get(names ...string) any {
	for _, want := range names {
		if v, ok := n[want]; ok && v != nil {
			return v
		}
		found := ""
		for k, v := range n { // the least of several, so that the order of a map decides nothing
			if v != nil && strings.EqualFold(k, want) && (found == "" || k < found) {
				found = k
			}
		}
		if found != "" {
			return n[found]
		}
	}
	return nil
}

// text returns a text, a number as text, or the name of an object.
func (n node) text(names ...string) string {
	for _, name := range names {
		switch v := n.get(name).(type) {
		case string:
			if v = strings.TrimSpace(v); v != "" {
				return strings.ToValidUTF8(v, "\uFFFD")
			}
		case json.Number:
			return v.String()
		case map[string]any:
			if s := node(v).text("name"); s != "" {
				return s
			}
		}
	}
	return ""
}

// list returns texts of a list, or between commas.
func (n node) list(names ...string) []string {
	var all []string
	for _, name := range names {
		switch v := n.get(name).(type) {
		case string:
			for s := range strings.SplitSeq(v, ",") {
				all = append(all, strings.TrimSpace(s))
			}
		case []any:
			for _, x := range v[:min(len(v), maxKeywords)] {
				switch x := x.(type) {
				case string:
					all = append(all, x)
				case map[string]any:
					all = append(all, node(x).text("name", "tag", "value"))
				}
			}
		}
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// children returns the objects of a list.
func (n node) children(name string) []node {
	list, _ := n.get(name).([]any)
	var all []node
	for _, x := range list[:min(len(list), maxOfTicket)] {
		if m, ok := x.(map[string]any); ok {
			all = append(all, node(m))
		}
	}
	return all
}

// observables returns what analysts noted one by one: TheHive, MISP, own.
func (n node) observables() []node {
	all := slices.Concat(n.children("observables"), n.children("artifacts"), n.children("observed"))
	attributes := n.children("Attribute")
	for _, o := range n.children("Object") {
		attributes = append(attributes, o.children("Attribute")...)
	}
	for _, a := range attributes {
		if ids, _ := a["to_ids"].(bool); ids && a["deleted"] != true {
			all = append(all, a.parts()...)
		}
	}
	return all
}

// parts takes an attribute of MISP apart that has two values: domain|ip,
// filename|sha256, ip-dst|port. Names of files and ports are not observables.
func (n node) parts() []node {
	kinds := strings.Split(strings.Replace(n.text("type"), "malware-sample", "filename|md5", 1), "|")
	values := strings.Split(n.text("value"), "|")
	if len(kinds) != 2 || len(values) != 2 {
		return []node{n}
	}
	var all []node
	for i, kind := range kinds {
		if kind == "filename" || kind == "port" {
			continue
		}
		part := maps.Clone(n)
		part["value"] = values[i]
		all = append(all, part)
	}
	return all
}

// comments returns the texts that were added to a ticket.
func (n node) comments() []string {
	var all []string
	from := append(n.children("comments"), n.children("journals")...)
	if inner, ok := n.get("comment").(map[string]any); ok {
		from = append(from, node(inner).children("comments")...)
	}
	for _, c := range from {
		if s := c.text("body", "text", "notes", "message"); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// when is when a ticket was made; zero when nothing says so.
func (n node) when() time.Time {
	for _, name := range []string{"created", "created_on", "_createdAt", "createdAt", "startDate", "timestamp", "date", "Created"} {
		s := n.text(name)
		if ms, err := strconv.ParseInt(s, 10, 64); err == nil && ms > 1e8 {
			if ms > 1e11 {
				return time.UnixMilli(ms).UTC()
			}
			return time.Unix(ms, 0).UTC()
		}
		t, err := publish.ParseTime([]byte(s), nil)
		if err != nil {
			t = dateOf(s)
		}
		if t.After(earliest) {
			return t
		}
	}
	return time.Time{}
}
