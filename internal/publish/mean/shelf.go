package mean

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// ManifestName is the file in a folder of reference documents that says which
// file is which document: one JSON object a line with "url" and "file", and
// where they are known "title", "date" (2026-01-02), "language" and "failed",
// the reason why there is no file. Of two lines with one URL the later counts.
//
// A file that the manifest does not name is the document of the URL whose
// [FileOf] it is called, whatever its ending.
const ManifestName = "manifest.jsonl"

// FileOf returns the name, without ending, of the file of a URL: the first 32
// hex digits of its SHA-256.
func FileOf(url string) string {
	sum := sha256.Sum256([]byte(url))
	return hex.EncodeToString(sum[:16])
}

// Entry is one line of a manifest.
type Entry struct {
	URL      string `json:"url"`
	File     string `json:"file,omitempty"` // below the folder
	Title    string `json:"title,omitempty"`
	Date     string `json:"date,omitempty"` // YYYY-MM-DD
	Language string `json:"language,omitempty"`
	Failed   string `json:"failed,omitempty"`
}

// Shelf is a folder of stored reference documents.
type Shelf struct {
	folder  string
	entries map[string]Entry // by URL
}

const (
	maxEntries  = 100_000
	maxDocument = 32 << 20 // bytes of a stored document
)

// OpenShelf reads a folder: its manifest, if there is one, and the names of its
// files.
func OpenShelf(folder string) (*Shelf, error) {
	s := &Shelf{folder: folder, entries: map[string]Entry{}}
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, cure.Errorf(cure.NotFound, "open folder of documents: %w", err)
	}
	for _, f := range files {
		if name, _, _ := strings.Cut(f.Name(), "."); len(name) == 32 && f.Type().IsRegular() {
			s.entries[name] = Entry{File: f.Name()} // of whichever URL it is
		}
	}
	m, err := os.Open(filepath.Join(folder, ManifestName))
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, cure.Errorf(cure.Unavailable, "open manifest: %w", err)
	}
	defer m.Close()
	lines := bufio.NewScanner(m)
	lines.Buffer(nil, 64<<10)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var e Entry
		err := json.Unmarshal(lines.Bytes(), &e)
		if err != nil || e.URL == "" || e.File != "" && !filepath.IsLocal(e.File) {
			return nil, cure.Errorf(cure.Invalid, "read %s line %d: want an object with url, and file below the folder", ManifestName, n)
		}
		if len(s.entries) >= maxEntries {
			return nil, cure.Errorf(cure.Invalid, "read %s: more than %d documents", ManifestName, maxEntries)
		}
		s.entries[e.URL] = e
	}
	if err := lines.Err(); err != nil {
		return nil, cure.Errorf(cure.Invalid, "read %s: %w", ManifestName, err)
	}
	return s, nil
}

// Entry returns what is known of the document of a URL.
func (s *Shelf) Entry(url string) (Entry, bool) {
	if e, ok := s.entries[url]; ok {
		return e, true
	}
	e, ok := s.entries[FileOf(url)]
	e.URL = url
	return e, ok
}

// Note appends a line to the manifest.
func (s *Shelf) Note(e Entry) error {
	b, err := json.Marshal(e)
	if err != nil {
		return cure.Errorf(cure.Internal, "write manifest: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(s.folder, ManifestName), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return cure.Errorf(cure.Unavailable, "write manifest: %w", err)
	}
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Close()); err != nil {
		return cure.Errorf(cure.Unavailable, "write manifest: %w", err)
	}
	s.entries[e.URL] = e
	return nil
}

// Store keeps a document and notes it.
func (s *Shelf) Store(e Entry, data []byte) error {
	if err := os.WriteFile(filepath.Join(s.folder, e.File), data, 0o600); err != nil {
		return cure.Errorf(cure.Unavailable, "store document: %w", err)
	}
	return s.Note(e)
}

// Progress counts documents.
type Progress struct {
	Cited  int `json:"cited"`  // URLs that pages of the catalogue refer to
	Stored int `json:"stored"` // of them in the folder
	Read   int `json:"read"`   // of them readable
	Failed int `json:"failed"` // not readable, or not to be had
	Tied   int `json:"tied"`   // read, with at least one tie
	Ties   int `json:"ties"`
	// Reasons says why, by document.
	Reasons map[string]string `json:"reasons,omitempty"`
}

// ImportReferences reads the stored documents that the pages of a catalogue
// refer to and writes them to w as raw records of publisher attack, in order of
// their URLs. pdf reads the text of a PDF; a nil w only counts. A document that
// cannot be read becomes a record that says why.
func ImportReferences(ctx context.Context, c *Catalogue, s *Shelf, pdf TextOfPDF, w io.Writer) (Progress, error) {
	cited := c.Cited()
	p := Progress{Cited: len(cited), Reasons: map[string]string{}}
	urls := make([]string, 0, len(cited))
	for url := range cited {
		urls = append(urls, url)
	}
	slices.Sort(urls)
	for _, url := range urls {
		if err := ctx.Err(); err != nil {
			return p, err
		}
		e, ok := s.Entry(url)
		if !ok {
			continue
		}
		ref := s.load(ctx, e, cited[url], pdf)
		if e.File != "" {
			p.Stored++
		}
		if ref.Failed != "" {
			p.Failed++
			p.Reasons[url] = ref.Failed
		} else {
			p.Read++
			if n := len(ref.Ties()); n > 0 {
				p.Tied, p.Ties = p.Tied+1, p.Ties+n
			}
		}
		if w == nil {
			continue
		}
		line, err := ref.Line()
		if err != nil {
			return p, err
		}
		if _, err := w.Write(line); err != nil {
			return p, cure.Errorf(cure.Unavailable, "write references: %w", err)
		}
	}
	return p, nil
}

// load reads one document.
func (s *Shelf) load(ctx context.Context, e Entry, c Citation, pdf TextOfPDF) *Reference {
	ref := &Reference{URL: e.URL, Title: e.Title, Language: e.Language, Keywords: c.Keywords, Failed: e.Failed, Date: time.Unix(0, 0)}
	if ref.Title == "" {
		ref.Title = c.Title
	}
	if ref.Failed != "" {
		return ref
	}
	path := filepath.Join(s.folder, filepath.FromSlash(e.File))
	info, err := os.Stat(path)
	switch {
	case err != nil || !info.Mode().IsRegular():
		ref.Failed = "the file is not there"
		return ref
	case info.Size() > maxDocument:
		ref.Failed = "the file has more than 32 MiB"
		return ref
	}
	if ref.Date, err = time.Parse(time.DateOnly, e.Date); err != nil {
		ref.Date = info.ModTime()
	}
	data, err := os.ReadFile(path)
	if err != nil {
		ref.Failed = "the file cannot be opened"
		return ref
	}
	title, text, err := TextOf(ctx, data, pdf)
	if err != nil {
		ref.Failed = err.Error()
		return ref
	}
	if e.Title == "" && title != "" {
		ref.Title = title
	}
	ref.Text = text
	return ref
}
