package ioc_test

import (
	"fmt"

	"github.com/opencure/cure/internal/ioc"
)

func ExampleFind() {
	text := "C2サーバーはhxxp://c2a[.]kagerou[.]example:8080/a、198.51.100［.］77です（バージョン1.2.0.0）。"
	for m := range ioc.Find(text) {
		fmt.Println(m.Observable, m.Defanged, text[m.Start:m.End])
		for _, c := range ioc.Companions(m.Observable) {
			fmt.Println("  also feeds", c)
		}
	}
	// Output:
	// url:http://c2a.kagerou.example:8080/a true hxxp://c2a[.]kagerou[.]example:8080/a
	//   also feeds domain:c2a.kagerou.example
	// ip:198.51.100.77 true 198.51.100［.］77
}

func ExampleClassify() {
	for _, word := range []string{"198[.]51[.]100[.]77", "23/TCP", "cve-2021-44228", "ｶｹﾞﾛｳ"} {
		o, err := ioc.Classify(word)
		fmt.Println(o, err)
	}
	// Output:
	// ip:198.51.100.77 <nil>
	// port:tcp/23 <nil>
	// cve:CVE-2021-44228 <nil>
	// tag:カゲロウ <nil>
}
