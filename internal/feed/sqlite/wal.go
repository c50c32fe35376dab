package sqlite

import "encoding/binary"

// replay takes over what the write-ahead log has committed: the last version
// of each page up to the last frame that ends a transaction. What follows a
// wrong checksum or salt is of an earlier round or was never finished.
func (db *DB) replay(log []byte) {
	const head, frame = 32, 24
	if len(log) < head || binary.BigEndian.Uint32(log)&^1 != 0x377f0682 || int(binary.BigEndian.Uint32(log[8:])) != db.size {
		return
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if log[3]&1 != 0 {
		order = binary.BigEndian
	}
	sum := checksum(order, [2]uint32{}, log[:24])
	if sum != sumAt(log[24:]) {
		return
	}
	pages := make(map[uint32][]byte) // of the transaction that is not ended
	for b := log[head:]; len(b) >= frame+db.size; b = b[frame+db.size:] {
		if string(b[8:16]) != string(log[16:24]) {
			return
		}
		data := b[frame : frame+db.size]
		sum = checksum(order, checksum(order, sum, b[:8]), data)
		if sum != sumAt(b[16:]) {
			return
		}
		pages[binary.BigEndian.Uint32(b)] = data
		if size := binary.BigEndian.Uint32(b[4:]); size > 0 {
			if db.log == nil {
				db.log = make(map[uint32][]byte)
			}
			for n, p := range pages {
				db.log[n] = p
			}
			clear(pages)
			db.pages = size
		}
	}
}

func sumAt(b []byte) [2]uint32 {
	return [2]uint32{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
}

// checksum goes on with the checksum of a log over eight bytes at a time.
func checksum(order binary.ByteOrder, s [2]uint32, b []byte) [2]uint32 {
	for ; len(b) >= 8; b = b[8:] {
		s[0] += order.Uint32(b) + s[1]
		s[1] += order.Uint32(b[4:]) + s[0]
	}
	return s
}
