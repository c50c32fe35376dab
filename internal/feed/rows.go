package feed

import (
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed/sqlite"
)

// rows cuts a SQLite database: each row of the table that holds its events is
// a record, a JSON object with what other tables say of it. Offsets are
// rowids.
//
// Old rows of a database are deleted in time, so its first bytes cannot name
// it: its identity is the last row that was read, which is looked for when the
// database is opened again. Where that is gone too, all that is left is newer.
type rows struct {
	view  *view
	db    *sqlite.DB
	table *sqlite.Table
	from  *sqlite.Cursor
	lists []map[int64][][]byte // of each list of the view, by rowid of what they belong to
	last  string               // identity at the place reached, "" before the first row
	line  int
	buf   []byte
	err   error // why nothing more can be read
}

// openRows opens the database of a file. What is wrong with it is said by
// next.
func openRows(path string) *rows {
	r := &rows{}
	if r.db, r.err = sqlite.Read(path); r.err == nil {
		r.err = r.choose()
	}
	if r.err != nil {
		r.err = &ErrCut{Err: r.err}
	}
	return r
}

// choose finds out what database it is.
func (r *rows) choose() error {
	var names []string
	for i := range views {
		names = append(names, views[i].name)
		if r.view == nil && views[i].fits(r.db) {
			r.view = &views[i]
		}
	}
	if r.view == nil {
		return errors.New("a database of none of the kinds that are known: " + strings.Join(names, ", "))
	}
	r.table = r.db.Table(r.view.table)
	r.from = r.table.Rows(1)
	for _, l := range r.view.lists {
		by, err := l.collect(r.db)
		if err != nil {
			return err
		}
		r.lists = append(r.lists, by)
	}
	return nil
}

// next returns the next row.
func (r *rows) next(most int) (Frame, error) {
	if r.err != nil {
		return Frame{}, r.err
	}
	row, ok, err := r.from.Next()
	if err == nil && !ok {
		return Frame{}, io.EOF
	}
	if err == nil {
		r.buf, err = r.object(r.buf[:0], row)
	}
	if err != nil {
		r.err = &ErrCut{Offset: int64(r.line), Err: err}
		return Frame{}, r.err
	}
	r.line++
	r.last = r.view.identity(r.table, row)
	f := Frame{Data: r.buf, Offset: row.ID, Next: row.ID, Line: r.line, Long: len(r.buf) > most}
	if f.Long {
		f.Data = f.Data[:most]
	}
	return f, nil
}

// name returns the identity: of the last row that is known, else of the first.
func (r *rows) name(known func(string) bool) string {
	if r.err != nil {
		return ""
	}
	first, found := "", ""
	for c := r.table.Rows(1); ; {
		row, ok, err := c.Next()
		if err != nil || !ok {
			break
		}
		id := r.view.identity(r.table, row)
		if first == "" {
			first = id
		}
		if known != nil && known(id) {
			found = id
		}
	}
	if found != "" {
		return found
	}
	return first
}

// skip goes on behind a row.
func (r *rows) skip(rowid int64) {
	if r.err == nil && rowid < math.MaxInt64 {
		r.from = r.table.Rows(rowid + 1)
	}
}

// object appends a row as JSON.
func (r *rows) object(b []byte, row sqlite.Row) ([]byte, error) {
	b = append(b, `{"sqlite":`...)
	b = appendText(b, []byte(r.view.name))
	b = append(b, `,"rowid":`...)
	b = strconv.AppendInt(b, row.ID, 10)
	b, err := r.view.shape.append(b, r.db, r.table, row)
	for i, l := range r.view.lists {
		for at, item := range r.lists[i][row.ID] {
			if at == 0 {
				b = append(b, `,"`+l.table+`":[`...)
			} else {
				b = append(b, ',')
			}
			if b = append(b, item...); at == len(r.lists[i][row.ID])-1 {
				b = append(b, ']')
			}
		}
	}
	return append(b, '}'), err
}

// Anchor is the identity of a database at the place that was reached, "" for
// other inputs and before the first row. It replaces the one under which the
// database was opened.
func (f *File) Anchor() string {
	if f.rows == nil {
		return ""
	}
	return f.rows.last
}

// view says which table of a kind of database holds its events.
type view struct {
	name  string
	table string
	key   []string // columns of the table that never change
	shape shape
	lists []list
}

// shape is which columns are read.
type shape struct {
	columns []string
	refs    []ref
}

// ref is a column that names a row of another table by its rowid; that row
// stands in its place.
type ref struct {
	column, table string
	shape         shape
}

// list is a table of which any number of rows belong to one of the events.
type list struct {
	table, by string
	columns   []string
}

// maxListed bounds the rows of lists that are held, in bytes.
const maxListed = 256 << 20

// fits reports whether a database has the table and its columns.
func (v *view) fits(db *sqlite.DB) bool {
	t := db.Table(v.table)
	if t == nil {
		return false
	}
	for _, c := range v.key {
		if t.Column(c) < 0 {
			return false
		}
	}
	return true
}

// identity names a row by what never changes of it.
func (v *view) identity(t *sqlite.Table, row sqlite.Row) string {
	b := strconv.AppendInt([]byte(v.name+" "+v.table+" "), row.ID, 10)
	for _, c := range v.key {
		b = appendValue(append(b, ' '), row.Values[t.Column(c)])
	}
	return identity(b)
}

// append appends the columns of a row as members, each after a comma.
func (s *shape) append(b []byte, db *sqlite.DB, t *sqlite.Table, row sqlite.Row) ([]byte, error) {
	for _, c := range s.columns {
		at := t.Column(c)
		if at < 0 || row.Values[at].Kind == sqlite.Null || row.Values[at].Kind == sqlite.Blob {
			continue
		}
		b = append(b, `,"`+c+`":`...)
		b = appendValue(b, row.Values[at])
	}
	for i := range s.refs {
		r := &s.refs[i]
		at, other := t.Column(r.column), db.Table(r.table)
		if at < 0 || other == nil || row.Values[at].Kind != sqlite.Int || row.Values[at].Int == 0 {
			continue
		}
		found, ok, err := other.Row(row.Values[at].Int)
		if err != nil {
			return b, err
		}
		if !ok {
			continue
		}
		b = append(b, `,"`+r.column+`":{"rowid":`...)
		b = strconv.AppendInt(b, found.ID, 10)
		if b, err = r.shape.append(b, db, other, found); err != nil {
			return b, err
		}
		b = append(b, '}')
	}
	return b, nil
}

// collect reads the table, each row as JSON.
func (l *list) collect(db *sqlite.DB) (map[int64][][]byte, error) {
	t := db.Table(l.table)
	if t == nil || t.Column(l.by) < 0 {
		return nil, nil
	}
	by, size := map[int64][][]byte{}, 0
	s := shape{columns: l.columns}
	for c := t.Rows(1); ; {
		row, ok, err := c.Next()
		if err != nil || !ok {
			return by, err
		}
		b, err := s.append(nil, db, t, row)
		if err != nil {
			return nil, err
		}
		if len(b) == 0 {
			continue
		}
		b[0] = '{' // instead of the first comma
		owner := row.Values[t.Column(l.by)].Int
		by[owner] = append(by[owner], append(b, '}'))
		if size += len(b) + 64; size > maxListed {
			return nil, cure.Errorf(cure.Invalid, "its table %s holds more than 256 MiB: export a part of it", l.table)
		}
	}
}

// appendText appends a JSON string; what is not UTF-8 is replaced.
func appendText(b, text []byte) []byte {
	b, _ = jsontext.AppendQuote(b, strings.ToValidUTF8(string(text), "\uFFFD"))
	return b
}

// appendValue appends a value as JSON.
func appendValue(b []byte, v sqlite.Value) []byte {
	switch v.Kind {
	case sqlite.Int:
		return strconv.AppendInt(b, v.Int, 10)
	case sqlite.Float:
		if math.Abs(v.Float) < 1<<53 { // false for what is no number
			return strconv.AppendFloat(b, v.Float, 'f', -1, 64)
		}
	case sqlite.Text:
		return appendText(b, v.Text)
	}
	return append(b, "null"...)
}
