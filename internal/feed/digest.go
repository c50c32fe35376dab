package feed

import (
	"cmp"
	"context"
	"crypto/md5" // names files, protects nothing
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/opencure/cure"
)

// namedByHash reports whether a file has the name that honeypots give to what
// they caught.
func namedByHash(name string) bool {
	if n := len(name); n != 32 && n != 40 && n != 64 {
		return false
	}
	_, err := hex.DecodeString(name)
	return err == nil
}

// digest is what is said of a captured file. Its bytes are read as they are on
// disk: what was caught may be compressed, or anything.
type digest struct {
	Name   string    `json:"captured"`
	Size   int64     `json:"size"`
	MD5    string    `json:"md5"`
	SHA1   string    `json:"sha1"`
	SHA256 string    `json:"sha256"`
	Time   time.Time `json:"time"` // when it was last written
	src    io.Reader
	done   bool // it was read
	said   bool // it was the record
}

// sum reads the file to its end, once, and returns its identity.
func (d *digest) sum(ctx context.Context) (string, error) {
	one, two, three := md5.New(), sha1.New(), sha256.New()
	all := io.MultiWriter(one, two, three)
	for !d.done {
		n, err := io.CopyN(all, d.src, blockSize)
		d.Size += n
		d.done = errors.Is(err, io.EOF)
		if err = cmp.Or(ctx.Err(), err); err != nil && !d.done {
			return "", cure.Errorf(cure.Unavailable, "read captured file: %w", err)
		}
	}
	if d.SHA256 == "" {
		d.MD5, d.SHA1, d.SHA256 = hex.EncodeToString(one.Sum(nil)), hex.EncodeToString(two.Sum(nil)), hex.EncodeToString(three.Sum(nil))
	}
	return d.SHA256[:24], nil
}

// next returns the one record.
func (d *digest) next(ctx context.Context) (Frame, error) {
	if d.said {
		return Frame{}, io.EOF
	}
	if _, err := d.sum(ctx); err != nil {
		return Frame{}, err
	}
	d.said = true
	data, err := json.Marshal(d)
	return Frame{Data: data, Next: max(d.Size, 1), Line: 1}, err
}

// Verbatim reports whether the bytes of the file are taken as they are: nothing
// of it is decompressed.
func (f *File) Verbatim() bool { return f.digest != nil }
