package publish

import (
	"bytes"
	"fmt"
	"strings"
)

// Shape is what a raw record looks like before anybody reads it.
type Shape string

// The shapes. Those that have a constant can be told by their first bytes.
const (
	ShapeJSON    Shape = "JSON"
	ShapeXML     Shape = "XML"
	ShapeHTML    Shape = "HTML"
	ShapeText    Shape = "lines of text"
	ShapePDF     Shape = "PDF"
	ShapeZip     Shape = "zip"
	ShapeCapture Shape = "captures of packets"
	ShapeTable   Shape = "tables"
	ShapeMail    Shape = "mails" // looks like text or a table
)

// magics are the first bytes of what is often given to the wrong reader, and
// what is said of it.
var magics = []struct {
	magic string
	shape Shape
	says  string
}{
	{"%PDF-", ShapePDF, "a PDF"},
	{"PK\x03\x04", ShapeZip, "a zip archive"},
	{"\xd4\xc3\xb2\xa1", ShapeCapture, "a capture of packets"},
	{"\xa1\xb2\xc3\xd4", ShapeCapture, "a capture of packets"},
	{"\x4d\x3c\xb2\xa1", ShapeCapture, "a capture of packets"},
	{"\x0a\x0d\x0d\x0a", ShapeCapture, "a capture of packets"},
	{"ElfFile\x00", "", "an event log of Windows (.evtx), to be exported as XML"},
	{"SQLite format 3\x00", "", "a database of SQLite"},
	{"\x7fELF", "", "a program"},
	{"MZ\x90\x00", "", "a program"},
	{"BZh9", "", "compressed with bzip2, and gzip and zstd are unpacked"},
	{"\xfd7zXZ\x00", "", "compressed with xz, and gzip and zstd are unpacked"},
	{"7z\xbc\xaf\x27\x1c", "", "a 7z archive"},
	{"<!doctype html", ShapeHTML, "a web page"},
	{"<html", ShapeHTML, "a web page"},
	{"<head", ShapeHTML, "a web page"},
	{"<body", ShapeHTML, "a web page"},
}

// look tells the shape of bytes, and what is said of it: "a PDF", "" of blanks. Only the
// first 512 bytes are looked at.
func look(b []byte) (Shape, string) {
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
		return ShapeText, ""
	case b[0] == '{', b[0] == '[' && strings.IndexByte("{[\"]", append(bytes.TrimLeft(b[1:], " \t\r\n"), ']')[0]) >= 0:
		return ShapeJSON, "JSON"
	case b[0] == '<' && len(b) > 1 && (b[1]|0x20 >= 'a' && b[1]|0x20 <= 'z' || strings.IndexByte("?!/", b[1]) >= 0):
		return ShapeXML, "XML"
	case bytes.IndexByte(b, 0) >= 0:
		return "", "no text"
	}
	if line, _, _ := bytes.Cut(b, []byte{'\n'}); bytes.ContainsAny(line, ",;\t") {
		return ShapeTable, "a table"
	}
	return ShapeText, "text"
}

// misfit says of a refused record that it is of a shape which the publisher
// does not read; the reason of its decoder says then what only whoever wrote
// that can understand. first is what was said of the beginning of the input:
// the lines of a web page look like text. It returns err where the shape is
// none of its troubles.
func (p *Publisher) misfit(record []byte, first string, err error) error {
	shape, says := look(record)
	if len(record) == 0 || says == "" {
		return err
	}
	if first != "" && shape != ShapeJSON {
		says = first
	} else if p.reads(shape) {
		return err
	}
	return fmt.Errorf("this is %s, %s reads %s: %w", says, p.Name, p.Reads(), err)
}

func (p *Publisher) reads(shape Shape) bool {
	for _, s := range p.Shapes {
		switch {
		case s == shape, s == ShapeText && shape == ShapeTable, s == ShapeMail && (shape == ShapeText || shape == ShapeTable):
			return true
		}
	}
	return len(p.Shapes) == 0
}

// Reads lists the shapes for people: "JSON, XML and lines of text".
func (p *Publisher) Reads() string {
	var b strings.Builder
	for i, s := range p.Shapes {
		switch {
		case i > 0 && i == len(p.Shapes)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(s))
	}
	return b.String()
}
