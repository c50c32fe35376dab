package mail

import (
	"bytes"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
)

// charsetNames are names in mails that the index of the web does not have.
var charsetNames = map[string]string{
	"cp932": "shift_jis", "ms932": "shift_jis", "windows-932": "shift_jis", "sjis-win": "shift_jis", "eucjp": "euc-jp", "eucjp-win": "euc-jp",
	"eucjp-ms": "euc-jp", "ujis": "euc-jp", "iso-2022-jp-ms": "iso-2022-jp", "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp", "jis": "iso-2022-jp",
}

// Text decodes the text of a part. Where nobody said what it is, or what
// was said cannot be right, it is guessed among what Japanese mails are
// written in. What cannot be decoded becomes U+FFFD.
func Text(b []byte, charset string) string {
	name := strings.ToLower(strings.Trim(charset, `" `))
	if n := charsetNames[name]; n != "" {
		name = n
	}
	switch enc, err := htmlindex.Get(name); {
	case bytes.Contains(b, []byte("\x1b$")):
		return decodeText(japanese.ISO2022JP, b)
	case utf8.Valid(b):
		return string(b)
	case err == nil && name != "utf-8" && name != "us-ascii":
		return decodeText(enc, b)
	}
	best := strings.ToValidUTF8(string(b), "\uFFFD")
	for _, enc := range []encoding.Encoding{japanese.EUCJP, japanese.ShiftJIS} {
		if s := decodeText(enc, b); strings.Count(s, "\uFFFD") < strings.Count(best, "\uFFFD") {
			best = s
		}
	}
	return best
}

func decodeText(enc encoding.Encoding, b []byte) string {
	s, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		s = b
	}
	return strings.ToValidUTF8(string(s), "\uFFFD")
}

// Words decodes the encoded words of a header field, and such that should
// have been encoded.
func Words(s string) string {
	d := mime.WordDecoder{CharsetReader: func(charset string, in io.Reader) (io.Reader, error) {
		b, err := io.ReadAll(in) // a word of a header that is in memory
		return strings.NewReader(Text(b, charset)), err
	}}
	if t, err := d.DecodeHeader(s); err == nil {
		s = t
	}
	return Text([]byte(s), "")
}
