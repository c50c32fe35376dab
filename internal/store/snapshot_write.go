package store

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/fault"
)

// Snapshot writes the state of one stream sequence to dir, which must exist,
// and returns the sequence. Apply goes on meanwhile: it waits for the plan to
// be made (under a millisecond) and saves a page now and then. The file is on
// the disk when Snapshot returns; all but the two newest are removed. One
// snapshot runs at a time.
func (s *Store) Snapshot(ctx context.Context, dir string) (seq uint64, err error) {
	s.snapshotting.Lock()
	defer s.snapshotting.Unlock()
	f, err := os.CreateTemp(dir, "writing-*.tmp")
	if err != nil {
		return 0, cure.Errorf(cure.Unavailable, "create snapshot: %w", err)
	}
	defer os.Remove(f.Name()) // in vain when it was renamed
	defer f.Close()

	p := s.plan(f)
	fault.Point("snapshot.write")
	err = p.write(ctx)
	s.unplan(p)
	if err == nil {
		err = p.finish()
	}
	if err != nil {
		return 0, cure.Errorf(cure.Unavailable, "write snapshot: %w", err)
	}
	fault.Point("snapshot.rename")
	if err := os.Rename(f.Name(), filepath.Join(dir, snapshotName(p.m.Seq))); err != nil {
		return 0, cure.Errorf(cure.Unavailable, "name snapshot: %w", err)
	}
	fault.Point("snapshot.renamed")
	if err := syncDir(dir); err != nil {
		return 0, cure.Errorf(cure.Unavailable, "name snapshot: %w", err)
	}
	return p.m.Seq, prune(dir)
}

// plan is a snapshot being written: what it consists of, as of its sequence.
type plan struct {
	s      *Store
	out    *pageFile
	guard  guard // keeps all that is referred to from being freed
	m      manifest
	cells  *cellTable
	sets   uint32
	shadow []*shadow // by section, first in the file
	orders []orderState
	tails  []uint32
	segs   []plannedSegment
	end    int64 // of the file so far
	buf    []byte
}

type plannedSegment struct {
	g                      *segment
	rows                   uint32
	batches, extras, bares int
	open                   [recordTables]*slots
	sealed                 *run
}

// plan fixes what the snapshot holds and starts the shadows.
func (s *Store) plan(f *os.File) *plan {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &plan{s: s, out: &pageFile{f: f}, guard: s.epochs.enter(), end: pageSize}
	p.cells, p.sets = s.cells.table.Load(), s.sets.count.Load()
	p.m = manifest{
		Seq: s.applied.Load(), Seed: s.values.seed[:], Marks: map[cure.Source][][2]uint64{},
		Observed: s.observed.Load(), Refused: s.refused.Load(), Head: s.head.Load(), Last: s.lastSegment,
		KeysEnd: s.values.keys.end, Prefixes: s.prefixes.words(),
	}
	for src, marks := range s.marks {
		for _, w := range marks {
			p.m.Marks[src] = append(p.m.Marks[src], [2]uint64{w.epoch, w.seq})
		}
	}
	for i, c := range p.cells.cells {
		t := p.cells.tallies[i]
		p.m.Cells = append(p.m.Cells, manifestCell{c.source, c.marking, t.rows.Load(), t.pairs.Load(), t.tags.Load(), t.span.Load()})
	}
	for _, pr := range *s.notes.producers.Load() {
		p.m.Producers = append(p.m.Producers, manifestProducer{pr.source, pr.name, pr.floor})
	}
	for _, o := range s.allOrders() {
		st := o.state.Load()
		p.orders = append(p.orders, *st)
		p.tails = append(p.tails, st.tail.n.Load())
	}
	s.values.cow = p.shade("values", s.values.length(), s.values.reader())
	s.pairs.cow = p.shade("pairs", s.pairs.length(), s.pairs.reader())
	s.tags.cow = p.shade("tags", s.tags.length(), s.tags.reader())
	s.notes.cow = p.shade("notes", s.notes.length(), s.notes.reader())
	for _, g := range *s.live.Load() {
		n := g.n.Load()
		p.m.Segments = append(p.m.Segments, manifestSegment{g.no, g.cap, g.minEvent.Load(), g.maxEvent.Load(), g.minArr, g.maxArr})
		p.segs = append(p.segs, plannedSegment{g, n, g.batches.len(), g.extras.len(), g.bares.len(), g.records.slots(), g.records.sealed.Load()})
		g.cow = p.shade(segmentSection(g.no, "rows"), uintptr(n)*rowSize, g.read)
	}
	p.out.hold(int(p.end / pageSize))
	return p
}

func segmentSection(no uint32, part string) string { return fmt.Sprintf("segment/%d/%s", no, part) }

// shade adds a section that is copied page by page beside the writer.
func (p *plan) shade(name string, n uintptr, read func(uintptr, []byte)) *shadow {
	sh := newShadow(p.out, p.end, n, read)
	p.section(name, int64(n), sh.sums)
	p.shadow = append(p.shadow, sh)
	return sh
}

// section gives the next pages of the file to a section.
func (p *plan) section(name string, n int64, sums []uint32) {
	sec := section{Name: name, At: p.end, Len: n, sums: sums}
	p.m.Sections = append(p.m.Sections, sec)
	p.end += sec.pages() * pageSize
}

// unplan lets go of the arenas.
func (s *Store) unplan(p *plan) {
	s.mu.Lock()
	s.values.cow, s.pairs.cow, s.tags.cow, s.notes.cow = nil, nil, nil, nil
	for _, seg := range p.segs {
		seg.g.cow = nil
	}
	s.mu.Unlock()
	p.guard.exit()
}

// write writes all sections: first those the writer changes, then those that
// stand still.
func (p *plan) write(ctx context.Context) error {
	for _, sh := range p.shadow {
		if err := ctx.Err(); err != nil {
			return err
		}
		sh.save()
	}
	p.m.Sources, p.m.Defaults = p.cells.sources, p.cells.defaults
	p.still("keys", int64(p.m.KeysEnd), func(off int64, buf []byte) { copy(buf, p.s.values.keys.at(uint64(off), len(buf))) })
	p.bytes("sets", p.setLists())
	for i := range p.orders {
		p.order(fmt.Sprintf("order/%d/", i), p.orders[i], p.tails[i])
	}
	for i := range p.segs {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.segment(&p.segs[i])
	}
	if err := p.out.err.Load(); err != nil {
		return *err
	}
	return nil
}

// still writes a section that nobody changes. read copies bytes that lie in
// one page.
func (p *plan) still(name string, n int64, read func(off int64, buf []byte)) {
	const run = 64 * pageSize
	at := p.end
	var sums []uint32
	if p.buf == nil {
		p.buf = make([]byte, run)
	}
	buf := p.buf
	for off := int64(0); off < n; off += run {
		part := buf[:min(run, n-off)]
		for k := 0; k < len(part); k += pageSize {
			page := part[k:min(k+pageSize, len(part))]
			read(off+int64(k), page)
			sums = append(sums, crc32.Checksum(page, castagnoli))
		}
		p.out.write(part, at+off)
		runtime.Gosched()
	}
	p.section(name, n, sums)
}

func (p *plan) bytes(name string, data []byte) {
	p.still(name, int64(len(data)), func(off int64, buf []byte) { copy(buf, data[off:]) })
}

func (p *plan) words(name string, words []uint64) { p.bytes(name, wordBytes(words)) }

// setLists writes the sets: the number of cells, the kind, the cells.
func (p *plan) setLists() []byte {
	var out []byte
	for i := range p.sets {
		list := p.s.sets.cells(setID(i))
		out = binary.LittleEndian.AppendUint16(out, uint16(list.len()))
		out = append(out, byte(p.s.sets.at(i).kind))
		out = append(out, list...)
	}
	return out
}

// order writes each run and what stood in the tail.
func (p *plan) order(prefix string, st orderState, tail uint32) {
	for i, r := range st.runs {
		p.words(fmt.Sprint(prefix, i), r.entries())
	}
	if tail > 0 {
		young := slices.Clone(st.tail.at[:tail])
		slices.Sort(young)
		p.words(fmt.Sprint(prefix, len(st.runs)), slices.Compact(young))
	}
}

func (p *plan) segment(x *plannedSegment) {
	g := x.g
	p.bytes(segmentSection(g.no, "batches"), g.batches.raw(x.batches))
	p.bytes(segmentSection(g.no, "extras"), g.extras.raw(x.extras))
	p.bytes(segmentSection(g.no, "bares"), x.bareBytes())
	if x.sealed != nil {
		p.words(segmentSection(g.no, "records"), x.sealed.entries())
		return
	}
	var words []uint64
	sortedEntries(x.open, func(place uint32) bool {
		if place&isBare != 0 {
			return int(place&^isBare) < x.bares
		}
		return place < x.rows
	}, func(n int) []uint64 {
		words = make([]uint64, n)
		return words
	})
	p.words(segmentSection(g.no, "records"), words)
}

// finish writes manifest, checksums and end, and brings all to the disk.
func (p *plan) finish() error {
	if _, err := p.out.f.WriteAt([]byte(snapshotMagic), 0); err != nil {
		return err
	}
	if err := p.out.f.Sync(); err != nil {
		return err
	}
	data, err := json.Marshal(p.m)
	if err != nil {
		return err
	}
	n := len(data)
	for _, sec := range p.m.Sections {
		for _, sum := range sec.sums {
			data = binary.LittleEndian.AppendUint32(data, sum)
		}
	}
	sums := len(data) - n
	crc := crc32.Checksum(data, castagnoli)
	data = binary.LittleEndian.AppendUint64(data, uint64(p.end))
	data = binary.LittleEndian.AppendUint64(data, uint64(n))
	data = binary.LittleEndian.AppendUint64(data, uint64(sums))
	data = binary.LittleEndian.AppendUint32(data, crc)
	data = append(data, snapshotMagic...)
	if _, err := p.out.f.WriteAt(data, p.end); err != nil {
		return err
	}
	return p.out.f.Sync()
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// prune removes all but the newest snapshots, and what unfinished ones left.
func prune(dir string) error {
	names, err := snapshots(dir)
	if err != nil {
		return err
	}
	for _, name := range names[:max(len(names)-snapshotsKept, 0)] {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return cure.Errorf(cure.Unavailable, "remove old snapshot: %w", err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "writing-*.tmp"))
	if err != nil {
		return err
	}
	for _, path := range left {
		if strings.HasSuffix(path, ".tmp") {
			_ = os.Remove(path) // of a process that was killed
		}
	}
	return nil
}
