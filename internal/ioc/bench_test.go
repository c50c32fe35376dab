package ioc

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// prose writes about n bytes of report text: sentences without indicators and,
// in about one of six, an indicator in one of the usual spellings.
func prose(n int, sentences []string) string {
	rnd := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(sentences[rnd.IntN(len(sentences))])
		switch rnd.IntN(24) {
		case 0:
			fmt.Fprintf(&b, " 198.51.100.%d,", rnd.IntN(256))
		case 1:
			fmt.Fprintf(&b, " hxxp://c%d[.]kagerou[.]example/bins/kage.arm ", rnd.IntN(1000))
		case 2:
			fmt.Fprintf(&b, " %016x%016x%016x%016x\n", rnd.Uint64(), rnd.Uint64(), rnd.Uint64(), rnd.Uint64())
		case 3:
			fmt.Fprintf(&b, " CVE-2021-%d and news%d.sazanami.example ", 1000+rnd.IntN(9000), rnd.IntN(1000))
		}
	}
	return b.String()
}

var english = []string{
	"The operators moved to a new server on the next day, and the bots followed within minutes. ",
	"In version 2.0 of the loader (seen since November 2026) the check for a debugger is gone. ",
	"Victims are asked to pay; the note is written in poor English, with two contact addresses.\n",
	"We assess with moderate confidence that the group is financially motivated and small. ",
	"Persistence is reached by a scheduled task that starts the payload every 15 minutes. ",
}

var japanese = []string{
	"攻撃者は翌日に新しいサーバーへ移行し、ボットは数分以内に追従した。",
	"ローダーのバージョン2.0では、デバッガーを検出する処理が削除されている。",
	"被害者には支払いが要求されるが、脅迫文は不自然な英語で書かれている。\n",
	"本キャンペーンは２０２６年１１月から観測されており、現在も継続している。",
}

func BenchmarkFind(b *testing.B) {
	for name, text := range map[string]string{
		"english": prose(1<<20, english), "japanese": prose(1<<20, japanese),
		"list": prose(1<<20, []string{"", "\n"}),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n = 0
				for range Find(text) {
					n++
				}
			}
			b.ReportMetric(float64(n), "hits")
		})
	}
}

func BenchmarkCanonical(b *testing.B) {
	for _, s := range []string{"198.51.100.7", "c2a.kagerou.example", "http://c2a.kagerou.example/a", "Mirai"} {
		o, err := Classify(s)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(o.Kind.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Canonical(o.Kind, s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
