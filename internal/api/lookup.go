package api

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/ioc"
)

// maxLookupBody bounds the body of a look-up: 10,000 values of usual length.
const maxLookupBody = 4 << 20

// desktop is the memory one look-up needs; it is used again.
type desktop struct {
	body []byte
	keys access.Keys
	hits access.Hits
	out  []byte
	text []byte
	bad  []unread
}

// unread is a value of a JSON look-up that is none.
type unread struct {
	index  int
	reason string
}

var desktops = sync.Pool{New: func() any { return new(desktop) }}

// lookup registers the look-up of many values. It does without huma and
// without reflection: it is what firewalls and mail filters call all day.
func (s *Server) lookup() {
	s.raw(route{
		id: "lookup", method: http.MethodPost, path: "/lookup", tag: "search", roles: readers,
		summary: "Look up many exact values at once",
		text: "At most 10,000. As JSON ({\"values\": […]}, any spelling), or in the binary form of docs/formats/lookup.md, " +
			"which costs about a microsecond a value. The answer has the form of the question, unless Accept says otherwise.",
	}, func(op *huma.Operation) {
		op.RequestBody = binaryBody(client.MediaKeys)
		op.RequestBody.Content["application/json"] = &huma.MediaType{Schema: &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{
			"values": {Type: "array", Items: &huma.Schema{Type: "string"}},
		}}}
		op.Responses["200"] = jsonResponse(s.huma, client.LookupAnswer{})
		op.Responses["200"].Content[client.MediaHits] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}, s.lookUp)
}

func (s *Server) lookUp(w http.ResponseWriter, r *http.Request, v access.View) error {
	d := desktops.Get().(*desktop)
	defer desktops.Put(d)
	d.keys.Reset()
	d.bad = d.bad[:0]
	if err := d.read(http.MaxBytesReader(w, r.Body, maxLookupBody), r.ContentLength); err != nil {
		return err
	}
	media := r.Header.Get("Content-Type")
	if media != client.MediaKeys {
		media, _, _ = mime.ParseMediaType(media)
	}
	var err error
	switch media {
	case client.MediaKeys:
		err = d.parseKeys()
	case "application/json":
		err = d.parseJSON()
	default:
		return errMedia("application/json or " + client.MediaKeys)
	}
	if err != nil {
		return err
	}
	if err := v.Lookup(&d.keys, &d.hits); err != nil {
		return err
	}
	binaryAnswer := media == client.MediaKeys
	if a := r.Header.Get("Accept"); a == client.MediaHits || a == "application/json" {
		binaryAnswer = a == client.MediaHits
	}
	if binaryAnswer && len(d.bad) == 0 {
		d.out = appendHits(d.out[:0], &d.hits)
		return writeBytes(w, client.MediaHits, d.out)
	}
	d.appendJSON()
	return writeBytes(w, "application/json", d.out)
}

// read reads the whole body into d.body.
func (d *desktop) read(r io.Reader, length int64) error {
	d.body = d.body[:0]
	if n := int(min(length, maxLookupBody)) + 1; cap(d.body) < n {
		d.body = make([]byte, 0, n)
	}
	for {
		if len(d.body) == cap(d.body) {
			d.body = append(d.body, 0)[:len(d.body)]
		}
		n, err := r.Read(d.body[len(d.body):cap(d.body)])
		d.body = d.body[:len(d.body)+n]
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return cure.Errorf(cure.Invalid, "read look-up: %w", err)
		}
	}
}

// parseKeys reads the binary form. Keys are not checked to be canonical: one
// that is not is the key of nothing, and is not found.
func (d *desktop) parseKeys() error {
	b := d.body
	if len(b) < 8 || string(b[:4]) != client.KeysMagic {
		return cure.Errorf(cure.Invalid, "look-up does not begin with %s", client.KeysMagic)
	}
	n := int(binary.LittleEndian.Uint32(b[4:]))
	if n > client.MaxLookup {
		return cure.Errorf(cure.Invalid, "look-up of %d values, want at most %d", n, client.MaxLookup)
	}
	b = b[8:]
	if len(b) < 3*n {
		return cure.Errorf(cure.Invalid, "look-up of %d values is cut off", n)
	}
	kinds, lengths, keys := b[:n], b[n:3*n], b[3*n:]
	end := uint32(0)
	for i, k := range kinds {
		if !cure.Kind(k).Valid() {
			return cure.Errorf(cure.Invalid, "value %d is of the unknown kind %d", i, k)
		}
		end += uint32(binary.LittleEndian.Uint16(lengths[2*i:]))
		d.keys.Kinds = append(d.keys.Kinds, cure.Kind(k))
		d.keys.Ends = append(d.keys.Ends, end)
	}
	if int(end) != len(keys) {
		return cure.Errorf(cure.Invalid, "keys have %d bytes, their lengths say %d", len(keys), end)
	}
	d.keys.Data = append(d.keys.Data, keys...)
	return nil
}

// parseJSON reads {"values": [...]}. A value that is none keeps its place as
// an empty key, which nothing has.
func (d *desktop) parseJSON() error {
	var q struct {
		Values []string `json:"values"`
	}
	if err := json.Unmarshal(d.body, &q); err != nil {
		return cure.Errorf(cure.Invalid, "read look-up: %w", err)
	}
	if len(q.Values) == 0 || len(q.Values) > client.MaxLookup {
		return cure.Errorf(cure.Invalid, "look-up of %d values, want 1 to %d", len(q.Values), client.MaxLookup)
	}
	for i, text := range q.Values {
		o, err := ioc.Classify(text)
		if err != nil {
			d.bad = append(d.bad, unread{i, err.Error()})
			d.keys.Kinds = append(d.keys.Kinds, cure.KindTag)
			d.keys.Ends = append(d.keys.Ends, uint32(len(d.keys.Data)))
			continue
		}
		d.keys.Add(o)
	}
	return nil
}

// appendHits appends the binary answer to dst: the head and all columns in one
// pass over the rows, then the table.
func appendHits(dst []byte, h *access.Hits) []byte {
	le := binary.LittleEndian
	n, r := len(h.Ends), len(h.Rows)
	begin := len(dst)
	dst = slices.Grow(dst, 16+2*n+16*r)[:begin+16+2*n+16*r]
	b := dst[begin:]
	copy(b, client.HitsMagic)
	le.PutUint32(b[4:], uint32(n))
	le.PutUint32(b[8:], uint32(r))
	le.PutUint32(b[12:], uint32(len(h.Sources)))
	counts, b := b[16:16+2*n], b[16+2*n:]
	last := uint32(0)
	for i, end := range h.Ends {
		le.PutUint16(counts[2*i:], uint16(end-last))
		last = end
	}
	first, lasts, count, source, roles := b[:4*r], b[4*r:8*r], b[8*r:12*r], b[12*r:14*r], b[14*r:]
	for i := range h.Rows {
		row := &h.Rows[i]
		le.PutUint32(first[4*i:], row.First)
		le.PutUint32(lasts[4*i:], row.Last)
		le.PutUint32(count[4*i:], row.Count)
		le.PutUint16(source[2*i:], row.Source)
		le.PutUint16(roles[2*i:], row.Roles)
	}
	for _, src := range h.Sources {
		dst = append(dst, byte(len(src)))
		dst = append(dst, src...)
	}
	return dst
}

// appendJSON writes the answer as JSON into d.out, as client.LookupAnswer
// reads it.
func (d *desktop) appendJSON() {
	b := append(d.out[:0], `{"values":[`...)
	begin, at, bad := uint32(0), uint32(0), d.bad
	for i, end := range d.hits.Ends {
		if i > 0 {
			b = append(b, ',')
		}
		if len(bad) > 0 && bad[0].index == i {
			b = append(b, `{"error":`...)
			b = appendString(b, bad[0].reason)
			b = append(b, '}')
			bad = bad[1:]
		} else {
			kind := d.keys.Kinds[i]
			d.text = cure.AppendValue(d.text[:0], kind, d.keys.Data[at:d.keys.Ends[i]])
			b = append(b, `{"kind":"`...)
			b = append(b, kind.String()...)
			b = append(b, `","value":`...)
			b = appendString(b, d.text)
			b = d.appendRows(b, d.hits.Rows[begin:end])
			b = append(b, '}')
		}
		begin, at = end, d.keys.Ends[i]
	}
	d.out = append(b, "]}\n"...)
}

func (d *desktop) appendRows(b []byte, rows []access.Hit) []byte {
	for j := range rows {
		h := &rows[j]
		if j == 0 {
			b = append(b, `,"hits":[`...)
		} else {
			b = append(b, ',')
		}
		b = append(b, `{"source":"`...)
		b = append(b, d.hits.Sources[h.Source]...) // a checked name: nothing to escape
		b = append(b, `","roles":[`...)
		sep := ""
		for role := range cure.Role(16) {
			if h.Roles&(1<<role) != 0 {
				b = append(b, sep...)
				b = append(b, '"')
				b = append(b, role.String()...)
				b = append(b, '"')
				sep = ","
			}
		}
		b = append(b, `],"first":"`...)
		b = time.Unix(int64(h.First), 0).UTC().AppendFormat(b, time.RFC3339)
		b = append(b, `","last":"`...)
		b = time.Unix(int64(h.Last), 0).UTC().AppendFormat(b, time.RFC3339)
		b = append(b, `","count":`...)
		b = strconv.AppendUint(b, uint64(h.Count), 10)
		b = append(b, '}')
	}
	if len(rows) > 0 {
		b = append(b, ']')
	}
	return b
}

// appendString appends s as a JSON string. Most values need no escape.
func appendString[T string | []byte](b []byte, s T) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			q, _ := json.Marshal(string(s)) // a string always encodes
			return append(b, q...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
