package feed

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mails reads everything, in blocks of chunk bytes.
func mails(t *testing.T, text string, max int, lines bool, chunk int) []string {
	t.Helper()
	f, err := NewFile("test", &reader{bytes.NewReader([]byte(text)), chunk}, Objects, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.Mails(max, lines)
	var got []string
	for {
		fr, err := f.Next(context.Background(), Forever)
		if err != nil {
			return got
		}
		got = append(got, fmt.Sprintf("%d %d-%d %v %s", fr.Line, fr.Offset, fr.Next, fr.Long, fr.Data))
	}
}

func TestMails(t *testing.T) {
	tests := map[string]struct {
		text  string
		max   int
		lines bool
		want  []string
	}{
		"mail": {"A: b\n\nx\n", 99, true, []string{"1 0-8 false A: b\n\nx\n"}},
		"box": {"From a\nS: 1\n\nx\nFrom y\n\nFrom b\n\nz", 99, false, []string{
			"1 0-23 false From a\nS: 1\n\nx\nFrom y\n\n", "7 23-32 false From b\n\nz",
		}},
		"box of carriage returns": {"From a\r\n\r\nx\r\n\r\nFrom b\r\n", 99, false, []string{
			"1 0-15 false From a\r\n\r\nx\r\n\r\n", "5 15-23 false From b\r\n",
		}},
		"long in a box": {"From a\n\n" + strings.Repeat("x", 90) + "\n\nFrom b\n", 20, false, []string{
			"1 0-100 true From a\n\nxxxxxxxxxxxx", "5 100-107 false From b\n",
		}},
		"long":        {"A: " + strings.Repeat("x", 50), 20, true, []string{"1 0-53 true A: xxxxxxxxxxxxxxxxx"}},
		"JSON":        {`[{"a":1},` + "\n" + `{"b":2}]`, 99, true, []string{`1 1-8 false {"a":1}`, `2 10-17 false {"b":2}`}},
		"log":         {"Nov 20 10:00:00 mx a\n2026-11-20 b\n", 99, true, []string{"1 0-20 false Nov 20 10:00:00 mx a", "2 21-33 false 2026-11-20 b"}},
		"syslog":      {"<22>1 2026 a\n", 99, true, []string{"1 0-12 false <22>1 2026 a"}},
		"CEF":         {"CEF:0|a|b\nNov 20 10:00:00 mx CEF:1|c", 99, false, []string{"1 0-9 false CEF:0|a|b", "2 10-36 false Nov 20 10:00:00 mx CEF:1|c"}},
		"XML":         {"<?xml?>\n<a>\n", 99, true, []string{"1 0-12 false <?xml?>\n<a>\n"}},
		"no mail":     {"hello\nworld\n", 99, false, []string{"1 0-12 false hello\nworld\n"}},
		"empty":       {"", 99, false, nil},
		"zip archive": {"PK\x03\x04 \n x", 99, true, []string{"1 0-8 false PK\x03\x04 \n x"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, chunk := range []int{1, 7, blockSize} {
				got := mails(t, tt.text, tt.max, tt.lines, chunk)
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("blocks of %d (-want +got):\n%s", chunk, diff)
				}
			}
		})
	}
}
