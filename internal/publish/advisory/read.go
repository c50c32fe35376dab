package advisory

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/opencure/cure"
)

// Reader reads records from files, folders and archives.
type Reader struct {
	// Emit takes a record; it belongs to the taker. An error ends the reading.
	Emit func(place string, r Record) error
	// Refuse is told of each part that cannot be used, with its place.
	Refuse func(place string, err error)
}

// The limits of what is read.
const (
	maxMembers = 2_000_000 // files of an archive
	sniffSize  = 64 << 10
)

// Read reads a file, a folder with all below it, or a zip archive; files may
// be compressed with gzip or zstd. What they are is seen from their content.
// The error is for a path that cannot be read at all, or of Emit.
func (rd *Reader) Read(ctx context.Context, path string) error {
	return filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return cure.Errorf(cure.NotFound, "read records: %w", err)
		case !d.Type().IsRegular() && file != path || d.IsDir():
			return nil
		case file != path && !looksRight(file):
			return nil
		}
		return rd.file(ctx, file)
	})
}

// looksRight picks the files of a folder.
func looksRight(name string) bool {
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	switch filepath.Ext(name) {
	case ".json", ".jsonl", ".xml", ".rdf", ".zip":
		return !strings.HasPrefix(filepath.Base(name), "delta")
	}
	return false
}

func (rd *Reader) file(ctx context.Context, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return cure.Errorf(cure.NotFound, "read records: %w", err)
	}
	defer f.Close()
	var head [4]byte
	n, _ := io.ReadFull(f, head[:])
	if _, err := f.Seek(0, io.SeekStart); err != nil && n == 4 {
		return cure.Errorf(cure.Unavailable, "read records: %w", err)
	}
	if string(head[:]) == "PK\x03\x04" {
		return rd.archive(ctx, name)
	}
	return rd.stream(ctx, name, f)
}

// archive reads the members of a zip; one that is broken costs only itself.
func (rd *Reader) archive(ctx context.Context, name string) error {
	z, err := zip.OpenReader(name)
	if err != nil {
		rd.Refuse(name, cure.Errorf(cure.Invalid, "open archive: %w", err))
		return nil
	}
	defer z.Close()
	for i, member := range z.File {
		place := name + ":" + member.Name
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case i >= maxMembers:
			rd.Refuse(name, cure.Errorf(cure.Invalid, "more than %d files; the rest is left out", maxMembers))
			return nil
		case member.FileInfo().IsDir() || !looksRight(member.Name):
			continue
		}
		r, err := member.Open()
		if err != nil {
			rd.Refuse(place, cure.Errorf(cure.Invalid, "open member: %w", err))
			continue
		}
		err = rd.stream(ctx, place, r)
		_ = r.Close() // what was read is checked by its checksum while reading
		if err != nil {
			return err
		}
	}
	return nil
}

// stream reads one file, whatever is in it.
func (rd *Reader) stream(ctx context.Context, place string, r io.Reader) error {
	var stopped error
	emit := func(rec Record) {
		if stopped == nil {
			if stopped = ctx.Err(); stopped == nil {
				stopped = rd.Emit(place, rec)
			}
		}
	}
	refuse := func(err error) { rd.Refuse(place, err) }
	plain, err := unpack(bufio.NewReaderSize(r, sniffSize))
	if err == nil {
		err = document(bufio.NewReaderSize(plain, sniffSize), &stopped, emit, refuse)
	}
	if stopped != nil {
		return stopped
	}
	if err != nil {
		rd.Refuse(place, cure.Errorf(cure.Invalid, "read on: %w", err))
	}
	return nil
}

// unpack takes gzip or zstd off.
func unpack(b *bufio.Reader) (io.Reader, error) {
	head, err := b.Peek(4)
	switch {
	case len(head) == 0 && err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzip.NewReader(b)
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(256<<20))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return b, nil
}

// document tells XML, lines and one large JSON document apart.
func document(b *bufio.Reader, stopped *error, emit func(Record), refuse func(error)) error {
	head, err := b.Peek(sniffSize)
	if len(head) == 0 {
		if errors.Is(err, io.EOF) {
			return errors.New("the file is empty")
		}
		return err
	}
	m := &meter{r: b, stopped: stopped}
	m.fill()
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("<")):
		return readJVN(m, emit, refuse)
	case bytes.HasPrefix(head, []byte("[")), bytes.HasPrefix(head, []byte("{")) && isDocument(head):
		return readDocument(m, emit, refuse)
	}
	return lines(b, stopped, emit, refuse)
}

// isDocument reports whether what begins so is one JSON document rather than
// an object a line.
func isDocument(head []byte) bool {
	line, _, whole := bytes.Cut(head, []byte("\n"))
	return whole && !json.Valid(line) && !bytes.Contains(line, []byte(`"id"`)) ||
		!whole && (bytes.Contains(line, []byte(`"vulnerabilities"`)) || bytes.Contains(line, []byte(`"CVE_Items"`)))
}

// lines reads one object a line; a broken or too long line costs only itself.
func lines(b *bufio.Reader, stopped *error, emit func(Record), refuse func(error)) error {
	var line []byte
	for n := 1; *stopped == nil; n++ {
		at := func(err error) { refuse(fmt.Errorf("line %d: %w", n, err)) }
		var err error
		if line, err = readLine(b, line[:0]); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if one := bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))); len(one) > 0 {
			if err := Parse(one, emit, at); err != nil {
				at(err)
			}
		}
		if err != nil {
			return nil
		}
	}
	return nil
}

// readLine appends a line, and of one that is too long only so much that it
// will be refused.
func readLine(b *bufio.Reader, line []byte) ([]byte, error) {
	for {
		part, err := b.ReadSlice('\n')
		if len(line) <= maxRecord {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// readDocument reads a list, or an object that holds one, element by element.
func readDocument(m *meter, emit func(Record), refuse func(error)) error {
	d := json.NewDecoder(m)
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t == json.Delim('[') {
		return elements(m, d, emit, refuse)
	}
	if t != json.Delim('{') {
		return errors.New("neither an object nor a list")
	}
	rest := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if lists[name] {
			if t, err := d.Token(); err != nil || t != json.Delim('[') {
				return fmt.Errorf("%q is no list", name)
			}
			if err := elements(m, d, emit, refuse); err != nil {
				return err
			}
			rest = nil
			continue
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return err
		}
		if rest != nil && len(rest) < 256 {
			rest[name] = v
		}
	}
	if rest == nil {
		return nil
	}
	raw, err := json.Marshal(rest)
	if err != nil {
		return err
	}
	return Parse(raw, emit, refuse)
}

// elements reads a list up to its end.
func elements(m *meter, d *json.Decoder, emit func(Record), refuse func(error)) error {
	for n := 0; d.More(); n++ {
		m.fill()
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return fmt.Errorf("element %d: %w", n, err)
		}
		if err := parseOne(v, emit, refuse); err != nil {
			refuse(fmt.Errorf("element %d: %w", n, err))
		}
	}
	m.fill()
	_, err := d.Token()
	return err
}

// meter bounds how much a decoder may read for one record, and ends when the
// taker of records has stopped.
type meter struct {
	r       io.Reader
	left    int
	stopped *error
}

// fill allows another record.
func (m *meter) fill() { m.left = 2 * maxRecord }

// Read implements io.Reader.
func (m *meter) Read(p []byte) (int, error) {
	if m.stopped != nil && *m.stopped != nil {
		return 0, *m.stopped
	}
	if m.left <= 0 {
		return 0, cure.Errorf(cure.Invalid, "a record of more than %d bytes", maxRecord)
	}
	n, err := m.r.Read(p[:min(len(p), m.left)])
	m.left -= n
	return n, err
}

// Lines calls take with each line of a file that is not empty. The file may be
// compressed.
func Lines(path string, take func(line []byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return cure.Errorf(cure.NotFound, "read lines: %w", err)
	}
	defer f.Close()
	plain, err := unpack(bufio.NewReaderSize(f, sniffSize))
	if err != nil {
		return cure.Errorf(cure.Invalid, "read lines: %w", err)
	}
	b := bufio.NewReaderSize(plain, sniffSize)
	for line := []byte(nil); ; {
		var end error
		if line, end = readLine(b, line[:0]); end != nil && !errors.Is(end, io.EOF) {
			return cure.Errorf(cure.Invalid, "read lines: %w", end)
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if err := take(line); err != nil {
				return err
			}
		}
		if end != nil {
			return nil
		}
	}
}
