// Package sqlite reads the rows of SQLite databases that other programs write:
// histories of browsers, logs of honeypots. It answers "which rows does this
// table hold?" and nothing else: no SQL, no index, no writing.
//
// In goes a database as it is on disk, with its write-ahead log if it has one;
// [Read] brings both into memory, so that a program that goes on writing is
// neither waited for nor disturbed. Out come rows by rowid.
//
// The bytes are not trusted: each page number, length and offset is checked
// against what is there, rowids must grow, and no page is visited twice on the
// way down, so that a made-up tree ends with [ErrDamaged] and not with a loop.
// Memory is that of the file (at most [MaxSize]) and of one row. Refused:
// encrypted databases, tables WITHOUT ROWID, virtual tables.
//
// Reference: www.sqlite.org/fileformat2.html. Safe for concurrent use once
// open; a [Cursor] is not.
package sqlite

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
)

// Magic is how a database begins.
const Magic = "SQLite format 3\x00"

// Limits.
const (
	MaxSize   = 512 << 20 // bytes of a database, and of its log
	maxSchema = 4096      // objects
	maxRow    = 16 << 20  // bytes of one row
	maxDepth  = 24        // of a tree
)

// Reasons why a database cannot be read.
var (
	ErrOther   = errors.New("not a SQLite 3 database")
	ErrDamaged = errors.New("database is damaged or was cut")
	ErrLarge   = errors.New("database has more than 512 MiB")
)

// DB is an open database.
type DB struct {
	data   []byte
	log    map[uint32][]byte // pages that are newer in the write-ahead log
	size   int               // of a page
	usable int               // of a page without what is reserved at its end
	pages  uint32
	text   func([]byte) []byte // turns text into UTF-8
	tables map[string]*Table
}

// Table is a table of a database.
type Table struct {
	Name    string
	Columns []string // as the schema spells them
	key     int      // column that stands for the rowid, -1: none
	root    uint32
	db      *DB
}

// Open opens a database and takes over what its write-ahead log has committed;
// log may be empty.
func Open(data, log []byte) (*DB, error) {
	if len(data) < 100 || string(data[:16]) != Magic {
		return nil, ErrOther
	}
	db := &DB{data: data, size: int(binary.BigEndian.Uint16(data[16:])), tables: make(map[string]*Table)}
	if db.size == 1 {
		db.size = 64 << 10
	}
	if db.size < 512 || db.size&(db.size-1) != 0 {
		return nil, ErrDamaged
	}
	db.pages = uint32(len(data) / db.size)
	if len(log) > 0 {
		db.replay(log)
	}
	first, err := db.page(1)
	if err != nil {
		return nil, err
	}
	if db.usable = db.size - int(first[20]); db.usable < 480 {
		return nil, ErrDamaged
	}
	switch binary.BigEndian.Uint32(first[56:]) {
	case 2:
		db.text = fromUTF16(binary.LittleEndian)
	case 3:
		db.text = fromUTF16(binary.BigEndian)
	default:
		db.text = func(b []byte) []byte { return b }
	}
	return db, db.schema()
}

// fromUTF16 makes UTF-8 of text in a byte order.
func fromUTF16(order binary.ByteOrder) func([]byte) []byte {
	return func(b []byte) []byte {
		units := make([]uint16, len(b)/2)
		for i := range units {
			units[i] = order.Uint16(b[2*i:])
		}
		return []byte(string(utf16.Decode(units)))
	}
}

// page returns a page by its number, which counts from 1.
func (db *DB) page(n uint32) ([]byte, error) {
	if p, ok := db.log[n]; ok {
		return p, nil
	}
	if n == 0 || n > db.pages || int(n)*db.size > len(db.data) {
		return nil, ErrDamaged
	}
	at := int(n-1) * db.size
	return db.data[at : at+db.size], nil
}

// schema reads which tables there are: they are rows of the table at page 1.
func (db *DB) schema() error {
	t := &Table{Name: "sqlite_schema", Columns: []string{"type", "name", "tbl_name", "rootpage", "sql"}, key: -1, root: 1, db: db}
	c := t.Rows(0)
	for range maxSchema {
		row, ok, err := c.Next()
		if err != nil || !ok {
			return err
		}
		v := row.Values
		sql := string(v[4].Text)
		if string(v[0].Text) != "table" || v[3].Int <= 0 || v[3].Int > int64(db.pages) || strings.HasPrefix(string(v[1].Text), "sqlite_") {
			continue
		}
		t := &Table{Name: string(v[1].Text), root: uint32(v[3].Int), db: db}
		if t.Columns, t.key, ok = columns(sql); ok {
			db.tables[strings.ToLower(t.Name)] = t
		}
	}
	return nil
}

// Table returns a table by its name in any case, nil when there is none that
// can be read.
func (db *DB) Table(name string) *Table { return db.tables[strings.ToLower(name)] }

// Column returns the place of a column, -1 when there is none.
func (t *Table) Column(name string) int {
	for i, c := range t.Columns {
		if strings.EqualFold(c, name) {
			return i
		}
	}
	return -1
}

// Row returns the row with a rowid. What it holds is its own.
func (t *Table) Row(id int64) (Row, bool, error) {
	row, ok, err := t.Rows(id).Next()
	return row, ok && row.ID == id, err
}

// Kind is what a value is.
type Kind uint8

// The kinds.
const (
	Null Kind = iota
	Int
	Float
	Text
	Blob
)

// Value is one value of a row.
type Value struct {
	Kind  Kind
	Int   int64
	Float float64
	Text  []byte // of text, in UTF-8 unless the writer broke it, and of blobs
}

// Row is one row of a table, with a value for each of its columns.
type Row struct {
	ID     int64
	Values []Value
}

// Has reports whether bytes begin as a database does.
func Has(head []byte) bool { return bytes.HasPrefix(head, []byte(Magic)) }
