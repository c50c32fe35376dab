package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/opencure/cure/internal/text"
)

// printJSON writes v indented, as --json asks.
func (e *env) printJSON(v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// done reports what a command did: v as JSON, or a sentence where people look,
// apart from what a command prints for other programs.
func (e *env) done(v any, format string, args ...any) error {
	if e.flags.JSON {
		return e.printJSON(v)
	}
	_, err := fmt.Fprintf(e.err, format+"\n", args...)
	return err
}

// grid lays out rows in columns. Cells may hold text from outside: they are
// made printable, and full-width characters count as two columns. A first
// cell of "" continues the row above. Not for concurrent use.
type grid struct {
	rows  [][]string
	right map[int]bool // columns that hold numbers
}

// newGrid starts a table with its headings; those that begin with '#' are
// number columns and lose the '#'.
func newGrid(head ...string) *grid {
	t := &grid{right: map[int]bool{}}
	for i, h := range head {
		if name, ok := strings.CutPrefix(h, "#"); ok {
			t.right[i] = true
			head[i] = name
		}
	}
	t.rows = append(t.rows, head)
	return t
}

// printList prints what a hub answers with a list: as JSON where that is asked
// for, else the grid to which row adds each. Where there is nothing it says so
// in a sentence, if any, and fails with errNone.
func printList[T any](e *env, all []T, none string, t *grid, row func(*T)) error {
	if e.flags.JSON {
		return e.printJSON(all)
	}
	if len(all) == 0 {
		if none != "" {
			fmt.Fprintln(e.err, none)
		}
		return errNone
	}
	for i := range all {
		row(&all[i])
	}
	t.print(e.out)
	return nil
}

// add appends a row; values are formatted with %v.
func (t *grid) add(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		s := fmt.Sprint(c)
		if t.right[i] {
			s = thousands(s)
		}
		row[i] = text.Printable(s, 120)
	}
	t.rows = append(t.rows, row)
}

// thousands puts commas into a whole number.
func thousands(s string) string {
	if _, err := strconv.ParseUint(s, 10, 64); err != nil {
		return s
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted writes a number with its noun.
func counted(n uint64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return thousands(strconv.FormatUint(n, 10)) + " " + noun
}

// empty reports whether there are only headings.
func (t *grid) empty() bool { return len(t.rows) == 1 }

// print writes the table, two blanks between columns.
func (t *grid) print(w io.Writer) {
	var width []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], text.Width(cell))
		}
	}
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-text.Width(cell))
			if t.right[i] {
				cell = pad + cell
			} else {
				cell += pad
			}
			line.WriteString(cell + "  ")
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}
