package observe

import (
	"bytes"
	"strings"

	"github.com/opencure/cure/internal/publish/audit"
	"github.com/opencure/cure/internal/publish/shell"
)

// executes are the system calls that start a program, by name and by number:
// x86-64, arm64 and x86.
var executes = map[string]bool{"execve": true, "execveat": true, "59": true, "322": true, "221": true, "281": true, "11": true, "358": true}

// readAudit reads an event of auditd as the kernel writes it. ok is false where
// nothing was started and nobody was talked to.
func readAudit(e *audit.Event) (a activity, ok bool) {
	a = activity{
		product: "auditd", what: "process", time: e.Time, host: e.Node, user: e.Get("SYSCALL.AUID SYSCALL.UID USER_CMD.AUID USER_LOGIN.acct"),
		id: e.Get("SYSCALL.pid USER_CMD.pid"), parent: e.Get("SYSCALL.ppid"), image: e.Get("SYSCALL.exe SYSCALL.comm"), command: e.Command(),
		dst: e.Get("SOCKADDR.addr SOCKADDR.laddr"), dstPort: e.Get("SOCKADDR.port SOCKADDR.lport"),
	}
	switch {
	case e.Has("USER_LOGIN"):
		a.what, a.src = "login", e.Get("USER_LOGIN.addr")
		return a, e.Get("USER_LOGIN.res") == "success" && a.src != ""
	case a.dst != "":
		a.what, a.proto = "connection", "tcp"
	case e.Has("USER_CMD"):
		a.image, _, _ = strings.Cut(a.command, " ")
	case len(e.Argv) == 0 && !executes[e.Get("SYSCALL.SYSCALL SYSCALL.syscall")]:
		return a, false
	}
	return a, a.image != ""
}

// terminal returns what was typed by a record of the audit subsystem about a
// terminal, nil of others.
func terminal(e *audit.Event) []string {
	if line := e.Get("USER_TTY.data"); line != "" { // a shell that says its lines itself
		return []string{line}
	}
	return shell.Keys([]byte(e.Get("TTY.data")))
}

// auditOf reads an event of auditd; nil is no such event.
func auditOf(raw []byte) *audit.Event {
	if len(raw) == 0 {
		return nil
	}
	if raw[0] == '{' {
		if !bytes.Contains(raw, []byte(`"messages"`)) {
			return nil
		}
		if e, ok := audit.ParseJSON(raw); ok {
			return &e
		}
		return nil
	}
	if e, err := audit.Parse(raw); err == nil {
		return &e
	}
	return nil
}
