package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"time"

	"github.com/ledongthuc/pdf"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish/mean"
)

// A PDF is read by a process of its own: parsers of PDF meet files that were
// made to break them, and what one does there costs that process only.
const (
	pdfPatience = 30 * time.Second
	pdfMemory   = 512 << 20
	maxPDF      = 32 << 20
)

var (
	errPDFLate   = errors.New("PDF took too long to read")
	errPDFBroken = errors.New("PDF cannot be read")
)

// textOfPDF runs this program again to read a PDF.
func textOfPDF(ctx context.Context, data []byte) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", errPDFBroken
	}
	ctx, cancel := context.WithTimeout(ctx, pdfPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "attack", "pdf-text")
	cmd.Args[0] = "cure"
	cmd.Stdin = bytes.NewReader(data)
	cmd.Env = []string{fmt.Sprintf("GOMEMLIMIT=%d", pdfMemory)} // no key of ours
	cmd.WaitDelay = time.Second
	out := &limited{most: mean.MaxReferenceText}
	cmd.Stdout = out
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", errPDFLate
	case err != nil && len(out.b) == 0:
		return "", errPDFBroken
	}
	return string(out.b), nil
}

// limited keeps the beginning of what is written.
type limited struct {
	b    []byte
	most int
}

// Write implements io.Writer and never fails.
func (l *limited) Write(p []byte) (int, error) {
	l.b = append(l.b, p[:min(len(p), l.most-len(l.b))]...)
	return len(p), nil
}

type attackPDFCmd struct{}

// Help teaches by example.
func (attackPDFCmd) Help() string {
	return `Writes the text of one PDF, a line a line of it: what 'cure attack refs' runs in
a process of its own.

  cure attack pdf-text < report.pdf`
}

// Run writes the text of a PDF page by page, as far as it gets.
func (attackPDFCmd) Run(e *env) error {
	data, err := io.ReadAll(io.LimitReader(e.in, maxPDF+1))
	if err != nil || len(data) > maxPDF {
		return cure.Errorf(cure.Invalid, "read PDF: more than %d bytes, or unreadable", maxPDF)
	}
	debug.SetMemoryLimit(pdfMemory)
	ctx, stop := context.WithCancel(e.ctx)
	defer stop()
	go guardMemory(ctx)
	return writePDF(e.out, data)
}

// guardMemory ends the process when it holds too much; it ends with ctx.
func guardMemory(ctx context.Context) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
			if metrics.Read(sample); sample[0].Value.Uint64() > pdfMemory {
				os.Exit(exitError)
			}
		}
	}
}

// writePDF writes the text of each page; one that breaks the parser is left
// out.
func writePDF(w io.Writer, data []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = cure.Errorf(cure.Invalid, "read PDF: parser gave up")
		}
	}()
	r, err := pdf.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return cure.Errorf(cure.Invalid, "read PDF: %w", err)
	}
	for i := 1; i <= r.NumPage(); i++ {
		fmt.Fprintln(w, pageText(r, i))
	}
	return nil
}

// pageText puts the pieces of a page together: another height is another
// line, a gap is a space.
func pageText(r *pdf.Reader, i int) (s string) {
	defer func() {
		if recover() != nil {
			s = ""
		}
	}()
	var b strings.Builder
	var last pdf.Text
	for n, t := range r.Page(i).Content().Text {
		switch {
		case n == 0:
		case math.Abs(t.Y-last.Y) > last.FontSize/2:
			b.WriteByte('\n')
		case t.X-(last.X+last.W) > last.FontSize/5:
			b.WriteByte(' ')
		}
		b.WriteString(t.S)
		last = t
	}
	return b.String()
}
