package feed

import (
	"bytes"
	"context"
	"time"
)

// Limits of [File.Comments].
const (
	maxComments  = 64 << 10         // bytes
	commentsWait = 10 * time.Second // for what a pipe has not sent yet
)

// Comments returns the lines at the beginning that start with mark, where some
// formats say what stands in their columns; nil where there are none. It
// consumes nothing. Before the first Next and Skip only. It waits for the first
// other line, of a pipe ten seconds at most.
func (f *File) Comments(mark byte) [][]byte {
	if f.rows != nil || f.digest != nil {
		return nil
	}
	var lines [][]byte
	for {
		lines = lines[:0]
		rest, whole := f.buf[f.at:], false
		for len(rest) > 0 && rest[0] == mark {
			line, more, ok := bytes.Cut(rest, []byte{'\n'})
			if !ok {
				break
			}
			lines, rest = append(lines, bytes.TrimSuffix(line, []byte{'\r'})), more
		}
		whole = len(rest) > 0 && rest[0] != mark
		if whole || f.end != nil || len(f.buf)-f.at > maxComments {
			break
		}
		if f.fill(context.Background(), commentsWait) != nil {
			break
		}
	}
	for i := range lines {
		lines[i] = bytes.Clone(lines[i])
	}
	return lines
}
