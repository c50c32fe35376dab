package cure

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// ID names a record (a session, a flow, an alert), a document, a detection or
// a case: 128 bits of SHA-256 over what makes the thing itself, so that the
// same thing read twice has the same ID. The zero ID means none.
type ID [16]byte

// NewID derives an ID from the parts that identify a thing; the parts are
// length-prefixed, so ("ab","c") and ("a","bc") differ.
func NewID(parts ...string) ID {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.LittleEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	var id ID
	copy(id[:], h.Sum(nil))
	return id
}

// IsZero reports whether id names nothing.
func (id ID) IsZero() bool { return id == ID{} }

// String returns 32 hex digits, "" for the zero ID.
func (id ID) String() string {
	if id.IsZero() {
		return ""
	}
	return hex.EncodeToString(id[:])
}

// ParseID reads 32 hex digits; "" is the zero ID.
func ParseID(s string) (ID, error) {
	var id ID
	if s == "" {
		return id, nil
	}
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(id) {
		return id, Errorf(Invalid, "id %.40q is not 32 hex digits", s)
	}
	copy(id[:], b)
	return id, nil
}

// MarshalText writes the hex digits.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the hex digits.
func (id *ID) UnmarshalText(b []byte) error {
	v, err := ParseID(string(b))
	if err == nil {
		*id = v
	}
	return err
}
