package sqlite

import "strings"

// columns reads the names of the columns out of a CREATE TABLE, and which of
// them stands for the rowid. false: the table cannot be read.
func columns(sql string) (names []string, key int, ok bool) {
	w := words{s: sql}
	for { // up to the parenthesis
		t := w.next()
		if t.text == "" || t.is("VIRTUAL") || t.is("AS") {
			return nil, -1, false
		}
		if t.mark('(') {
			break
		}
	}
	key = -1
	var types []token // of the columns
	for end := false; !end; {
		var def []token
		if def, end, ok = w.item(); !ok {
			return nil, -1, false
		}
		if len(def) == 0 {
			continue
		}
		switch first := def[0]; {
		case first.is("PRIMARY"):
			if at, ok := alone(def, names); ok && types[at].is("INTEGER") {
				key = at
			}
			continue
		case first.is("CONSTRAINT"), first.is("UNIQUE"), first.is("CHECK"), first.is("FOREIGN"):
			continue
		}
		names, types = append(names, def[0].text), append(types, token{})
		if len(def) > 1 {
			types[len(types)-1] = def[1]
		}
		if isKey(def) {
			key = len(names) - 1
		}
	}
	for t := w.next(); t.text != ""; t = w.next() {
		if t.is("WITHOUT") {
			return nil, -1, false
		}
	}
	return names, key, len(names) > 0
}

// isKey reports whether a column is INTEGER PRIMARY KEY.
func isKey(def []token) bool {
	for i := 1; i+1 < len(def); i++ {
		if def[i].is("PRIMARY") && def[i+1].is("KEY") {
			return def[1].is("INTEGER")
		}
	}
	return false
}

// alone returns the column of PRIMARY KEY (column).
func alone(def []token, names []string) (int, bool) {
	if len(def) != 5 || !def[2].mark('(') {
		return 0, false
	}
	for i, n := range names {
		if strings.EqualFold(n, def[3].text) {
			return i, true
		}
	}
	return 0, false
}

// token is a word of SQL.
type token struct {
	text   string
	quoted bool
}

func (t token) is(word string) bool { return !t.quoted && strings.EqualFold(t.text, word) }

func (t token) mark(c byte) bool { return !t.quoted && len(t.text) == 1 && t.text[0] == c }

// words cuts SQL.
type words struct{ s string }

// item returns the words up to the next comma of the list, or up to its end.
func (w *words) item() (def []token, end, ok bool) {
	for depth := 0; ; {
		t := w.next()
		switch {
		case t.text == "" && !t.quoted:
			return nil, true, false
		case t.mark('('):
			depth++
		case t.mark(')'):
			if depth--; depth < 0 {
				return def, true, true
			}
		case t.mark(',') && depth == 0:
			return def, false, true
		}
		def = append(def, t)
	}
}

// next returns the next word, an empty one at the end.
func (w *words) next() token {
	for {
		w.s = strings.TrimLeft(w.s, " \t\r\n\f")
		switch {
		case strings.HasPrefix(w.s, "--"):
			_, w.s, _ = strings.Cut(w.s, "\n")
			continue
		case strings.HasPrefix(w.s, "/*"):
			_, w.s, _ = strings.Cut(w.s, "*/")
			continue
		}
		break
	}
	if w.s == "" {
		return token{}
	}
	if i := strings.IndexByte("\"`['", w.s[0]); i >= 0 {
		return w.quoted("\"`]'"[i])
	}
	n := 0
	for n < len(w.s) && strings.IndexByte(" \t\r\n\f(),\"`['", w.s[n]) < 0 {
		n++
	}
	n = max(n, 1)
	t := token{text: w.s[:n]}
	w.s = w.s[n:]
	return t
}

// quoted cuts a word between quotes; a doubled quote stands for one.
func (w *words) quoted(end byte) token {
	var b strings.Builder
	for i := 1; i < len(w.s); i++ {
		if w.s[i] != end {
			b.WriteByte(w.s[i])
			continue
		}
		if i+1 < len(w.s) && w.s[i+1] == end && end != ']' {
			b.WriteByte(end)
			i++
			continue
		}
		w.s = w.s[i+1:]
		return token{b.String(), true}
	}
	w.s = ""
	return token{}
}
