package mail_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/opencure/cure/internal/publish/mail"
)

func TestBox(t *testing.T) {
	tests := map[string]struct {
		in   string
		want []string
	}{
		"two":             {"From a\nx: y\n\nbody\n\nFrom b\nx: z\n", []string{"From a\nx: y\n\nbody\n\n", "From b\nx: z\n"}},
		"From in a text":  {"From a\n\nbody\nFrom here on\n", []string{"From a\n\nbody\nFrom here on\n"}},
		"line ends":       {"From a\r\n\r\nFrom b\r\n", []string{"From a\r\n\r\n", "From b\r\n"}},
		"no mbox":         {"x: y\n\nFrom b\n", []string{"x: y\n\nFrom b\n"}},
		"nothing":         {"", nil},
		"From at the end": {"From a\n\nFrom ", []string{"From a\n\n", "From "}},
	}
	for name, tt := range tests {
		var got []string
		for b := range mail.Box([]byte(tt.in)) {
			got = append(got, string(b))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestIs(t *testing.T) {
	for in, want := range map[string]bool{
		"From: a@b.example\nMIME-Version: 1.0\n\nx": true, "Received: x\nFrom: a\n": true, "title: x\nfrom: y\n\ntext": false, "text": false, "": false,
	} {
		if mail.Is([]byte(in)) != want {
			t.Errorf("%q is a mail: %v", in, !want)
		}
	}
}

func FuzzWalk(f *testing.F) {
	f.Add([]byte("From a\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: =?utf-8?B?4pyT?=\n\nx\n--b--\n"))
	f.Add([]byte("Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B$\"\x1b(B"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		n := 0
		for one := range mail.Box(raw) {
			if n += len(one); len(one) == 0 {
				t.Fatal("a mail of nothing")
			}
			h, clean, body, err := mail.ReadHeader(one)
			if err != nil {
				continue
			}
			mail.Walk(clean, body, func(p mail.Part) { _ = mail.Text(p.Data, p.Charset) })
			_ = mail.Words(h.Get("subject"))
			_, _ = mail.Time(h)
		}
		if n != len(raw) || !bytes.Equal(bytes.Join(slices.Collect(mail.Box(raw)), nil), raw) {
			t.Errorf("%d of %d bytes are in mails", n, len(raw))
		}
	})
}
