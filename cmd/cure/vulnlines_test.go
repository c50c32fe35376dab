package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/opencure/cure/internal/publish/advisory"
)

// TestLinesAreAnsweredAsTheyCome: answers are printed in large pieces, but
// whoever waits for one before the next line is not kept waiting, nor is one
// lost at the end.
func TestLinesAreAnsweredAsTheyCome(t *testing.T) {
	in, ask := io.Pipe()
	answers, out := io.Pipe()
	e := &env{ctx: t.Context(), out: out}
	done := make(chan error, 1)
	go func() {
		done <- eachLine(e, in, func(_, desc string, _ *advisory.Record) error {
			_, err := fmt.Fprintln(e.out, "about", desc)
			return err
		})
		_ = out.Close()
	}()
	b := bufio.NewReader(answers)
	for _, line := range []string{"one", "two"} {
		if _, err := fmt.Fprintln(ask, line); err != nil {
			t.Fatal(err)
		}
		if got, err := b.ReadString('\n'); err != nil || got != "about "+line+"\n" {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if _, err := io.WriteString(ask, "three\nfour"); err != nil {
		t.Fatal(err)
	}
	_ = ask.Close()
	rest, err := io.ReadAll(b)
	if err != nil || string(rest) != "about three\nabout four\n" {
		t.Errorf("%q, %v", rest, err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestLinesSayThatPrintingFailed: what could not be printed is an error, even
// where only the last piece could not.
func TestLinesSayThatPrintingFailed(t *testing.T) {
	full := errors.New("no space left")
	in, out := io.Pipe()
	_ = in.CloseWithError(full)
	e := &env{ctx: t.Context(), out: out}
	err := eachLine(e, strings.NewReader("one\ntwo"), func(_, desc string, _ *advisory.Record) error {
		_, err := fmt.Fprintln(e.out, "about", desc)
		return err
	})
	if !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	if e.out != out {
		t.Error("the output was not given back")
	}
}
