package smoke

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// addresses is a set of addresses in canonical form.
type addresses map[netip.Addr]bool

// common counts the addresses that both sets hold, and returns some of them.
func (a addresses) common(b addresses) (n int, some []netip.Addr) {
	for addr := range a {
		if b[addr] {
			n++
			if len(some) < 20 {
				some = append(some, addr)
			}
		}
	}
	return n, some
}

// list reads the first word of each line of a gzip file, comments left out,
// and keeps those that are addresses.
func list(name string) (addresses, error) {
	set := addresses{}
	err := lines(name, func(line []byte) {
		if line[0] == '#' {
			return
		}
		word, _, _ := bytes.Cut(line, []byte("\t"))
		set.add(string(word))
	})
	return set, err
}

var source = regexp.MustCompile(`"src_ip": ?"([^"]*)"`)

// sources reads the values of "src_ip" of a gzip file of JSON records.
func sources(name string) (addresses, error) {
	set := addresses{}
	err := lines(name, func(line []byte) {
		for _, m := range source.FindAllSubmatch(line, -1) {
			set.add(string(m[1]))
		}
	})
	return set, err
}

func (a addresses) add(text string) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		a[addr.Unmap()] = true
	}
}

// lines calls visit for each line of a gzip file that is not empty.
func lines(name string, visit func([]byte)) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("read evaluation data: %w", err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	sc := bufio.NewScanner(zr)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		if len(sc.Bytes()) > 0 {
			visit(sc.Bytes())
		}
	}
	return sc.Err()
}

func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file.gz")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	zw := gzip.NewWriter(f)
	if _, err := zw.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestCount(t *testing.T) {
	feed, err := list(write(t, "# 192.0.2.9\n192.0.2.1\t3\n192.0.2.2\n\n1..218.28\t40\n192.0.2.1\t4\n"))
	if err != nil {
		t.Fatal(err)
	}
	logs, err := sources(write(t, `[{"src_ip": "::ffff:192.0.2.2"},`+"\n"+`{"src_ip":"192.0.2.3"}]`))
	if err != nil {
		t.Fatal(err)
	}
	if len(feed) != 2 || len(logs) != 2 {
		t.Errorf("read %v and %v", feed, logs)
	}
	n, some := feed.common(logs)
	if n != 1 || !slices.Equal(some, []netip.Addr{netip.MustParseAddr("192.0.2.2")}) {
		t.Errorf("%d in common, %v", n, some)
	}
}
