package listen

import (
	"encoding/binary"
	"errors"
)

// Limits of a parcel.
const (
	parcelVersion = 1
	maxParcel     = 256 << 10 // bytes after which a group of messages is closed
	maxKey        = 255
	maxMessages   = 1<<20 - 1 // of one parcel: their ordinal has 20 bits
	longKept      = 8 << 10   // bytes kept of a message that is too long
)

// parcel is messages that are kept, and made durable, together.
//
//	version, key, count, then for each message: length << 1 | too long, bytes
type parcel struct {
	key   string // names an HTTP push, "" for none
	body  []byte
	count int
	long  int
	out   []byte
}

func (p *parcel) reset() { p.key, p.body, p.count, p.long = "", p.body[:0], 0, 0 }

// add adds a message; long says that it is the beginning of a longer one.
func (p *parcel) add(data []byte, long bool) {
	n := uint64(len(data)) << 1
	if long {
		data = data[:min(len(data), longKept)]
		n = uint64(len(data))<<1 | 1
		p.long++
	}
	p.body = append(binary.AppendUvarint(p.body, n), data...)
	p.count++
}

// full reports whether the parcel should be closed.
func (p *parcel) full() bool { return len(p.body) >= maxParcel || p.count >= maxMessages/2 }

func (p *parcel) encode() []byte {
	p.out = append(p.out[:0], parcelVersion)
	p.out = append(binary.AppendUvarint(p.out, uint64(len(p.key))), p.key...)
	p.out = binary.AppendUvarint(p.out, uint64(p.count))
	p.out = append(p.out, p.body...)
	return p.out
}

// message is one entry of a parcel.
type message struct {
	data []byte
	long bool
}

var errParcel = errors.New("broken parcel in the spool")

// decode reads a parcel; the messages point into b. It is bounded by b.
func decode(b []byte) (key string, messages []message, err error) {
	if len(b) == 0 || b[0] != parcelVersion {
		return "", nil, errParcel
	}
	b = b[1:]
	number := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			err = errParcel
			return 0
		}
		b = b[n:]
		return v
	}
	bytes := func(n uint64) []byte {
		if err != nil || n > uint64(len(b)) {
			err = errParcel
			return nil
		}
		v := b[:n:n]
		b = b[n:]
		return v
	}
	n := number()
	if n > maxKey {
		return "", nil, errParcel
	}
	key = string(bytes(n))
	count := number()
	if err != nil || count > maxMessages || count > uint64(len(b)) {
		return "", nil, errParcel
	}
	for range count {
		v := number()
		m := message{data: bytes(v >> 1), long: v&1 != 0}
		if err != nil {
			return "", nil, err
		}
		messages = append(messages, m)
	}
	if len(b) > 0 {
		return "", nil, errParcel
	}
	return key, messages, nil
}
