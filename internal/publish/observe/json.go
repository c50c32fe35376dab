package observe

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

var (
	errNotObject = errors.New("not a JSON object")
	errBroken    = errors.New("broken JSON")
)

// lenient is how JSON of sensors is read: attackers write values, so broken
// UTF-8 is normal. The last of doubled names wins, as in Python's reader.
var lenient = []jsontext.Options{jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)}

// object walks over the fields of JSON objects without making values of them.
// It is reused from record to record and allocates nothing once warm.
type object struct {
	dec     *jsontext.Decoder
	in      bytes.Buffer
	scratch []byte
}

// field is one member of an object. All of it shares the bytes of the record.
type field struct {
	name       []byte         // as written, without the quotes
	value      jsontext.Value // as written
	start, end int            // of the value in the record
}

func newObject() *object {
	o := &object{}
	o.dec = jsontext.NewDecoder(&o.in, lenient...)
	return o
}

// each calls fn for every field of the object raw, in order. The whole record
// is checked: what follows the object is an error too.
func (o *object) each(raw []byte, fn func(f field)) error {
	o.in = *bytes.NewBuffer(raw)
	o.dec.Reset(&o.in, lenient...)
	if o.dec.PeekKind() != '{' {
		return errNotObject
	}
	if _, err := o.dec.ReadToken(); err != nil {
		return errBroken
	}
	for o.dec.PeekKind() == '"' {
		name, err := o.dec.ReadValue()
		if err != nil {
			return errBroken
		}
		at := int(o.dec.InputOffset())
		f := field{name: raw[at-len(name)+1 : at-1]}
		value, err := o.dec.ReadValue()
		if err != nil {
			return errBroken
		}
		f.end = int(o.dec.InputOffset())
		f.start = f.end - len(value)
		f.value = raw[f.start:f.end]
		fn(f)
	}
	if _, err := o.dec.ReadToken(); err != nil {
		return errBroken
	}
	if _, err := o.dec.ReadToken(); err != io.EOF {
		return errBroken
	}
	return nil
}

// bytes returns the text of a string value, nil for other kinds. It is valid
// until the next call.
func (o *object) bytes(v jsontext.Value) []byte {
	if v.Kind() != '"' {
		return nil
	}
	if n := len(v) - 1; bytes.IndexByte(v[1:n], '\\') < 0 {
		return v[1:n]
	}
	o.scratch, _ = jsontext.AppendUnquote(o.scratch[:0], v) // its error says "invalid UTF-8", which was replaced
	return o.scratch
}

// text returns the text of a string value as valid UTF-8, that of a number or
// boolean as written, and "" for null, lists and objects.
func (o *object) text(v jsontext.Value) string {
	switch v.Kind() {
	case '"':
		return strings.ToValidUTF8(string(o.bytes(v)), "\uFFFD")
	case '0', 't', 'f':
		return string(v)
	}
	return ""
}

// splice replaces values of a record by others.
type splice struct {
	start, end int
	text       string         // becomes a JSON string
	value      jsontext.Value // or a value as it is
}

// appendSpliced appends raw with the replacements, which are in order.
func appendSpliced(dst, raw []byte, cuts []splice) []byte {
	at := 0
	for _, c := range cuts {
		dst = append(dst, raw[at:c.start]...)
		if c.value != nil {
			dst = append(dst, c.value...)
		} else {
			dst, _ = jsontext.AppendQuote(dst, strings.ToValidUTF8(c.text, "\uFFFD"))
		}
		at = c.end
	}
	return append(dst, raw[at:]...)
}

// unwrapped returns the document of an export of Elasticsearch: what stands in
// "_source" behind "_index" and the like; any other record as it is.
func unwrapped(raw []byte) []byte {
	head := raw[:min(len(raw), 256)]
	if len(raw) == 0 || raw[0] != '{' || !bytes.Contains(head, []byte(`"_source"`)) || !bytes.HasPrefix(bytes.TrimLeft(raw[1:], " \t\r\n"), []byte(`"_`)) {
		return raw
	}
	found := raw
	err := newObject().each(raw, func(f field) {
		if string(f.name) == "_source" && f.value.Kind() == '{' {
			found = f.value
		}
	})
	if err != nil {
		return raw
	}
	return found
}
