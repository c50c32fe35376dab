package feed

import (
	"context"
	"io"
	"os"

	"github.com/opencure/cure"
)

// Measure reads a file once and returns an Unavailable error when it holds
// more than most bytes without its compression: a bomb. What is damaged or cut
// passes; [Intact] and reading say so. What is not compressed is not read.
func Measure(ctx context.Context, path string, most int64) error {
	src, err := os.Open(path)
	if err != nil {
		return cure.Errorf(cure.Unavailable, "measure copy: %w", err)
	}
	defer src.Close()
	in, err := decompress(src)
	if err != nil || !in.packed {
		return nil
	}
	for total := int64(0); ; {
		n, err := io.CopyN(io.Discard, in, 8<<20)
		if total += n; total > most {
			return cure.Errorf(cure.Unavailable, "document unpacks to more than %d bytes", most)
		}
		if err != nil {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}
