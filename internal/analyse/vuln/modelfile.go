package vuln

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/num/textclass"
)

// The file of a model:
//
//	8 bytes   "CUREVM" and the version of the format in two digits
//	32 bytes  SHA-256 of all that follows
//	rest      zstd of:
//	    4 bytes n, n bytes   the card, JSON
//	    4 bytes n, n bytes   the tree, JSON
//	    4 bytes n, 2n bytes  the labels
//	    vocabulary (textclass)
//	    1 byte a feature     what the type head hears, if Settings.Telling is above 0
//	    type head, eight metric heads, encoder (textclass)
//	    4 bytes n, 5n bytes  known CVEs: ids, classes
//	    for each feature     the distances between the known CVEs it leads to
//
// Numbers are little endian. Formats 03 and 02 are the same, but the type head
// of 03 may only be one that hears features by their rarity (Settings.Telling
// 0), and that of 02 one that also hears all texts equally loud (Settings.Long
// 0); format 01 has no encoder, and calibrations of one scale. All are still
// read.
const magic, first = "CUREVM04", "01"

// Limits of a model file.
const (
	maxModelFile = 64 << 20
	maxModel     = 512 << 20 // decompressed
)

// Encode returns the file of the model, and sets its version: the begin of
// the SHA-256 of weights and labels.
func (m *Model) Encode() ([]byte, error) {
	var body []byte
	body = binary.LittleEndian.AppendUint32(body, uint32(len(m.types)))
	for _, id := range m.types {
		body = binary.LittleEndian.AppendUint16(body, uint16(id))
	}
	body = m.words.AppendBinary(body)
	if m.kind.heard != nil {
		body = m.kind.heard.AppendBinary(body)
	}
	for _, h := range append([]head{m.kind}, m.score[:]...) {
		body = h.weights.AppendBinary(body)
		body = h.cal.AppendBinary(body)
	}
	body = m.deep.AppendBinary(body)
	body = m.known.appendBinary(body)
	sum := sha256.Sum256(body)
	m.Version = hex.EncodeToString(sum[:4])
	card, err := json.Marshal(m.Card)
	if err != nil {
		return nil, err
	}
	tree, err := json.Marshal(m.tree.all)
	if err != nil {
		return nil, err
	}
	var plain []byte
	for _, part := range [][]byte{card, tree} {
		plain = binary.LittleEndian.AppendUint32(plain, uint32(len(part)))
		plain = append(plain, part...)
	}
	plain = append(plain, body...)
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	packed := z.EncodeAll(plain, nil)
	all := sha256.Sum256(packed)
	return slices.Concat([]byte(magic), all[:], packed), z.Close()
}

// Open reads a model from a file.
func Open(path string) (*Model, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, cure.Errorf(cure.NotFound, "open model: %w", err)
	}
	if info.Size() > maxModelFile {
		return nil, cure.Errorf(cure.Invalid, "open model %s: %d bytes, a model has at most %d", path, info.Size(), maxModelFile)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, cure.Errorf(cure.Unavailable, "open model: %w", err)
	}
	m, err := Decode(b)
	if err != nil {
		return nil, cure.Errorf(cure.Invalid, "open model %s: %w", path, err)
	}
	return m, nil
}

// Decode reads a model. It refuses a file that is cut or damaged, or of
// another version.
func Decode(b []byte) (*Model, error) {
	if len(b) < len(magic)+sha256.Size || string(b[:6]) != magic[:6] {
		return nil, cure.Errorf(cure.Invalid, "this is no model; make one with 'cure vuln train'")
	}
	v := string(b[6:8])
	if v < first || v > magic[6:] {
		return nil, cure.Errorf(cure.Invalid, "the model has format %q, this version reads %q: train it again", v, magic[6:])
	}
	packed := b[len(magic)+sha256.Size:]
	if sum := sha256.Sum256(packed); !bytes.Equal(sum[:], b[len(magic):len(magic)+sha256.Size]) {
		return nil, cure.Errorf(cure.Invalid, "the model is cut or damaged: its checksum does not fit")
	}
	z, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxModel), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	plain, err := z.DecodeAll(packed, nil)
	if err != nil {
		return nil, cure.Errorf(cure.Invalid, "unpack model: %w", err)
	}
	return decode(plain, v == first)
}

var errModel = cure.Errorf(cure.Invalid, "the model contradicts itself")

// decode reads what is under the compression. old: as format 01.
func decode(plain []byte, old bool) (*Model, error) {
	m := &Model{}
	card, plain, ok := cut(plain, 1)
	if !ok || json.Unmarshal(card, &m.Card) != nil {
		return nil, errModel
	}
	text, plain, ok := cut(plain, 1)
	if !ok {
		return nil, errModel
	}
	var all []Weakness
	if json.Unmarshal(text, &all) != nil {
		return nil, errModel
	}
	var err error
	if m.tree, err = newTree(m.CWE, all); err != nil {
		return nil, err
	}
	labels, plain, ok := cut(plain, 2)
	if !ok {
		return nil, errModel
	}
	for ; len(labels) > 0; labels = labels[2:] {
		id := CWE(binary.LittleEndian.Uint16(labels))
		if n := len(m.types); !m.tree.Has(id) || n > 0 && m.types[n-1] >= id {
			return nil, errModel
		}
		m.types = append(m.types, id)
	}
	if m.words, plain, err = textclass.ReadVocabulary(plain); err != nil {
		return nil, err
	}
	if m.Settings.Telling > 0 {
		if m.kind.heard, plain, err = textclass.ReadEmphasis(plain, m.words); err != nil {
			return nil, err
		}
	}
	for i := -1; i < len(metrics); i++ {
		h, classes, n := &m.kind, len(m.types), 1
		if i >= 0 {
			h, classes, n = &m.score[i], len(metrics[i].values), scorers
		}
		if old {
			n = 0
		}
		if plain, err = h.read(plain, m.words.Len(), classes, n); err != nil {
			return nil, err
		}
	}
	if !old {
		if plain, err = m.readDeep(plain); err != nil {
			return nil, err
		}
	}
	if m.known, plain, ok = readKnown(plain, len(m.types), m.words.Len()); !ok || len(plain) > 0 {
		return nil, errModel
	}
	if m.kind.long = m.Settings.Long; !(m.kind.long >= 0 && m.kind.long <= 1) {
		return nil, errModel
	}
	m.lay()
	return m, nil
}

// readDeep reads the encoder, which has a head for each metric.
func (m *Model) readDeep(plain []byte) (rest []byte, err error) {
	if m.deep, rest, err = textclass.ReadCompact(plain, m.words.Len()); err != nil {
		return nil, err
	}
	if !slices.EqualFunc(m.deep.Heads, metrics[:], func(n int, x metric) bool { return n == len(x.values) }) {
		return nil, errModel
	}
	return rest, nil
}

// read reads a head of so many classes and scorers and returns what is behind
// it; 0 scorers: the form of format 01.
func (h *head) read(b []byte, features, classes, n int) (rest []byte, err error) {
	if h.weights, b, err = textclass.ReadSparse(b, features); err != nil {
		return nil, err
	}
	if h.weights.Classes != classes {
		return nil, errModel
	}
	h.cal, rest, err = textclass.ReadCalibration(b, classes, n)
	return rest, err
}

// cut takes a part off: its length in units of so many bytes, and it.
func cut(b []byte, unit int) (part, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := int64(binary.LittleEndian.Uint32(b)) * int64(unit)
	if n > int64(len(b)-4) {
		return nil, nil, false
	}
	return b[4 : 4+n], b[4+n:], true
}
