package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

func manual(t *testing.T, form string) string {
	t.Helper()
	var out bytes.Buffer
	if code := run(&env{out: &out, err: &out}, []string{"manual", form}); code != exitFound {
		t.Fatalf("exit code %d: %s", code, out.String())
	}
	return out.String()
}

func TestManualPage(t *testing.T) {
	page := manual(t, "man")
	for _, want := range []string{".SS key create", `\-\-listen`, `  cure search 198.51.100.7`, "CURE_URL"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, ".") && !strings.ContainsAny(line[:min(4, len(line))], "ABCDEFGHIJKLMNOPQRSTUVWXYZfi") {
			t.Errorf("text is taken for a request: %q", line)
		}
	}
}

// The bash of this machine completes with the script.
func TestBashCompletion(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Log("no bash on this machine: the script is not run")
		return
	}
	complete := func(words ...string) string {
		script := manual(t, "bash") + `
COMP_WORDS=(cure "$@"); COMP_CWORD=$#; _cure; printf '%s\n' "${COMPREPLY[@]}"`
		out, err := exec.Command(bash, append([]string{"-c", script, "bash"}, words...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	for _, tt := range []struct {
		words []string
		want  string
	}{
		{[]string{"sea"}, "search\n"},
		{[]string{"key", "rev"}, "revoke\n"},
		{[]string{"--json", "key", "cr"}, "create\n"},
		{[]string{"serve", "--lis"}, "--listen\n"},
	} {
		if got := complete(tt.words...); got != tt.want {
			t.Errorf("%q completes to %q, want %q", tt.words, got, tt.want)
		}
	}
}
