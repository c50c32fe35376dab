package store

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencure/cure"
)

// A snapshot is one file:
//
//	magic 8 | sections, each on a page boundary | manifest (JSON) |
//	checksums of all pages, in order of the sections |
//	offset of the manifest 8 | its length 8 | length of the checksums 8 |
//	checksum of manifest and checksums 4 | magic 8
//
// Numbers are little endian, as on the machines it is made for. The end is
// written last, after all else is on the disk, and the file gets its name
// after that: what has a name and a whole end is a whole snapshot. Every page
// of 4 KiB has its CRC-32C.
const (
	snapshotMagic  = "CUREsnp2"
	snapshotSuffix = ".cure-snapshot"
	snapshotFooter = 8 + 8 + 8 + 4 + 8
	snapshotsKept  = 2
)

// manifest says what the sections are and holds what is not in arenas.
type manifest struct {
	Seq       uint64
	Seed      []byte
	Sources   []cure.Source
	Defaults  []cure.Marking
	Cells     []manifestCell
	Marks     map[cure.Source][][2]uint64 // epoch, sequence
	Producers []manifestProducer
	Prefixes  [4]uint64
	Observed  uint64
	Refused   uint64
	Head      uint32
	Last      uint32 // number of the last segment
	KeysEnd   uint64
	Segments  []manifestSegment
	Sections  []section
}

type manifestCell struct {
	Source            SourceID
	Marking           cure.Marking
	Rows, Pairs, Tags uint64
	Span              uint64
}

type manifestProducer struct {
	Source SourceID
	Name   string
	Floor  uint64
}

type manifestSegment struct {
	No, Cap            uint32
	MinEvent, MaxEvent uint32
	MinArr, MaxArr     uint32
}

// section is a part of the file, by name.
type section struct {
	Name    string
	At, Len int64
	sums    []uint32
}

func (s *section) pages() int64 { return (s.Len + pageSize - 1) / pageSize }

// Restored says what Restore did.
type Restored struct {
	Path    string  // of the snapshot; "" when there was none
	Seq     uint64  // stream sequence up to which the store is applied
	Refused []error // snapshots that were not whole, newest first, and why
}

// Restore opens the newest whole snapshot in dir; without one the store is
// empty and the stream has to be applied from its beginning. A snapshot that is torn or of
// another format is refused with its reason, and the one before is taken. The
// seed of the snapshot replaces that of the options.
//
// Cost: reading the file and hashing every value, on two goroutines: about
// 10 million observations a second.
func Restore(dir string, o Options) (*Store, Restored, error) {
	var done Restored
	names, err := snapshots(dir)
	if err != nil {
		return nil, done, err
	}
	for _, name := range slices.Backward(names) {
		path := filepath.Join(dir, name)
		s, err := readSnapshot(path, o)
		if err != nil {
			done.Refused = append(done.Refused, fmt.Errorf("restore %s: %w", name, err))
			continue
		}
		go s.janitor()
		done.Path, done.Seq = path, s.Applied()
		return s, done, nil
	}
	s, err := New(o)
	return s, done, err
}

// snapshots returns the names of the snapshots in dir, oldest first.
func snapshots(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, cure.Errorf(cure.Unavailable, "list snapshots: %w", err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), snapshotSuffix) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names) // the sequence is written with leading zeros
	return names, nil
}

func snapshotName(seq uint64) string { return fmt.Sprintf("%020d%s", seq, snapshotSuffix) }

func decodeManifest(data []byte) (*manifest, error) {
	m := &manifest{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, cure.Errorf(cure.Invalid, "read manifest: %w", err)
	}
	if len(m.Seed) != 16 || len(m.Sources) > maxSources || len(m.Sources) != len(m.Defaults) ||
		len(m.Cells) > maxCells || len(m.Producers) > maxProducers || len(m.Segments) > maxLive ||
		m.Last >= maxSegments || m.KeysEnd > maxKeyChunks<<keyChunkBits {
		return nil, cure.Errorf(cure.Invalid, "manifest out of bounds")
	}
	for _, c := range m.Cells {
		if int(c.Source) >= len(m.Sources) {
			return nil, cure.Errorf(cure.Invalid, "cell of no source")
		}
	}
	for _, p := range m.Producers {
		if int(p.Source) >= len(m.Sources) {
			return nil, cure.Errorf(cure.Invalid, "producer of no source")
		}
	}
	for _, g := range m.Segments {
		if g.No == 0 || g.No >= maxSegments || g.Cap > segmentRows {
			return nil, cure.Errorf(cure.Invalid, "segment %d of %d rows", g.No, g.Cap)
		}
	}
	return m, nil
}
