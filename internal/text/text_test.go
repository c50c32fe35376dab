package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"already folded", "mirai botnet", "mirai botnet"},
		{"upper case", "Mirai", "mirai"},
		{"spaces", "  Cobalt \t\n Strike ", "cobalt strike"},
		{"full-width Latin", "Ｍｉｒａｉ", "mirai"},
		{"full-width digits", "２３番ポート", "23番ポート"},
		{"half-width kana", "ﾐﾗｲ", "ミライ"},
		{"half-width kana with voice mark", "ｶｹﾞﾛｳ", "カゲロウ"},
		{"decomposed voice mark", "カケ\u3099ロウ", "カゲロウ"},
		{"ideographic space", "カゲロウ　亜種", "カゲロウ 亜種"},
		{"long vowel, three sounds", "サーバー", "サーバ"},
		{"long vowel left out", "サーバ", "サーバ"},
		{"long vowel, half width", "ｻｰﾊﾞｰ", "サーバ"},
		{"long vowel in mid-sentence", "C2サーバーへ", "c2サーバへ"},
		{"long vowel before a kana word", "ルーターボット", "ルーターボット"},
		{"small vowels do not count", "チェーチャー", "チェーチャ"},
		{"short word keeps it", "キー", "キー"},
		{"two sounds keep it", "カバー", "カバー"},
		{"many marks", "コンピューターーー", "コンピュータ"},
		{"format characters", "mi\u200brai\u202e", "mirai"},
		{"control characters", "mi\x00rai\x1b", "mirai"},
		{"not UTF-8", "mi\xffrai", "mirai"},
		{"final sigma", "ΚΑΓΕΡΟΣ", "καγεροσ"},
		{"dotted capital I", "İ", "i"},
		{"ligature", "oﬃce", "office"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Fold(tt.in); got != tt.want {
				t.Errorf("Fold(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestFoldDoesNotAllocateForFoldedText(t *testing.T) {
	if n := testing.AllocsPerRun(10, func() { Fold("cobalt strike") }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestPrintable(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		columns  int
		want     string
	}{
		{"plain", "198.51.100.7", 0, "198.51.100.7"},
		{"Japanese", "カゲロウ　陽炎", 0, "カゲロウ　陽炎"},
		{"escape sequence", "\x1b[2Jgone", 0, `\x1b[2Jgone`},
		{"line break", "a\r\nlevel=ERROR", 0, `a\r\nlevel=ERROR`},
		{"C1 control", "\u009b2J", 0, `\x9b2J`},
		{"bidi override", "gpj\u202eexe", 0, `gpj\u202eexe`},
		{"zero width", "a\u200bb", 0, `a\u200bb`},
		{"line separator", "a\u2028b", 0, `a\u2028b`},
		{"tag character", "a\U000e0041", 0, `a\U000e0041`},
		{"not UTF-8", "a\xff\xfe", 0, `a\xff\xfe`},
		{"fits", "abc", 3, "abc"},
		{"cut", "abcd", 3, "ab…"},
		{"cut at a wide character", "カゲロウ", 6, "カゲ…"},
		{"escape is not cut in two", "ab\x1b", 4, "ab…"},
		{"one column", "abc", 1, "…"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Printable(tt.in, tt.columns); got != tt.want {
				t.Errorf("Printable(%q, %d) = %q, want %q", tt.in, tt.columns, got, tt.want)
			}
		})
	}
}

func TestWidth(t *testing.T) {
	for in, want := range map[string]int{
		"": 0, "abc": 3, "カゲロウ": 8, "ｶｹﾞﾛｳ": 5, "Ａ1": 3, "e\u0301": 1, "\U0001f600": 2, "é": 1,
	} {
		if got := Width(in); got != want {
			t.Errorf("Width(%q) = %d, want %d", in, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Mirai", "ｻｰﾊﾞｰ", "コンピューターー", "\u0130\u0307", "ΣΑΣ", "a\xffb", "ᴬ\u0345", "ーハサー\u3099ー", "ハサシ\u0301ー\u0316ー"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Fold(s)
		if again := Fold(got); again != got {
			t.Errorf("Fold(%+q) = %+q, folded again %+q", s, got, again)
		}
		if !utf8.ValidString(got) || strings.TrimSpace(got) != got {
			t.Errorf("Fold(%+q) = %+q", s, got)
		}
		for _, r := range got {
			if unicode.ToLower(r) != r || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Errorf("Fold(%+q) keeps %+q", s, r)
			}
		}
	})
}

func FuzzPrintable(f *testing.F) {
	f.Add("\x1b]0;title\x07", 10)
	f.Add("カゲロウ\u202e", 3)
	f.Fuzz(func(t *testing.T, s string, columns int) {
		got := Printable(s, columns)
		if columns > 0 && Width(got) > columns {
			t.Errorf("Printable(%+q, %d) = %+q takes %d columns", s, columns, got, Width(got))
		}
		for i, r := range got {
			if !visible(r) || r == utf8.RuneError && !strings.Contains(s, "\ufffd") {
				t.Errorf("Printable(%+q) keeps %+q at %d", s, r, i)
			}
		}
	})
}
