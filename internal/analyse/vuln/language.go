package vuln

import (
	"strings"
	"unicode"
)

// Language names the language of a text that is not English, as a BCP 47 tag;
// "" for English and for what is too short to tell. It looks at scripts first
// and then at the commonest small words: enough to know what not to read.
func Language(s string) string {
	s = s[:min(len(s), 4000)]
	var letters, kana, han, hangul, cyrillic, foreign int
	for _, r := range s {
		switch {
		case r < 0x80:
			if unicode.IsLetter(r) {
				letters++
			}
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			kana++
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.Is(unicode.Hangul, r):
			hangul++
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r):
			foreign++
		}
	}
	// A sign of Chinese or Japanese says as much as two or three letters.
	wide := kana + han + hangul
	if 3*wide+cyrillic+foreign <= letters {
		return latin(s)
	}
	switch {
	case kana > 0 && kana*8 >= han:
		return "ja"
	case hangul > han:
		return "ko"
	case han > 0:
		return "zh"
	case cyrillic > foreign:
		return "ru"
	}
	return "und"
}

// smallWords are the commonest words of languages, those shared with English
// left out.
var smallWords = map[string]string{
	"the": "en", "of": "en", "to": "en", "and": "en", "is": "en", "that": "en", "with": "en", "via": "en", "by": "en", "an": "en", "could": "en", "which": "en",
	"der": "de", "und": "de", "ist": "de", "ein": "de", "eine": "de", "nicht": "de", "von": "de", "mit": "de", "durch": "de", "auf": "de", "das": "de",
	"les": "fr", "une": "fr", "est": "fr", "dans": "fr", "des": "fr", "pour": "fr", "peut": "fr", "avec": "fr", "du": "fr", "qui": "fr",
	"el": "es", "los": "es", "una": "es", "que": "es", "para": "es", "puede": "es", "por": "es", "las": "es", "del": "es",
	"uma": "pt", "não": "pt", "pode": "pt", "dos": "pt", "em": "pt", "um": "pt",
	"il": "it", "di": "it", "che": "it", "della": "it", "può": "it", "gli": "it",
}

func latin(s string) string {
	count := map[string]int{}
	for word := range strings.FieldsSeq(strings.ToLower(s)) {
		if lang := smallWords[strings.Trim(word, ".,;:()")]; lang != "" {
			count[lang]++
		}
	}
	best, most := "", count["en"]+2
	for _, lang := range []string{"de", "fr", "es", "pt", "it"} {
		if count[lang] > most {
			best, most = lang, count[lang]
		}
	}
	return best
}
