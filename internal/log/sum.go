package log

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/opencure/cure"
)

// Sum is the SHA-256 of an object and its name.
type Sum [sha256.Size]byte

// SumOf returns the sum of data.
func SumOf(data []byte) Sum { return sha256.Sum256(data) }

// String returns 64 hex digits, the form of cure.Document.Body.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// ParseSum reads 64 hex digits.
func ParseSum(s string) (Sum, error) {
	var sum Sum
	if len(s) != 2*len(sum) {
		return sum, cure.Errorf(cure.Invalid, "sum of %d characters, want 64 hex digits", len(s))
	}
	if _, err := hex.Decode(sum[:], []byte(s)); err != nil {
		return Sum{}, cure.Errorf(cure.Invalid, "sum %q is not hex", s)
	}
	return sum, nil
}

func checkObject(data []byte) error {
	if len(data) > MaxObject {
		return cure.Errorf(cure.Invalid, "put object of %d bytes, want at most %d", len(data), MaxObject)
	}
	return nil
}

func errNoObject(bucket string, sum Sum) error {
	return cure.Errorf(cure.NotFound, "no object %s in bucket %s", sum, bucket)
}
