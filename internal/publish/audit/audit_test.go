package audit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure/internal/publish/audit"
)

const id = "msg=audit(1794896600.123:77): "

// TestParse: fields of the records of one event, however they are written.
func TestParse(t *testing.T) {
	tests := map[string]struct {
		in, node, command string
		want              map[string]string
	}{
		"a program": {
			in: "type=SYSCALL " + id + "arch=c000003e syscall=59 pid=8 comm=\"a b\" exe=\"/tmp/k\" key=(null)\x1dSYSCALL=execve UID=\"root\"\n" +
				"type=EXECVE " + id + "argc=2 a0=\"/tmp/k\" a1=2D6320782079\n",
			command: "/tmp/k -c x y", want: map[string]string{"SYSCALL.exe": "/tmp/k", "SYSCALL.UID": "root", "SYSCALL.key": "", "SYSCALL.syscall": "59"},
		},
		"a title": {
			in: "node=d9 type=PROCTITLE " + id + "proctitle=2F746D702F6B002D63\n", node: "d9", command: "/tmp/k -c",
		},
		"an argument in parts": {
			in:      "type=EXECVE " + id + "argc=2 a0=\"sh\" a1_len=6 a1[0]=616263\ntype=EXECVE " + id + "a1[1]=646566\n",
			command: "sh abcdef",
		},
		"an address": {
			in: "type=SOCKADDR " + id + "saddr=0200115CC00002820000000000000000\n", want: map[string]string{"SOCKADDR.addr": "192.0.2.130", "SOCKADDR.port": "4444"},
		},
		"an address of the other order": {
			in: "type=SOCKADDR " + id + "saddr=0002115CC00002820000000000000000\n", want: map[string]string{"SOCKADDR.addr": "192.0.2.130"},
		},
		"IPv6": {
			in:   "type=SOCKADDR " + id + "saddr=0A0001BB0000000020010DB800000000000000000000000100000000\n",
			want: map[string]string{"SOCKADDR.addr": "2001:db8::1", "SOCKADDR.port": "443"},
		},
		"interpreted": {
			in: "type=SOCKADDR " + id + "saddr=01\x1dSADDR={ saddr_fam=inet laddr=192.0.2.130 lport=80 }\n", want: map[string]string{"SOCKADDR.laddr": "192.0.2.130", "SOCKADDR.lport": "80"},
		},
		"sudo, behind syslog": {
			in:   "<86>Nov 17 06:20:00 d9 audispd: type=USER_CMD " + id + "pid=1 msg='cwd=\"/\" cmd=6964202D75 terminal=pts/0 res=success'\n",
			node: "d9", command: "id -u", want: map[string]string{"USER_CMD.res": "success"},
		},
		"of the kernel": {in: "2026-11-17T06:20:00Z d9 kernel: audit: type=1309 audit(1794896600.123:77): argc=1 a0=\"id\"\n", node: "d9", command: "id"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e, err := audit.Parse([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if e.Time != "1794896600.123" || e.Node != tt.node || e.Command() != tt.command {
				t.Errorf("time %s, node %q, command %q", e.Time, e.Node, e.Command())
			}
			for name, want := range tt.want {
				if got := e.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestParseJSON(t *testing.T) {
	e, ok := audit.ParseJSON([]byte(`{"sequence":77,"timestamp":"1794896600.123","messages":[{"type":1300,"data":"syscall=59 uid=0 exe=\"/bin/id\""},{"type":1309,"data":"argc=1 a0=\"id\""}],"uid_map":{"0":"root"}}`))
	got := []string{e.Time, e.Command(), e.Get("SYSCALL.exe"), e.Get("SYSCALL.UID")}
	if diff := cmp.Diff([]string{"1794896600.123", "id", "/bin/id", "root"}, got); !ok || diff != "" {
		t.Errorf("ok %t (-want +got):\n%s", ok, diff)
	}
	if _, ok := audit.ParseJSON([]byte(`{"messages":[]}`)); ok {
		t.Error("other JSON was taken for an event")
	}
}

func TestID(t *testing.T) {
	for line, want := range map[string]string{
		"type=SYSCALL " + id:                              "1794896600.123:77",
		`{"x":"type=SYSCALL msg=audit(1794896600.123:77)`: "",
		"<Event>type=X audit(1794896600.123:77):":         "",
		"type=SYSCALL msg=audit(soon:77): ":               "",
		"audit(1794896600.123:77): ":                      "",
		strings.Repeat("x", 600) + "type=A " + id:         "",
	} {
		if got := string(audit.ID([]byte(line))); got != want {
			t.Errorf("%.40q: %q, want %q", line, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("type=SYSCALL " + id + "a=\"b\" c='d=e f=\"g\"' SADDR={ laddr=1 }\x1dX=\"y\"\ntype=EXECVE " + id + "a0=6162 a1[0]=61 a1[1]=62\n"))
	f.Add([]byte("type=SOCKADDR " + id + "saddr=0A0001BB0000000020010DB800000000000000000000000100000000"))
	f.Add([]byte(`{"sequence":7,"timestamp":"1.5","messages":[{"type":1319,"data":"data=6162"}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, read := range []func([]byte) (audit.Event, bool){
			func(b []byte) (audit.Event, bool) { e, err := audit.Parse(b); return e, err == nil },
			audit.ParseJSON,
		} {
			if e, ok := read(raw); ok && (e.Time == "" && len(raw) > 0 && raw[0] != '{' || len(e.Command()) > 3*len(raw)+1<<10) {
				t.Errorf("time %q, command of %d bytes", e.Time, len(e.Command()))
			}
		}
	})
}
