// Package looks answers "what do these bytes look like?" before anybody reads
// them, so that what was given to the wrong publisher is called by its name. In
// goes the beginning of a raw record, out come its shape and the words for it.
// It looks at 512 bytes at most, keeps no state and decides nothing: a publisher
// refuses, and this says what it was.
package looks

import (
	"bytes"
	"fmt"
	"strings"
)

// Shape is what a raw record looks like before anybody reads it.
type Shape string

// The shapes. Those that have a constant can be told by their first bytes.
const (
	JSON    Shape = "JSON"
	XML     Shape = "XML"
	HTML    Shape = "HTML"
	Text    Shape = "lines of text"
	PDF     Shape = "PDF"
	Zip     Shape = "zip"
	Capture Shape = "captures of packets"
	Table   Shape = "tables"
	Mail    Shape = "mails" // looks like text or a table
)

// magics are the first bytes of what is often given to the wrong reader, and
// what is said of it.
var magics = []struct {
	magic string
	shape Shape
	says  string
}{
	{"%PDF-", PDF, "a PDF"},
	{"PK\x03\x04", Zip, "a zip archive"},
	{"\xd4\xc3\xb2\xa1", Capture, "a capture of packets"},
	{"\xa1\xb2\xc3\xd4", Capture, "a capture of packets"},
	{"\x4d\x3c\xb2\xa1", Capture, "a capture of packets"},
	{"\x0a\x0d\x0d\x0a", Capture, "a capture of packets"},
	{"ElfFile\x00", "", "an event log of Windows (.evtx), to be exported as XML"},
	{"SQLite format 3\x00", "", "a database of SQLite"},
	{"\x7fELF", "", "a program"},
	{"MZ\x90\x00", "", "a program"},
	{"BZh9", "", "compressed with bzip2, and gzip and zstd are unpacked"},
	{"\xfd7zXZ\x00", "", "compressed with xz, and gzip and zstd are unpacked"},
	{"7z\xbc\xaf\x27\x1c", "", "a 7z archive"},
	{"<!doctype html", HTML, "a web page"},
	{"<html", HTML, "a web page"},
	{"<head", HTML, "a web page"},
	{"<body", HTML, "a web page"},
}

// Of tells the shape of bytes, and what is said of it: "a PDF", "" of blanks. Only the
// first 512 bytes are looked at.
func Of(b []byte) (Shape, string) {
	b = b[:min(len(b), 512)]
	for _, m := range magics { // before blanks are passed over: some begin with them
		if m.magic[0] != '<' && strings.HasPrefix(string(b), m.magic) {
			return m.shape, m.says
		}
	}
	b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), " \t\r\n")
	for _, m := range magics {
		if m.magic[0] == '<' && len(b) >= len(m.magic) && strings.EqualFold(string(b[:len(m.magic)]), m.magic) {
			return m.shape, m.says
		}
	}
	switch {
	case len(b) == 0:
		return Text, ""
	case b[0] == '{', b[0] == '[' && strings.IndexByte("{[\"]", append(bytes.TrimLeft(b[1:], " \t\r\n"), ']')[0]) >= 0:
		return JSON, "JSON"
	case b[0] == '<' && len(b) > 1 && (b[1]|0x20 >= 'a' && b[1]|0x20 <= 'z' || strings.IndexByte("?!/", b[1]) >= 0):
		return XML, "XML"
	case bytes.IndexByte(b, 0) >= 0:
		return "", "no text"
	}
	if line, _, _ := bytes.Cut(b, []byte{'\n'}); bytes.ContainsAny(line, ",;\t") {
		return Table, "a table"
	}
	return Text, "text"
}

// Misfit says of a refused record that it is of a shape which name, who reads
// others, does not read; the reason of its decoder says then what only whoever
// wrote that can understand. first is what was said of the beginning of the
// input: the lines of a web page look like text. It returns err where the shape
// is none of its troubles.
func Misfit(name string, reads []Shape, record []byte, first string, err error) error {
	shape, says := Of(record)
	if len(record) == 0 || says == "" {
		return err
	}
	if first != "" && shape != JSON {
		says = first
	} else if Fits(shape, reads) {
		return err
	}
	return fmt.Errorf("this is %s, %s reads %s: %w", says, name, join(reads), err)
}

// Begins returns what is said of the beginning of an input whose further lines
// do not look like what they are of, "" where reads has its shape.
func Begins(reads []Shape, record []byte) string {
	shape, says := Of(record)
	if shape == JSON || shape == Text || shape == Table || Fits(shape, reads) {
		return ""
	}
	return says
}

// Fits reports whether a shape is among those that are read. Who names none
// takes all.
func Fits(shape Shape, reads []Shape) bool {
	for _, s := range reads {
		switch {
		case s == shape, s == Text && shape == Table, s == Mail && (shape == Text || shape == Table):
			return true
		}
	}
	return len(reads) == 0
}

// join lists shapes for people: "JSON, XML and lines of text".
func join(list []Shape) string {
	var b strings.Builder
	for i, s := range list {
		switch {
		case i > 0 && i == len(list)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(s))
	}
	return b.String()
}
