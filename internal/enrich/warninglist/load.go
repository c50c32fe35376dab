package warninglist

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencure/cure"
)

// The limits of what is loaded.
const (
	maxList     = 32 << 20 // bytes of one list
	maxLists    = 4096
	maxEntry    = 4 << 10 // bytes of one entry
	maxPatterns = 256     // regular expressions of all lists
	maxShort    = 256     // needles of under four bytes
)

// wireList is a list as the MISP project writes it.
type wireList struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Version     int      `json:"version"`
	Type        string   `json:"type"`
	Attributes  []string `json:"matching_attributes"`
	List        []string `json:"list"`
	Slug        string   `json:"slug"`
}

// Load reads every list of a file or of a folder and what is below it: .json
// (one list) and .jsonl (one a line), either with .gz. disabled names slugs
// or names of lists that are switched off. err joins what was refused; the
// Set holds the rest and is nil only when path cannot be read at all.
func Load(path string, disabled []string) (*Set, error) {
	b := newBuilder(disabled)
	var refused []error
	err := filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Type().IsRegular() && isList(file) {
			refused = append(refused, b.file(file))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read warning lists: %w", err)
	}
	return b.set(), errors.Join(refused...)
}

// Read reads lists from r, one JSON object after another.
func Read(r io.Reader, disabled []string) (*Set, error) {
	b := newBuilder(disabled)
	err := b.read("input", r)
	return b.set(), err
}

func isList(file string) bool {
	file = strings.TrimSuffix(file, ".gz")
	return strings.HasSuffix(file, ".json") || strings.HasSuffix(file, ".jsonl")
}

// builder gathers lists.
type builder struct {
	lists    []wireList
	disabled []string
}

func newBuilder(disabled []string) *builder { return &builder{disabled: disabled} }

func (b *builder) file(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return fmt.Errorf("read warning lists %s: %w", path, err)
		}
	}
	if strings.HasSuffix(strings.TrimSuffix(path, ".gz"), ".jsonl") {
		return b.read(path, r)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxList+1))
	if err != nil {
		return fmt.Errorf("read warning lists %s: %w", path, err)
	}
	return b.one(path, text)
}

// read takes one list a line.
func (b *builder) read(place string, r io.Reader) error {
	var refused []error
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, maxList)
	for line := 1; sc.Scan(); line++ {
		if text := bytes.TrimSpace(sc.Bytes()); len(text) > 0 {
			refused = append(refused, b.one(fmt.Sprintf("%s:%d", place, line), text))
		}
	}
	if err := sc.Err(); err != nil {
		refused = append(refused, fmt.Errorf("read warning lists %s: %w", place, err))
	}
	return errors.Join(refused...)
}

// one takes one list.
func (b *builder) one(place string, text []byte) error {
	refuse := func(format string, args ...any) error {
		return cure.Errorf(cure.Invalid, "warning list at "+place+": "+format, args...)
	}
	if len(text) > maxList {
		return refuse("more than %d bytes", maxList)
	}
	var w wireList
	if err := json.Unmarshal(text, &w); err != nil {
		return refuse("%w", err)
	}
	switch w.Type {
	case "cidr", "hostname", "string", "substring", "regex":
	default:
		return refuse("unknown type %.40q", w.Type)
	}
	if w.Slug == "" {
		w.Slug = strings.ToLower(strings.Join(strings.Fields(w.Name), "-"))
	}
	if w.Slug == "" {
		return refuse("no name and no slug")
	}
	if len(b.lists) == maxLists {
		return refuse("more than %d lists", maxLists)
	}
	b.lists = append(b.lists, w)
	return nil
}

// set indexes what was gathered. The same lists give the same set, whatever
// their order in the files; of two with one slug the higher version stays.
func (b *builder) set() *Set {
	slices.SortStableFunc(b.lists, func(x, y wireList) int {
		if c := strings.Compare(x.Slug, y.Slug); c != 0 {
			return c
		}
		return y.Version - x.Version
	})
	b.lists = slices.CompactFunc(b.lists, func(x, y wireList) bool { return x.Slug == y.Slug })
	s := &Set{exact: map[string]posting{}, suffix: map[string]posting{}}
	sum := sha256.New()
	for i := range b.lists {
		w := &b.lists[i]
		l := &List{
			Slug: w.Slug, Name: w.Name, Description: w.Description, Version: w.Version, Type: w.Type,
			Off:   slices.Contains(b.disabled, w.Slug) || slices.Contains(b.disabled, w.Name),
			kinds: kindsOf(w.Attributes),
		}
		s.lists = append(s.lists, l)
		if l.Off || l.kinds == 0 {
			continue
		}
		fmt.Fprintf(sum, "%q %q %d %q %d\n", l.Slug, l.Name, l.Version, l.Type, l.kinds)
		for _, e := range w.List {
			fmt.Fprintf(sum, "%q\n", e)
			s.entry(uint16(i), l, e)
		}
	}
	s.grams.build(s.lists)
	s.sum = hex.EncodeToString(sum.Sum(nil))
	return s
}
