package mean

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	japaneseText "golang.org/x/text/encoding/japanese"
)

// decoded turns the bytes of a text into UTF-8.
func decoded(data []byte, kind string) (string, error) {
	if e := japanese(data); e != nil {
		b, err := e.NewDecoder().Bytes(data[:min(len(data), 4*MaxReferenceText)])
		if err != nil {
			return "", errBinary
		}
		return string(b), nil
	}
	if utf8.Valid(data) {
		return strings.TrimPrefix(string(data), "\ufeff"), nil
	}
	r, err := charset.NewReader(bytes.NewReader(data), kind)
	if err != nil {
		return "", errBinary
	}
	b, err := io.ReadAll(io.LimitReader(r, 4*MaxReferenceText))
	if err != nil {
		return "", errBinary
	}
	return strings.TrimPrefix(string(b), "\ufeff"), nil
}

// sample is how much of a text decides about its encoding, in bytes.
const sample = 16 << 10

// japanese returns the legacy Japanese encoding that a text is in, nil for
// none: ISO-2022-JP by its escapes, EUC-JP or CP932 by which of the two reads
// it without a fault and with more kana.
func japanese(data []byte) encoding.Encoding {
	head := data[:min(len(data), sample)]
	if bytes.Contains(head, []byte("\x1b$B")) || bytes.Contains(head, []byte("\x1b$@")) {
		return japaneseText.ISO2022JP
	}
	if utf8.Valid(data) || bytes.IndexByte(head, 0) >= 0 {
		return nil
	}
	var best encoding.Encoding
	most := 0
	for _, e := range []encoding.Encoding{japaneseText.EUCJP, japaneseText.ShiftJIS} {
		b, err := e.NewDecoder().Bytes(head)
		if err != nil {
			continue
		}
		if n := score(string(b)); n > most {
			best, most = e, n
		}
	}
	return best
}

// score says how Japanese a text is: kana count for it, signs that no text has
// against it. Half-width kana are what EUC-JP looks like as CP932.
func score(s string) int {
	n, faults := 0, 0
	for _, r := range s {
		switch {
		case r == utf8.RuneError || r >= 0x80 && r < 0xa0:
			faults++
		case r >= 'ぁ' && r <= 'ヿ':
			n += 2
		case r >= '一' && r <= '龯':
			n++
		case r >= 0xff61 && r <= 0xff9f:
			n--
		}
	}
	if faults > 1 { // the head may end inside a sign
		return n - 20*faults
	}
	return n
}
