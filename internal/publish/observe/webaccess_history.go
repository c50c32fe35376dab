package observe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// readHistory reads a row of the history of a browser. Whose browser it is
// says the source; titles are not read.
func readHistory(in fields) (visit, error) {
	v := visit{log: in.first("sqlite")}
	var at int64
	var err error
	switch v.log {
	case "chrome": // microseconds since 1601
		at, err = strconv.ParseInt(in.first("visit_time"), 10, 64)
		at -= 11_644_473_600 * 1_000_000
		v.url, v.referrer = in.first("url.url"), firstOf(in.first("from_visit.url.url"), in.first("external_referrer_url"))
	case "firefox": // microseconds since 1970
		at, err = strconv.ParseInt(in.first("visit_date"), 10, 64)
		v.url, v.referrer = in.first("place_id.url"), in.first("from_visit.place_id.url")
	default:
		return visit{}, errNoAccess
	}
	if err != nil {
		return visit{}, errSeconds
	}
	v.time = time.UnixMicro(at).UTC().Format(time.RFC3339Nano)
	v.host = hostPart(v.url)
	return v, nil
}

var errDnstap = errors.New("frame that is no dnstap message")

// clientQuery is the type of message in which a resolver tells what a client
// has asked.
const clientQuery = 5

// readDnstap reads a message of dnstap (dnstap.info, dnstap.proto); the host is
// empty when it is no question of a client. Fields that we do not read, the
// answers among them, are passed over.
func readDnstap(b []byte) (visit, error) {
	var kind uint64
	var message, client, query []byte
	var sec, nsec uint64
	if !protobuf(b, func(n int, v uint64, data []byte) {
		switch n {
		case 15:
			kind = v
		case 14:
			message = data
		}
	}) || kind != 1 || message == nil {
		return visit{}, errDnstap
	}
	if !protobuf(message, func(n int, v uint64, data []byte) {
		switch n {
		case 1:
			kind = v
		case 4:
			client = data
		case 8:
			sec = v
		case 9:
			nsec = v
		case 10:
			query = data
		}
	}) {
		return visit{}, errDnstap
	}
	if kind != clientQuery {
		return visit{}, nil
	}
	v := visit{log: "dnstap", host: queryName(query), time: fmt.Sprintf("%d.%09d", sec, nsec%1_000_000_000)}
	if a, ok := netip.AddrFromSlice(client); ok {
		v.client = a.Unmap().String()
	}
	return v, nil
}

// protobuf calls fn for each field of a message: with the number of a varint or
// fixed field, or the bytes of one with a length. false: it is none.
func protobuf(b []byte, fn func(n int, v uint64, data []byte)) bool {
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 || tag>>3 == 0 || tag>>3 > 1<<29 {
			return false
		}
		b = b[n:]
		var v uint64
		var data []byte
		switch size := 0; tag & 7 {
		case 0:
			if v, size = binary.Uvarint(b); size <= 0 {
				return false
			}
			b = b[size:]
		case 1:
			if len(b) < 8 {
				return false
			}
			v, b = binary.LittleEndian.Uint64(b), b[8:]
		case 2:
			length, size := binary.Uvarint(b)
			if size <= 0 || length > uint64(len(b)-size) {
				return false
			}
			data, b = b[size:size+int(length)], b[size+int(length):]
		case 5:
			if len(b) < 4 {
				return false
			}
			v, b = uint64(binary.LittleEndian.Uint32(b)), b[4:]
		default:
			return false
		}
		fn(int(tag>>3), v, data)
	}
	return true
}
