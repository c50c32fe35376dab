package scenario

import (
	"fmt"

	"golang.org/x/text/encoding/japanese"

	"github.com/opencure/cure"
)

// Reports are two made-up security reports: a Japanese one on Kagerou, with a
// copy in another encoding, and an English one on Sazanami.
const Reports cure.Source = "reports/demo"

// The moments at which the reports appear.
var (
	japaneseReport = at(19, 9, 0)
	copiedReport   = at(19, 11, 30)
	englishReport  = at(19, 17, 0)
)

// reportJA writes the addresses as Japanese reports do: in full-width signs,
// and with brackets around full-width dots.
const reportJA = `<!DOCTYPE html>
<html lang="ja"><head><meta charset="%s"><title>Webカメラを狙う「カゲロウ」の観測（SYNTHETIC）</title>
<meta name="keywords" content="malware:kagerou, セキュリティ"><meta property="article:published_time" content="%s">
<link rel="canonical" href="https://watch.example/reports/kagerou"></head><body>
<nav><a href="https://watch.example/">watch.example</a></nav>
<h1>概要</h1>
<p>Web カメラ EV-200（ファームウェア 1.2.0.0）に感染するボット「カゲロウ」（ｶｹﾞﾛｳ、陽炎）を観測した。侵入には CVE-1337-20261 が使われ、48123/TCP を探索する。</p>
<p>ローダ １９８．５１．１００．２３ から検体を取得し、C2 サーバ 198.51.100［.］77 の 23/TCP に接続する。</p>
<h2>侵害指標</h2>
<table><tr><th>種別</th><th>値</th></tr>
<tr><td>SHA-256</td><td>%s</td></tr>
<tr><td>C2</td><td>c2a［．］kagerou［．］example</td></tr>
<tr><td>URL</td><td>hxxp://198.51.100［.］23/bins/kage.arm</td></tr></table>
<h2>技術</h2><p>カゲロウは T1190 と T1105 を用いる。</p>
<h2>参考情報</h2><p>https://camera.vendor.example/ev200/1.2.0.0</p>
</body></html>
`

const reportEN = `---
title: "SYNTHETIC: Sazanami sends invoices"
url: https://lab.example/sazanami
date: %s
keywords: campaign:sazanami
---
# Summary

Operation Sazanami mails invoices (T1566.001) and moves on with stolen accounts (T1021). The document fetches its next
stage from dl[.]sazanami[.]example; the tool talks to news[.]sazanami[.]example, which is 192.0.2[.]130.
We thank our friends at https://friends.example/team. Office 16.0.4.2 is not affected.

## Indicators of compromise

| what | value |
|---|---|
| attachment | %s |
`

// reports tells what was written: the Japanese report names what a feed lists
// a day later, the English one has nothing to do with it.
func reports(t *teller) {
	day := func(layout string) string { return t.time(japaneseReport).Format(layout) }
	page := func(charset string) []byte {
		return fmt.Appendf(nil, reportJA, charset, day("2006-01-02T15:04:05-07:00"), Hash("K1"))
	}
	t.input(Reports, "kagerou.html", t.time(japaneseReport), page("utf-8"))
	copied, err := japanese.ShiftJIS.NewEncoder().Bytes(page("Shift_JIS"))
	if err != nil {
		panic(fmt.Sprintf("scenario: report in CP932: %v", err)) // a text of ours
	}
	t.input(Reports, "kagerou-cp932.html", t.time(copiedReport), copied)
	english := fmt.Appendf(nil, reportEN, t.time(englishReport).Format("2006-01-02"), Hash("S1"))
	t.input(Reports, "sazanami.md", t.time(englishReport), english)
	t.facts.lines(Reports, 3)

	for _, ip := range []string{Loader, C2First, NewsC2IP} {
		t.saw(Reports, cure.KindIP, ip)
	}
	t.saw(Reports, cure.KindURL, LoaderURL)
	for _, name := range []string{"c2a.kagerou.example", NewsC2, "dl.sazanami.example"} {
		t.saw(Reports, cure.KindDomain, name)
	}
	t.saw(Reports, cure.KindHash, Hash("K1"))
	t.saw(Reports, cure.KindHash, Hash("S1"))
	for _, x := range [][2]string{
		{"1.2.0.0", "is a version of firmware"}, {"16.0.4.2", "is a version of an office program"}, {C2Second, "is in no report"},
	} {
		t.facts.forbid(Forbidden{Observable: cure.Observable{Kind: cure.KindIP, Value: x[0]}, Publisher: "reports", Why: x[1]})
	}
	for _, site := range []string{"watch.example", "camera.vendor.example", "friends.example"} {
		t.facts.forbid(Forbidden{
			Observable: cure.Observable{Kind: cure.KindDomain, Value: site}, Publisher: "reports",
			Why: "is the site of an author or a vendor",
		})
	}
}
