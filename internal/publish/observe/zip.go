package observe

import (
	"bytes"
	"encoding/binary"

	"github.com/opencure/cure/internal/publish/mail"
)

// zipEntry is one line of an archive's directory.
type zipEntry struct {
	name      string
	encrypted bool
}

// maxZipEntries bounds what is listed of an archive.
const maxZipEntries = 32

// zipEntries lists an archive by its central directory (APPNOTE 4.3.12). It
// opens nothing: no entry is decompressed or decrypted.
func zipEntries(b []byte) []zipEntry {
	const endSize, headSize = 22, 46
	tail := b[max(0, len(b)-endSize-1<<16):]
	i := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if i < 0 || len(tail)-i < endSize {
		return nil
	}
	at := int64(binary.LittleEndian.Uint32(tail[i+16:]))
	var list []zipEntry
	for len(list) < maxZipEntries && at >= 0 && at+headSize <= int64(len(b)) {
		h := b[at:]
		if !bytes.HasPrefix(h, []byte("PK\x01\x02")) {
			break
		}
		name, extra, comment := int(binary.LittleEndian.Uint16(h[28:])), int64(binary.LittleEndian.Uint16(h[30:])), int64(binary.LittleEndian.Uint16(h[32:]))
		if headSize+name > len(h) {
			break
		}
		list = append(list, zipEntry{
			name:      mail.Text(h[headSize:headSize+name], ""),
			encrypted: binary.LittleEndian.Uint16(h[8:])&1 != 0,
		})
		at += headSize + int64(name) + extra + comment
	}
	return list
}
