package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts run this test binary as
//
//	cure ARGUMENTS           the command
//	exits CODE ARGUMENTS     cure that has to end with this code
//	as FILE CODE ARGUMENTS   exits with the key that the file holds
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"cure":  main,
		"exits": func() { exits(os.Args[1:]) },
		"as":    as,
	})
}

func as() {
	key, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(100)
	}
	os.Setenv("CURE_KEY", strings.TrimSpace(string(key)))
	exits(os.Args[2:])
}

func exits(args []string) {
	if got := strconv.Itoa(run(systemEnv(), args[1:])); got != args[0] {
		fmt.Fprintf(os.Stderr, "exits: code %s, want %s\n", got, args[0])
		os.Exit(100)
	}
}

// TestScripts runs testdata/*.txtar: commands as a user types them, against
// hubs on the loopback. Beside the usual commands there are
//
//	await FILE [TEXT]      until it holds the text, and the hub whose url it is has read its log
//	bytes FILE             replaces \xNN by that byte and @N@ by N letters
//	example LANGUAGE FILE  writes the example in docs/push.md
//	gz FILE [CUT]          writes FILE.gz, without its last CUT bytes
//	json OUT [PATH WANT]   OUT is JSON; at the path (a.0.b) it has the value
//	setenv NAME OUT PATH   the value at the path of JSON
//	web NAME DIR           serves the folder; NAME is the address
//	subst FILE             replaces $NAME in it by the variable
//	nosteer OUT            nothing in it can steer a terminal
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("CURE_DATA", e.WorkDir+"/hub")
			e.Setenv("CURE_MEMORY_BUDGET", "256MiB")
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await": await, "bytes": rawBytes, "example": writeExample, "gz": compress, "json": checkJSON, "nosteer": noSteer,
			"setenv": setEnv, "web": serveFolder, "subst": subst,
		},
	})
}

func await(ts *testscript.TestScript, _ bool, args []string) {
	text := ""
	if len(args) > 1 {
		text = args[1]
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		b, err := os.ReadFile(ts.MkAbs(args[0]))
		if err != nil || !strings.Contains(string(b), text) {
			continue
		}
		if filepath.Base(args[0]) != urlFile || ready(filepath.Dir(ts.MkAbs(args[0]))) {
			return
		}
	}
	ts.Fatalf("%s did not appear", args[0])
}

// writeExample writes the block of a language that docs/push.md has.
func writeExample(ts *testscript.TestScript, _ bool, args []string) {
	doc, err := os.ReadFile(pushDoc)
	ts.Check(err)
	_, rest, ok := strings.Cut(string(doc), "```"+args[0]+"\n")
	code, _, ends := strings.Cut(rest, "```")
	if !ok || !ends || strings.Count(code, "\n") > 25 {
		ts.Fatalf("no example in %s of some 20 lines", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(code), 0o600))
}

// pushDoc is the document of how to push records, from the folder of the tests.
var pushDoc = filepath.Join("..", "..", "docs", "push.md")

var (
	escaped = regexp.MustCompile(`\\x[0-9a-f]{2}`)
	letters = regexp.MustCompile(`@[0-9]+@`)
)

func rawBytes(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	b = escaped.ReplaceAllFunc(b, func(m []byte) []byte {
		n, _ := strconv.ParseUint(string(m[2:]), 16, 8)
		return []byte{byte(n)}
	})
	b = letters.ReplaceAllFunc(b, func(m []byte) []byte {
		n, _ := strconv.Atoi(string(m[1 : len(m)-1]))
		return bytes.Repeat([]byte("a"), n)
	})
	ts.Check(os.WriteFile(path, b, 0o600))
}

func compress(ts *testscript.TestScript, _ bool, args []string) {
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b)
	ts.Check(z.Close())
	cut := 0
	if len(args) > 1 {
		cut, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0])+".gz", out.Bytes()[:out.Len()-cut], 0o600))
}

func checkJSON(ts *testscript.TestScript, neg bool, args []string) {
	path := ""
	if len(args) > 1 {
		path = args[1]
	}
	got := readJSON(ts, args[0], path)
	if len(args) > 2 && (got == args[2]) == neg {
		ts.Fatalf("%s is %s, want %s", path, got, args[2])
	}
}

func serveFolder(ts *testscript.TestScript, _ bool, args []string) {
	files := http.Dir(ts.MkAbs(args[1]))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, err := files.Open(r.URL.Path)
		if err != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		defer f.Close()
		// Without a time: two versions of a script are of the same second.
		_, _ = io.Copy(w, f)
	}))
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL)
}

func subst(ts *testscript.TestScript, _ bool, args []string) {
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

func setEnv(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], readJSON(ts, args[1], args[2]))
}

func readJSON(ts *testscript.TestScript, file, path string) string {
	var v any
	if err := json.Unmarshal([]byte(ts.ReadFile(file)), &v); err != nil {
		ts.Fatalf("not JSON: %v", err)
	}
	v, ok := at(v, strings.Split(path, "."))
	if !ok {
		return "none"
	}
	b, err := json.Marshal(v)
	ts.Check(err)
	return strings.Trim(string(b), `"`)
}

// at follows a path of names and indices; length is that of a list.
func at(v any, path []string) (any, bool) {
	for _, name := range path {
		switch x := v.(type) {
		case map[string]any:
			var ok bool
			if v, ok = x[name]; !ok {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(name)
			switch {
			case name == "length":
				v = len(x)
			case err != nil || i >= len(x):
				return nil, false
			default:
				v = x[i]
			}
		default:
			return nil, false
		}
	}
	return v, true
}

func noSteer(ts *testscript.TestScript, _ bool, args []string) {
	for i, line := range strings.Split(ts.ReadFile(args[0]), "\n") {
		for _, r := range line {
			if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				ts.Fatalf("line %d holds %U: %q", i+1, r, line)
			}
		}
	}
}
