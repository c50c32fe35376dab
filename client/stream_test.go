package client

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func events(t testing.TB, text string) (got []string) {
	err := readEvents(strings.NewReader(text), func(name, id string, data []byte) error {
		got = append(got, name+" "+id+" "+string(data))
		return nil
	})
	if err == nil {
		t.Error("a stream that ends is no error")
	}
	return got
}

func TestReadEvents(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"one", "event: at\nid: 7\ndata: {}\n\n", []string{"at 7 {}"}},
		{"comment and retry", "retry: 2000\n\n: alive\n\nevent: at\ndata: {}\n\n", []string{"at  {}"}},
		{"id does not stay", "event: a\nid: 7\ndata: 1\n\nevent: b\ndata: 2\n\n", []string{"a 7 1", "b  2"}},
		{"no space", "event:a\ndata:1\n\n", []string{"a  1"}},
		{"cut off", "event: a\ndata: 1\n", nil},
		{"colon in data", "data: {\"a\":1}\n\n", []string{"  {\"a\":1}"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, events(t, tt.in)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzReadEvents(f *testing.F) {
	f.Add("event: at\nid: 7\ndata: {}\n\n")
	f.Add("data\n\ndata:\n\n:\n\n")
	f.Fuzz(func(t *testing.T, in string) { events(t, in) })
}
