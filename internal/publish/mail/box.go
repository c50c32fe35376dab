package mail

import (
	"bytes"
	"iter"
)

// Box returns the mails of an mbox in memory: each begins with a line "From "
// at the beginning or behind an empty line, as mboxrd and mboxo have it. Bytes
// that are no mbox are one mail.
func Box(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			n := end(b)
			if !yield(b[:n]) {
				return
			}
			b = b[n:]
		}
	}
}

// end returns the length of the first mail.
func end(b []byte) int {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("\nFrom "))
		if i < 0 || !bytes.HasPrefix(b, []byte("From ")) {
			return len(b)
		}
		at += i + 1
		if line := bytes.TrimSuffix(b[:at-1], []byte{'\r'}); bytes.HasSuffix(line, []byte{'\n'}) {
			return at
		}
	}
}

// Is reports whether bytes begin as a mail does: with a header that says who
// it is from, and one of the fields that no text has that only begins with
// lines "name: value".
func Is(b []byte) bool {
	h, _, _, err := ReadHeader(b[:min(len(b), MaxHeader)])
	return err == nil && h.Get("from") != "" && (h.Get("received") != "" || h.Get("message-id") != "" || h.Get("mime-version") != "")
}
