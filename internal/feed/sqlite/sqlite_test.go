package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func open(t testing.TB, name string) *DB {
	t.Helper()
	db, err := Read(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// show returns the rows of a table as text.
func show(table *Table, from int64) (rows []string, err error) {
	for c := table.Rows(from); ; {
		row, ok, err := c.Next()
		if err != nil || !ok {
			return rows, err
		}
		s := fmt.Sprint(row.ID)
		for _, v := range row.Values {
			switch v.Kind {
			case Null:
				s += " null"
			case Int:
				s += fmt.Sprint(" ", v.Int)
			case Float:
				s += fmt.Sprint(" ~", v.Float)
			case Text:
				s += fmt.Sprintf(" %.12q", v.Text)
			case Blob:
				s += fmt.Sprintf(" %x", v.Text)
			}
		}
		rows = append(rows, s)
	}
}

func TestValues(t *testing.T) {
	table := open(t, "things.sqlite").Table("The Things")
	if diff := cmp.Diff([]string{"id", "a name", "number", "real", "later"}, table.Columns); diff != "" {
		t.Fatal(diff)
	}
	rows, err := show(table, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`1 1 "null" null null null`, `2 2 "zero" 0 0 null`, `3 3 "one" 1 ~1.5 null`, `4 4 "bytes" -1 ~-1e+300 null`, `5 5 "two bytes" -300 2 null`,
		`6 6 "three" 70000 0 null`, `7 7 "four" -20000000 0 null`, `8 8 "six" 200000000000 0 null`, `9 9 "eight" -9000000000000000000 0 null`,
		`10 10 "blob" 00ff10 0 null`, `11 11 "日本語" "text" 0 null`, `1000 1000 "llllllllllll" "long" 0 null`, `2000 2000 "row 2000" 4000000 500 null`,
	}
	if diff := cmp.Diff(want, rows[:len(want)]); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if last := rows[len(rows)-1]; last != `5000 5000 "last" 1 1 "now"` || len(rows) != 100 {
		t.Errorf("%d rows, the last %s", len(rows), last)
	}
}

// TestRow looks rows up and goes on from the middle.
func TestRow(t *testing.T) {
	db := open(t, "things.sqlite")
	table := db.Table("the things")
	row, ok, err := table.Row(1000)
	if err != nil || !ok || string(row.Values[1].Text) != strings.Repeat("l", 2500) {
		t.Errorf("a row over several pages: %d bytes, %v", len(row.Values[1].Text), err)
	}
	for _, id := range []int64{-5, 0, 12, 2107, 2001, 9999} {
		if _, ok, err := table.Row(id); ok || err != nil {
			t.Errorf("row %d: %v, %v", id, ok, err)
		}
	}
	rows, err := show(table, 2690)
	if err != nil || len(rows) != 3 || !strings.HasPrefix(rows[0], "2693 ") {
		t.Errorf("from 2690: %v, %v", rows, err)
	}
	if rows, _ := show(db.Table("other"), 0); len(rows) != 3 || rows[2] != `3 3 "three"` {
		t.Errorf("other: %v", rows)
	}
	for _, none := range []string{"keyed", "seen", "sqlite_sequence", "no"} {
		if db.Table(none) != nil {
			t.Errorf("%s is read", none)
		}
	}
}

func TestUTF16(t *testing.T) {
	rows, err := show(open(t, "wide.sqlite").Table("t"), 0)
	if diff := cmp.Diff([]string{`1 1 "春 and 😀"`}, rows); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// TestLog reads what is committed in the write-ahead log, and of a log that was
// cut what was committed before.
func TestLog(t *testing.T) {
	rows, err := show(open(t, "log.sqlite").Table("t"), 0)
	if err != nil || len(rows) != 39 || rows[0] != `1 1 "changed"` || rows[38] != `39 39 "row 39 of th"` {
		t.Errorf("%d rows %v, %v", len(rows), rows, err)
	}
	data, log := load2(t, "log.sqlite"), load2(t, "log.sqlite-wal")
	damaged := append([]byte(nil), log...)
	damaged[32+24+100] ^= 1
	for name, tt := range map[string]struct {
		log  []byte
		want int
	}{
		"none": {nil, 1}, "its last frame is cut": {log[:len(log)-1], 39}, "its first transaction": {log[:32+2*536], 2},
		"its first frame is damaged": {damaged, 1}, "of another database": {append([]byte("x"), log...), 1}, "its head": {log[:32], 1},
	} {
		db, err := Open(data, tt.log)
		if err != nil {
			t.Fatal(name, err)
		}
		rows, err := show(db.Table("t"), 0)
		if err != nil || len(rows) != tt.want {
			t.Errorf("%s: %d rows, want %d; %v", name, len(rows), tt.want, err)
		}
	}
}

func load2(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCut cuts a database: rows before the cut are read, then there is a
// reason.
func TestCut(t *testing.T) {
	whole := load2(t, "things.sqlite")
	for n := 0; n < len(whole); n += 256 {
		db, err := Open(whole[:n], nil)
		if err == nil && db.Table("the things") != nil {
			_, err = show(db.Table("the things"), 0)
		}
		if err == nil && n < len(whole)-512*4 { // the last pages are of other tables
			t.Errorf("%d of %d bytes are whole", n, len(whole))
		}
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrOther) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// TestBusy: a transaction that is under way is told.
func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sqlite")
	for name, b := range map[string][]byte{path: load2(t, "wide.sqlite"), path + "-journal": []byte(journalMagic + "more")} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Read(path); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(path+"-journal", make([]byte, 512), 0o600); err != nil { // ended, and kept
		t.Fatal(err)
	}
	if _, err := Read(path); err != nil {
		t.Error(err)
	}
	if _, err := Read(path + "-none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(load2(f, "things.sqlite"), []byte(nil))
	f.Add(load2(f, "wide.sqlite"), []byte(nil))
	f.Add(load2(f, "log.sqlite"), load2(f, "log.sqlite-wal"))
	f.Fuzz(func(t *testing.T, data, log []byte) {
		db, err := Open(data, log)
		if err != nil {
			return
		}
		for _, table := range db.tables {
			last, n := int64(0), 0
			for c := table.Rows(-1 << 63); ; n++ {
				row, ok, err := c.Next()
				if err != nil || !ok {
					break
				}
				if n > 0 && row.ID <= last || len(row.Values) != len(table.Columns) {
					t.Fatalf("row %d after %d, %d values", row.ID, last, len(row.Values))
				}
				last = row.ID
			}
			if n > len(data)+len(log) {
				t.Fatalf("%d rows out of %d bytes", n, len(data))
			}
			_, _, _ = table.Row(last)
		}
	})
}
