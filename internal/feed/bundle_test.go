package feed

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMembers(t *testing.T) {
	tests := map[string]struct {
		in   string
		want []string
	}{
		"bundle":           {`{"type":"bundle","id":"b","objects":[{"a":1},{"b":{"c":"]}"}}]}`, []string{`{"a":1}`, `{"b":{"c":"]}"}}`}},
		"indented":         {"{\n  \"type\": \"bundle\",\n  \"spec_version\": 2.0,\n  \"objects\": [\n    {\n      \"a\": 1\n    },\n    {\"b\":2}\n  ]\n}\n", []string{"{\n      \"a\": 1\n    }", `{"b":2}`}},
		"fields behind":    {`{"objects":[{"a":1}],"type":"bundle","id":"x"}`, []string{`{"a":1}`}},
		"empty":            {`{"type":"bundle","objects":[]}`, nil},
		"one a line":       {"{\"type\":\"x\"}\n{\"type\":\"y\",\"refs\":[{\"objects\":[1]}]}\n", []string{`{"type":"x"}`, `{"type":"y","refs":[{"objects":[1]}]}`}},
		"array":            {`[{"a":1},{"b":2}]`, []string{`{"a":1}`, `{"b":2}`}},
		"objects no array": {`{"objects":{"0":{"a":1}}}`, []string{`{"objects":{"0":{"a":1}}}`}},
		"quoted":           {`{"x":"\"objects\":[{","objects":[{"a":1}]}`, []string{`{"a":1}`}},
		"cut":              {`{"type":"bundle","objects":[{"a":1},{"b":`, []string{`{"a":1}`, `{"b": LAST`}},
		"cut in the head":  {`{"type":"bundle","obj`, []string{`{"type":"bundle","obj LAST`}},
		"page":             {"<html>\n", []string{"<html>"}},
		"nothing":          {"", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, step := range []int{1 << 16, 1} {
				got, err := all(t, []byte(tt.in), Members, 1<<10, step)
				if !errors.Is(err, io.EOF) {
					t.Fatalf("ended with %v", err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%d bytes a read (-want +got):\n%s", step, diff)
				}
			}
		})
	}
}

func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"type":"bundle","objects":[{"a":1},{"b":2}],"x":{}}`))
	f.Add([]byte("{\"objects\":[\n{\"a\n{}\n]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) || bytes.HasPrefix(data, []byte{0x28, 0xb5}) {
			return // compressed: TestFraming
		}
		want, err := all(t, data, Members, 64, 1<<16)
		if !errors.Is(err, io.EOF) {
			t.Fatalf("ended with %v", err)
		}
		got, _ := all(t, data, Members, 64, 2)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("two bytes a read (-want +got):\n%s", diff)
		}
	})
}
