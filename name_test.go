package cure_test

import (
	"strings"
	"testing"

	"github.com/opencure/cure"
)

func TestCheckName(t *testing.T) {
	for name, tt := range map[string]struct{ given, want string }{
		"plain":                {"new loaders", ""},
		"Japanese":             {"新しいローダー　夜", ""},
		"accents":              {"Überblick e\u0301", ""},
		"Arabic":               {"بحث", ""},
		"joined":               {"نامه\u200cها 👩\u200d💻", ""},
		"escape":               {"a\x1b[31m", "control character (U+001B, character 2)"},
		"line end":             {"a\nb", "control character (U+000A"},
		"C1":                   {"a\u009bb", "control character (U+009B"},
		"override":             {"invoice\u202efdp.exe", "reading direction (U+202E, character 8)"},
		"isolate":              {"\u2066a", "reading direction (U+2066, character 1)"},
		"mark":                 {"a\u200fb", "reading direction (U+200F"},
		"zero width":           {"ad\u200bmin", "nobody sees (U+200B"},
		"byte order mark":      {"\ufeffa", "nobody sees (U+FEFF"},
		"paragraph separator":  {"a\u2029b", "nobody sees (U+2029"},
		"private use":          {"a\ue000", "nobody sees (U+E000"},
		"not UTF-8":            {"a\xff", "not UTF-8"},
		"a tag of tag letters": {"a\U000e0041", "nobody sees (U+E0041"},
	} {
		t.Run(name, func(t *testing.T) {
			err := cure.CheckName("ticket: the title", tt.given)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (cure.KindOf(err) != cure.Invalid || err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
