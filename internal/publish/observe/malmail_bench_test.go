package observe_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/text/encoding/japanese"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
)

// trapMails is an mbox as traps have them, synthetic: six in ten mails of text
// and HTML with links, two with an attachment of 20 to 60 KB, one in Japanese
// (ISO-2022-JP), one of plain text. The same seed gives the same box.
func trapMails(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 13))
	var b bytes.Buffer
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.FixedZone("", 9*60*60))
	for i := range n {
		at = at.Add(time.Duration(r.IntN(40)) * time.Second)
		date, from := at.Format("Mon, 02 Jan 2006 15:04:05 -0700"), fmt.Sprintf("accounts%d@shop%d.example", r.IntN(50), r.IntN(400))
		fmt.Fprintf(&b, "From %s %s\nReturn-Path: <bounce%d@mailer%d.example>\n", from, at.UTC().Format(time.ANSIC), i, r.IntN(90))
		fmt.Fprintf(&b, "Received: from mail%d.other.example (unknown [198.51.100.%d]) by mx1.hinata.example (Postfix) with ESMTP id %X\n\tfor <hanako%d@hinata.example>; %s\n",
			r.IntN(200), r.IntN(256), r.Uint32(), r.IntN(30), date)
		fmt.Fprintf(&b, "Authentication-Results: mx1.hinata.example; spf=fail smtp.mailfrom=shop.example; dkim=none; dmarc=fail header.from=shop.example\n")
		fmt.Fprintf(&b, "From: \"Shop account\" <%s>\nTo: hanako%d@hinata.example\nDate: %s\nMessage-ID: <%d.%d@shop.example>\nMIME-Version: 1.0\nX-Mailer: kage 1.%d\n",
			from, r.IntN(30), date, i, r.Uint32(), r.IntN(4))
		switch k := r.IntN(10); {
		case k < 6:
			mailOfTwo(&b, r)
		case k < 8:
			mailWithFile(&b, r)
		case k < 9:
			subject := base64.StdEncoding.EncodeToString(jis("請求書のご確認"))
			fmt.Fprintf(&b, "Subject: =?ISO-2022-JP?B?%s?=\nContent-Type: text/plain; charset=ISO-2022-JP\n\n", subject)
			for range 20 {
				b.Write(jis(fmt.Sprintf("お客様の口座は %d 日以内に停止されます。http://hinata-login%d.example/verify をご覧ください。\n", r.IntN(9), r.IntN(300))))
			}
			b.WriteByte('\n')
		default:
			fmt.Fprintf(&b, "Subject: last notice %d\nContent-Type: text/plain; charset=utf-8\n\n%s\n", r.IntN(1000), prose(r, 25))
		}
	}
	return b.Bytes()
}

// mailOfTwo is text and the same as HTML.
func mailOfTwo(b *bytes.Buffer, r *rand.Rand) {
	fmt.Fprintf(b, "Subject: Your invoice %d\nContent-Type: multipart/alternative; boundary=\"=_x\"\n\n--=_x\nContent-Type: text/plain; charset=utf-8\n\n%s\n", r.IntN(1e6), prose(r, 15))
	b.WriteString("--=_x\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<html><head><style>p {color: =23333}</style></head><body>\n")
	for range 15 {
		fmt.Fprintf(b, "<table><tr><td><p style=3D\"margin:0\">%s</p><a href=3D\"https://login%d.bad.example/%x?id=3D%d\">Sign in</a></td></tr></table>\n",
			prose(r, 1), r.IntN(300), r.Uint32(), r.IntN(1e6))
	}
	b.WriteString("</body></html>\n--=_x--\n\n")
}

// mailWithFile has an attachment.
func mailWithFile(b *bytes.Buffer, r *rand.Rand) {
	file := make([]byte, 20_000+r.IntN(40_000))
	for i := range file {
		file[i] = byte(r.Uint32())
	}
	fmt.Fprintf(b, "Subject: order %d\nContent-Type: multipart/mixed; boundary=\"=_y\"\n\n--=_y\nContent-Type: text/plain\n\n%s\n", r.IntN(1e6), prose(r, 5))
	b.WriteString("--=_y\nContent-Type: application/octet-stream; name=\"order.exe\"\nContent-Disposition: attachment; filename=\"order.exe\"\nContent-Transfer-Encoding: base64\n\n")
	for text := base64.StdEncoding.EncodeToString(file); len(text) > 0; {
		n := min(76, len(text))
		b.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	b.WriteString("--=_y--\n\n")
}

func prose(r *rand.Rand, lines int) string {
	words := []string{"account", "please", "your", "the", "payment", "was", "not", "received", "within", "days", "suspended", "verify", "192.0.2.44", "support@shop.example", "today", "https://pay.bad.example/x"}
	var b bytes.Buffer
	for range lines {
		for range 12 {
			b.WriteString(words[r.IntN(len(words))] + " ")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func jis(s string) []byte {
	b, err := japanese.ISO2022JP.NewEncoder().Bytes([]byte(s))
	if err != nil {
		panic(err)
	}
	return b
}

// BenchmarkMalmailRun measures the whole way from an mbox to batches. Time is
// that of the processor, of all threads: the goal is 500 mails in a second of it.
func BenchmarkMalmailRun(b *testing.B) {
	const n = 1000
	box := trapMails(7, n)
	path := filepath.Join(b.TempDir(), "trap.mbox")
	if err := os.WriteFile(path, box, 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(box)))
	b.ReportAllocs()
	begin := cpuTime()
	for b.Loop() {
		res, err := publish.Run(b.Context(), publish.Config{Source: "malmail/a", Publisher: observe.Malmail(), Sink: &nowhere{}, Now: time.Now}, path)
		if err != nil || res.Records != n || res.Quarantined > 0 {
			b.Fatalf("%+v, %v", res, err)
		}
	}
	b.ReportMetric(n*float64(b.N)/(cpuTime()-begin).Seconds(), "mails/cpu-s")
}
