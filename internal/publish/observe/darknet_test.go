package observe_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
	"github.com/opencure/cure/internal/scenario"
)

func TestDarknetGolden(t *testing.T) { golden(t, "darknet", observe.Darknet(), "darknet/a", nil) }

func TestDarknetBroken(t *testing.T) {
	golden(t, "darknet-broken", observe.Darknet(), "darknet/a", nil)
}

// darkCapture holds each thing that a darknet can see, hand-made.
func darkCapture() []byte {
	var c scenario.Capture
	at := time.Date(2026, 11, 19, 12, 0, 5, 0, time.UTC)
	ip := netip.MustParseAddr
	dark := func(n int) netip.Addr { return ip("100.64.0." + strconv.Itoa(n)) }
	num := func(a netip.Addr) uint32 { b := a.As4(); return binary.BigEndian.Uint32(b[:]) }
	ubuntu := []byte{2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7}
	for n := range 4 { // Mirai: the sequence number is the destination
		c.TCP(at.Add(time.Duration(n)*60*time.Second), scenario.Segment{Src: ip("198.51.100.7"), Dst: dark(n), SrcPort: 40000 + uint16(n), DstPort: 2323, Seq: num(dark(n)), Flags: 2, Window: 14600, TTL: 48, IPID: uint16(n)})
	}
	for n := range 3 { // ZMap, and masscan
		c.TCP(at, scenario.Segment{Src: ip("192.0.2.5"), Dst: dark(n), SrcPort: 5000, DstPort: 443, Seq: 77, Flags: 2, Window: 65535, TTL: 240, IPID: 54321})
		id := uint16(num(dark(n)) ^ 8080 ^ 0x01020304)
		c.TCP(at, scenario.Segment{Src: ip("192.0.2.6"), Dst: dark(n), SrcPort: 61000, DstPort: 8080, Seq: 0x01020304, Flags: 2, Window: 1024, TTL: 252, IPID: id})
	}
	c.TCP(at, scenario.Segment{Src: ip("192.0.2.200"), Dst: dark(1), SrcPort: 1, DstPort: 22, Seq: num(dark(1)), Flags: 2, Window: 64240, TTL: 60, Options: ubuntu})
	c.TCP(at, scenario.Segment{Src: ip("203.0.113.9"), Dst: dark(2), SrcPort: 80, DstPort: 51234, Flags: 0x12, Window: 512, TTL: 57}) // SYN ACK
	c.TCP(at, scenario.Segment{Src: ip("203.0.113.9"), Dst: dark(3), SrcPort: 80, DstPort: 51235, Flags: 0x14, TTL: 57})              // RST
	c.TCP(at, scenario.Segment{Src: ip("198.51.100.8"), Dst: dark(3), SrcPort: 80, DstPort: 81, Flags: 0x29, TTL: 57})                // Xmas
	c.TCP(at, scenario.Segment{Src: ip("198.51.100.9"), Dst: dark(3), SrcPort: 9, DstPort: 7547, Flags: 2, TTL: 50, Payload: []byte("GET / HTTP/1.0\r\n\r\n")})
	c.UDP(at, netip.MustParseAddrPort("192.0.2.53:53"), netip.AddrPortFrom(dark(4), 4444), 55, []byte("\x12\x34\x81\x80\x00\x01"))
	c.UDP(at, netip.MustParseAddrPort("198.51.100.10:5060"), netip.AddrPortFrom(dark(4), 5060), 55, []byte("OPTIONS sip:a SIP/2.0\r\n"))
	quoted := append([]byte{0x45, 0, 0, 28, 0, 0, 0, 0, 9, 17, 0, 0, 100, 64, 0, 5}, 203, 0, 113, 77, 0x30, 0x39, 0, 53, 0, 8, 0, 0)
	c.ICMP(at, ip("198.51.100.254"), dark(5), 3, 3, quoted)
	c.ICMP(at, ip("198.51.100.11"), dark(5), 8, 0, nil)
	c.TCP(at, scenario.Segment{Src: ip("2001:db8::7"), Dst: ip("2001:db8:ffff::1"), SrcPort: 9, DstPort: 23, Flags: 2, TTL: 50})
	c.ICMP(at.Add(11*time.Minute), ip("2001:db8::8"), ip("2001:db8:ffff::1"), 128, 0, nil)
	return c.Bytes()
}

// TestDarknetCapture reads the list of scanners and the capture, as they are
// told apart.
func TestDarknetCapture(t *testing.T) {
	dir := t.TempDir()
	list, capture := filepath.Join(dir, "scanners.csv"), filepath.Join(dir, "dark.pcap")
	write(t, list, []byte("source,group,cidr\nexample,Example Research,192.0.2.192/28\n"))
	write(t, capture, darkCapture())
	h, res := run(t, observe.Darknet(), "darknet/a", nil, list, capture)
	got := show(t, h, res)
	file := filepath.Join("testdata", "darknet-capture.golden")
	if *update {
		write(t, file, []byte(got))
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if all := everything(t, h); strings.Contains(all, "100.64.") {
		t.Error("an address of the dark range has left")
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// packets adds up the packets of all records by kind.
func packets(h *publishtest.Hub) map[string]int {
	sum := map[string]int{}
	for _, r := range h.Records {
		kind, n := "", 0
		for _, a := range r.Attrs {
			switch a.Name {
			case "kind":
				kind = a.Value
			case "packets":
				n, _ = strconv.Atoi(a.Value)
			}
		}
		sum[kind] += n
		sum["all"] += n
	}
	return sum
}

// manyPackets writes packets of many sources over an hour and a half.
func manyPackets(n, sources int) []byte {
	var c scenario.Capture
	at := time.Date(2026, 11, 19, 12, 0, 0, 0, time.UTC)
	for i := range n {
		src := netip.AddrFrom4([4]byte{198, 18, byte(i % sources >> 8), byte(i % sources)})
		c.TCP(at.Add(time.Duration(i)*5400*time.Second/time.Duration(n)), scenario.Segment{
			Src: src, Dst: netip.AddrFrom4([4]byte{100, 64, byte(i >> 8 & 15), byte(i)}), SrcPort: 1, DstPort: uint16(20 + i%7), Flags: 2, TTL: 50, Window: 1000,
		})
	}
	return c.Bytes()
}

// A publisher that is killed at each batch and started again gives the same
// records, and no packet is lost or counts twice.
func TestDarknetCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dark.pcap")
	write(t, path, manyPackets(6000, 500))
	whole, _ := run(t, observe.Darknet(), "darknet/a", nil, path)
	if got := packets(whole)["all"]; got != 6000 || whole.Seq() < 3 {
		t.Fatalf("%d packets in %d batches", got, whole.Seq())
	}
	cfg := publish.Config{Source: "darknet/a", Publisher: observe.Darknet(), Now: now, Checkpoint: 2}
	publishtest.KillEach(t, cfg, nil, func(kill uint64, h *publishtest.Hub) {
		if diff := cmp.Diff(packets(whole), packets(h)); diff != "" {
			t.Errorf("killed at batch %d (-want +got)\n%s", kill, diff)
		}
	}, path)
}

// A flood of forged senders stays within bounds and is counted.
func TestDarknetFlood(t *testing.T) {
	_, fold, err := observe.Darknet().New(publish.Options{Source: "darknet/a"})
	if err != nil {
		t.Fatal(err)
	}
	dec, _, _ := observe.Darknet().New(publish.Options{Source: "darknet/a"})
	h := map[string]int{}
	emit := func(r *cure.Record) {
		for _, a := range r.Attrs {
			if n, err := strconv.Atoi(a.Value); a.Name == "packets" && err == nil {
				h[r.Attrs[0].Value] += n
			}
			if a.Name == "sources" {
				_, _ = fmt.Sscanf(a.Value, "about %d", new(int))
				n, _ := strconv.Atoi(strings.TrimPrefix(a.Value, "about "))
				h["sources"] = n
			}
		}
	}
	const n = 100_000
	for i := range n {
		row := fmt.Sprintf("1795003200,198.%d.%d.%d,192.0.2.1,1,80,6,50,2,1", 18+i>>16, i>>8&255, i&255)
		if err := dec.Decode([]byte(row), func(ev *publish.Event) { fold.Add(ev, emit) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := fold.End(true, emit); err != nil {
		t.Fatal(err)
	}
	if h["scan"] != 1<<16 || h["scan"]+h["overflow"] != n {
		t.Errorf("%v, want %d in all", h, n)
	}
	if want := n - 1<<16; h["sources"] < want*8/10 || h["sources"] > want*12/10 {
		t.Errorf("estimate of %d sources, want about %d", h["sources"], want)
	}
}

// The clock of a capture is set forward and back: every packet counts.
func TestDarknetClockSteps(t *testing.T) {
	var c scenario.Capture
	at := time.Date(2026, 11, 19, 1, 0, 0, 0, time.UTC)
	src, dst := netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("100.64.0.1")
	var out []byte
	for i, step := range []time.Duration{0, 5 * time.Hour, 0, -3 * time.Hour, time.Hour} {
		c = scenario.Capture{}
		for n := range 100 {
			c.TCP(at.Add(step+time.Duration(n)*time.Second), scenario.Segment{Src: src, Dst: dst, DstPort: 23, Flags: 2, TTL: 9})
		}
		b := c.Bytes()
		if i > 0 {
			b = b[24:]
		}
		out = append(out, b...)
	}
	path := filepath.Join(t.TempDir(), "steps.pcap")
	write(t, path, out)
	h, _ := run(t, observe.Darknet(), "darknet/a", nil, path)
	if got := packets(h)["all"]; got != 500 {
		t.Errorf("%d packets, want 500", got)
	}
	ids := map[cure.ID]bool{}
	for _, r := range h.Records {
		ids[r.ID] = true
	}
	if len(ids) != 4 {
		t.Errorf("%d groups, want one an hour: 4", len(ids))
	}
}

// TestDarknetDamage reads captures that are cut or lie about their lengths.
func TestDarknetDamage(t *testing.T) {
	good := darkCapture()
	long := bytes.Clone(good)
	binary.LittleEndian.PutUint32(long[24+8:], 0xffffffff)
	tests := map[string]struct {
		data    []byte
		records int64
		problem string
	}{
		"cut in a packet":    {good[:len(good)-7], 20, "unexpected EOF"},
		"a length of 4 GB":   {long, 0, "4294967295 bytes"},
		"head only":          {good[:24], 0, ""},
		"cut after the head": {good[:30], 0, "unexpected EOF"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cut.pcap")
			write(t, path, tt.data)
			_, res := run(t, observe.Darknet(), "darknet/a", nil, path)
			if res.Records != tt.records {
				t.Errorf("%d packets, want %d", res.Records, tt.records)
			}
			if got := fmt.Sprint(res.Problems); !strings.Contains(got, tt.problem) || tt.problem == "" && len(res.Problems) > 0 {
				t.Errorf("problems %s, want %q", got, tt.problem)
			}
		})
	}
}

// A capture that has grown is read on from where it was left.
func TestDarknetGrows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dark.pcap")
	data := darkCapture()
	write(t, path, data[:len(data)-20])
	h := &publishtest.Hub{}
	runInto(t, h, observe.Darknet(), "darknet/a", nil, path)
	write(t, path, append(bytes.Clone(data), manyPackets(300, 7)[24:]...))
	runInto(t, h, observe.Darknet(), "darknet/a", nil, path)
	runInto(t, h, observe.Darknet(), "darknet/a", nil, path)
	if got := packets(h)["all"]; got != 321 {
		t.Errorf("%d packets, want 321", got)
	}
}

func FuzzDarknet(f *testing.F) {
	capture, err := feed.NewFile("-", readCloser{bytes.NewReader(darkCapture())}, feed.Packets, 0)
	if err != nil {
		f.Fatal(err)
	}
	for {
		fr, err := capture.Next(f.Context(), feed.Forever)
		if err != nil {
			break
		}
		f.Add(bytes.Clone(fr.Data))
	}
	fuzzDecoder(f, observe.Darknet(), publish.Options{Source: "darknet/a"}, "darknet.in", "darknet-broken.in")
}

// FuzzDarknetState holds that a state from the log does no harm.
func FuzzDarknetState(f *testing.F) {
	fuzzState(f, observe.Darknet(), "darknet/a", "x,y,192.0.2.0/28", "1795003200,198.51.100.1,192.0.2.1,1,80,6,50,2,1")
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// BenchmarkDarknet measures a capture end to end: cut, decoded, grouped and
// encoded on its way to a hub.
func BenchmarkDarknet(b *testing.B) {
	const n = 200_000
	data := manyPackets(n, 2000)
	path := filepath.Join(b.TempDir(), "dark.pcap")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	begin := cpuTime()
	for b.Loop() {
		if _, err := publish.Run(b.Context(), publish.Config{Source: "darknet/a", Publisher: observe.Darknet(), Sink: &nowhere{}, Now: time.Now}, path); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "packets/s")
	if cpu := cpuTime() - begin; cpu > 0 { // other people's work is not in it
		b.ReportMetric(float64(n)*float64(b.N)/cpu.Seconds(), "packets/cpu-s")
	}
}
