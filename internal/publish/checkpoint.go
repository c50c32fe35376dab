package publish

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// checkpoint is all that a publisher has to remember: it travels in the log
// as the state of an OpCheckpoint control.
type checkpoint struct {
	seq       uint64    // of the batch that carries it
	at        time.Time // clock when it was made: what "the future" is until the next one
	input     string    // identity of the input being read, "" between inputs
	name      string    // of that input
	copied    time.Time // when the copy being read was made
	positions []position
	learned   []string // sensor-side values; sealed in the log
	fold      []byte   // state, or
	foldSum   string   // where it is kept when it is large
}

// position says how far an input was read. Of a copy, which is read as a whole
// or not at all, the offset is the second it was made.
type position struct {
	id     string
	offset int64
}

// copyDone reports whether this copy was published before. The same content
// of another time is another copy: a list may go back to what it was.
func (c *checkpoint) copyDone(id string, made time.Time) bool {
	return id != "" && slices.Contains(c.positions, position{id, made.Unix()})
}

const (
	checkpointVersion = 1
	maxPositions      = 512
	maxIdentity       = 64
	maxInputName      = 1 << 10
	maxInlineState    = 160 << 10 // larger ones go to the objects of the sink
)

// offset returns how far an input was read, false for one that is not known.
func (c *checkpoint) offset(id string) (int64, bool) {
	for _, p := range c.positions {
		if p.id == id {
			return p.offset, true
		}
	}
	return 0, false
}

// rename gives an input a more exact identity.
func (c *checkpoint) rename(from, to string) {
	if c.input == from {
		c.input = to
	}
	offset, ok := c.offset(from)
	if !ok {
		return
	}
	c.positions = slices.DeleteFunc(c.positions, func(p position) bool { return p.id == from })
	c.advance(to, offset)
}

// advance notes how far an input was read; the inputs read last are kept.
func (c *checkpoint) advance(id string, offset int64) {
	if id == "" {
		return
	}
	n := len(c.positions)
	if n > 0 && c.positions[n-1].id == id {
		c.positions[n-1].offset = offset
		return
	}
	c.positions = slices.DeleteFunc(c.positions, func(p position) bool { return p.id == id })
	if len(c.positions) >= maxPositions {
		c.positions = slices.Delete(c.positions, 0, 1)
	}
	c.positions = append(c.positions, position{id, offset})
}

// size bounds the encoded checkpoint without its fold.
func (c *checkpoint) size() int {
	n := 256 + maxInputName + len(c.positions)*(maxIdentity+10)
	for _, v := range c.learned {
		n += len(v) + 1
	}
	return n
}

// encode writes the checkpoint for the log, names masked or sealed.
func (c *checkpoint) encode(key [32]byte, mask *Masker) []byte {
	b := []byte{checkpointVersion}
	b = binary.AppendUvarint(b, c.seq)
	b = binary.AppendVarint(b, millis(c.at))
	b = appendString(b, c.input)
	b = appendString(b, cutText(mask.Text(c.name), maxInputName))
	b = binary.AppendVarint(b, millis(c.copied))
	b = binary.AppendUvarint(b, uint64(len(c.positions)))
	for _, p := range c.positions {
		b = appendString(b, p.id)
		b = binary.AppendUvarint(b, uint64(p.offset))
	}
	b = appendString(b, seal(key, strings.Join(c.learned, "\n")))
	b = appendString(b, c.foldSum)
	return appendString(b, string(c.fold))
}

var errCheckpoint = cure.Errorf(cure.Invalid, "read checkpoint: %w", errors.New("broken, or of a newer version"))

func decodeCheckpoint(b []byte, key [32]byte) (*checkpoint, error) {
	c := &checkpoint{}
	if len(b) == 0 {
		return c, nil
	}
	r := stateReader{b: b[1:], bad: b[0] != checkpointVersion}
	c.seq = r.uvarint()
	c.at = fromMillis(r.varint())
	c.input, c.name = r.text(maxIdentity), r.text(maxInputName)
	c.copied = fromMillis(r.varint())
	for range min(r.uvarint(), maxPositions+1) {
		c.positions = append(c.positions, position{r.text(maxIdentity), int64(r.uvarint())})
		if r.bad || c.positions[len(c.positions)-1].offset < 0 {
			return nil, errCheckpoint
		}
	}
	learned, err := unseal(key, r.text(maxLearned*(maxName+2)))
	c.foldSum = r.text(maxIdentity)
	c.fold = []byte(r.text(cure.MaxCheckpoint))
	if r.bad || err != nil || len(r.b) > 0 {
		return nil, errCheckpoint
	}
	if learned != "" {
		c.learned = strings.Split(learned, "\n")
	}
	return c, nil
}

// StateObject returns the SHA-256 in hex of the object in which a checkpoint
// keeps its state, "" when there is none or the bytes are not a checkpoint.
func StateObject(state []byte) string {
	if len(state) == 0 || state[0] != checkpointVersion {
		return ""
	}
	r := stateReader{b: state[1:]}
	r.uvarint()
	r.varint()
	r.text(maxIdentity)
	r.text(maxInputName)
	r.varint()
	for range min(r.uvarint(), maxPositions+1) {
		r.text(maxIdentity)
		r.uvarint()
	}
	r.text(maxLearned * (maxName + 2))
	sum := r.text(maxIdentity)
	if _, err := hex.DecodeString(sum); r.bad || err != nil || len(sum) != 2*sha256.Size {
		return ""
	}
	return sum
}

// seal encrypts what names the sensors, so that who reads the log alone does
// not learn it. The nonce is a MAC of the text (as in RFC 8452, SIV): the same
// state gives the same bytes.
func seal(key [32]byte, text string) string {
	if text == "" {
		return ""
	}
	aead, mac := sealer(key)
	mac.Write([]byte(text))
	nonce := mac.Sum(nil)[:aead.NonceSize()]
	return string(aead.Seal(nonce, nonce, []byte(text), nil))
}

func unseal(key [32]byte, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	aead, _ := sealer(key)
	n := aead.NonceSize()
	if len(sealed) < n {
		return "", errCheckpoint
	}
	text, err := aead.Open(nil, []byte(sealed[:n]), []byte(sealed[n:]), nil)
	return string(text), err
}

func sealer(key [32]byte) (cipher.AEAD, interface {
	Write([]byte) (int, error)
	Sum([]byte) []byte
},
) {
	derive := func(purpose string) []byte {
		h := hmac.New(sha256.New, key[:])
		h.Write([]byte(purpose))
		return h.Sum(nil)
	}
	block, err := aes.NewCipher(derive("checkpoint encryption"))
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead, hmac.New(sha256.New, derive("checkpoint nonce"))
}
