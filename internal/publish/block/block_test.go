package block

import (
	"strings"
	"testing"

	"github.com/opencure/cure"
)

func TestMatch(t *testing.T) {
	b, err := Read(strings.NewReader("! list\n0.0.0.0 a.example\nhttp://b.example/x\n192.0.2.1;7\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		kind        cure.Kind
		value, want string
	}{
		{cure.KindDomain, "a.example", "a.example"},
		{cure.KindDomain, "w.x.a.example", "a.example"},
		{cure.KindDomain, "ba.example", ""},
		{cure.KindURL, "https://w.a.example/y", "a.example"},
		{cure.KindURL, "http://b.example/x", "http://b.example/x"},
		{cure.KindURL, "http://b.example/y", ""},
		{cure.KindURL, "http://192.0.2.1/", "192.0.2.1"},
		{cure.KindIP, "192.0.2.2", ""},
	} {
		if got, ok := b.Match(cure.Observable{Kind: tt.kind, Value: tt.value}); got.Value != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q %v, want %q", tt.value, got.Value, ok, tt.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("0.0.0.0 a.example\n||b.example^\n192.0.2.1;x\nhxxp://c[.]example/d\n")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := Read(strings.NewReader(text))
		if (err == nil) != (b.Len() > 0) {
			t.Errorf("%d values, %v", b.Len(), err)
		}
	})
}
