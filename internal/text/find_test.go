package text

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestTerms(t *testing.T) {
	for _, tt := range []struct {
		name, query string
		want        []string
	}{
		{"words", "Mirai  BOTNET", []string{"mirai", "botnet"}},
		{"half-width", "ｶｹﾞﾛｳ", []string{"カゲロウ"}},
		{"phrase", `web "remote code execution" 48123`, []string{"web", "remote code execution", "48123"}},
		{"open quote", `"two words`, []string{"two words"}},
		{"nothing", ` "" `, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Terms(tt.query)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCount(t *testing.T) {
	for _, tt := range []struct {
		name, text, term string
		n, first         int
	}{
		{"word", "the mirai botnet, mirais", "mirai", 2, 4},
		{"inside a word", "samirai", "mirai", 0, -1},
		{"japanese", "検体はカゲロウの亜種である", "カゲロウ", 1, len("検体は")},
		{"kanji inside", "感染元端末", "元端", 1, len("感染")},
		{"latin after kanji", "検体mirai", "mirai", 1, len("検体")},
		{"number", "48123/tcp and 148123", "48123", 1, 0},
		{"nothing asked", "x", "", 0, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if n, first := Count(tt.text, tt.term, 100); n != tt.n || first != tt.first {
				t.Errorf("%d places, the first at %d; want %d, %d", n, first, tt.n, tt.first)
			}
		})
	}
}

func FuzzAround(f *testing.F) {
	f.Add("検体はカゲロウの亜種である", 9, 20)
	f.Add("", 0, 0)
	f.Add("\u05fb", 2, 0)
	f.Fuzz(func(t *testing.T, s string, at, n int) {
		if at < 0 || at > len(s) || n < 0 || n > 1<<20 || !utf8.ValidString(s) {
			return
		}
		if got := Around(s, at, n); !utf8.ValidString(got) {
			t.Errorf("Around(%q, %d, %d) = %q", s, at, n, got)
		}
	})
}
