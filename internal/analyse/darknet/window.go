package darknet

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/opencure/cure/internal/publish/packet"
)

// Level says how finely sources are told apart.
type Level uint8

// The levels. Of IPv6 sources they are /32, /48 and the address.
const (
	Address Level = iota
	Net24
	Net16
)

// String names the level as prefix length.
func (l Level) String() string { return [...]string{"/32", "/24", "/16"}[min(l, Net16)] }

// Host is a source or the network it is in, as the level of its window has it.
type Host struct {
	Addr   packet.Addr
	Hashed bool // no address: first half stands for the /16, second for the source
}

// At returns the network of a host.
func (h Host) At(l Level) Host {
	keep := 16
	switch {
	case l == Address:
	case h.Hashed && l == Net16: // a hash keeps the /16 only; there is no /24
		keep = 8
	case h.Hashed:
	case h.Addr.Is4():
		keep = map[Level]int{Net24: 15, Net16: 14}[l]
	default:
		keep = map[Level]int{Net24: 6, Net16: 4}[l]
	}
	clear(h.Addr[keep:])
	return h
}

// String is the address, or the hash that stands for it.
func (h Host) String() string {
	if h.Hashed {
		return hex.EncodeToString(h.Addr[:8]) + "-" + hex.EncodeToString(h.Addr[8:])
	}
	return h.Addr.Netip().String()
}

// Compare orders hosts.
func (h Host) Compare(o Host) int {
	if c := cmp.Compare(binary.BigEndian.Uint64(h.Addr[:]), binary.BigEndian.Uint64(o.Addr[:])); c != 0 {
		return c
	}
	if c := cmp.Compare(binary.BigEndian.Uint64(h.Addr[8:]), binary.BigEndian.Uint64(o.Addr[8:])); c != 0 {
		return c
	}
	if h.Hashed != o.Hashed {
		return map[bool]int{true: 1, false: -1}[h.Hashed]
	}
	return 0
}

// HostOf makes the host of an address.
func HostOf(a netip.Addr) Host { return Host{Addr: packet.From(a)} }

// Port is a port of a protocol; the number is 0 where the protocol has none.
type Port struct {
	Proto  uint8 // packet.TCP, packet.UDP …
	Number uint16
}

// String is the canonical value of the observable: tcp/48123, icmp.
func (p Port) String() string {
	switch p.Proto {
	case packet.TCP:
		return "tcp/" + strconv.Itoa(int(p.Number))
	case packet.UDP:
		return "udp/" + strconv.Itoa(int(p.Number))
	case packet.SCTP:
		return "sctp/" + strconv.Itoa(int(p.Number))
	case packet.ICMP:
		return "icmp"
	case packet.ICMPv6:
		return "icmp6"
	}
	return fmt.Sprintf("ip/%d/%d", p.Proto, p.Number)
}

// Compare orders ports.
func (p Port) Compare(o Port) int {
	return cmp.Or(cmp.Compare(p.Proto, o.Proto), cmp.Compare(p.Number, o.Number))
}

// Tool is the fingerprint of what made the packets of a cell.
type Tool uint8

// The tools, as the publisher tells them apart.
const (
	NoTool  Tool = iota
	Mirai        // TCP sequence number = destination address
	ZMap         // IP ID 54321
	Masscan      // IP ID = destination, port and sequence number by XOR
	toolEnd
)

var toolNames = [...]string{"", "mirai", "zmap", "masscan"}

// String names the tool, "" for none.
func (t Tool) String() string { return toolNames[min(t, toolEnd-1)] }

// Cell is one source at one port with one tool in a window.
type Cell struct {
	Host    Host
	Port    Port
	Tool    Tool
	Scanner uint16 // one more than the place of its name in Window.Scanners; 0: not listed
}

// Compare orders cells by port, tool and host.
func (c *Cell) Compare(o *Cell) int {
	return cmp.Or(c.Port.Compare(o.Port), cmp.Compare(c.Tool, o.Tool), c.Host.Compare(o.Host))
}

// Flood is what was counted but not kept by source.
type Flood struct {
	Packets uint64
	Sources uint64      // about, by HyperLogLog
	Ports   []PortCount // those with most packets, at most 16
}

// PortCount is a port with its packets.
type PortCount struct {
	Port    Port
	Packets uint64
}

// Window is what was seen in a stretch of event time: scans as cells, the rest
// as floods. It does not change and is shared.
type Window struct {
	Sensor      string // where it was seen; "" where that is all one
	Start       time.Time
	Bin         time.Duration
	Bins        int
	Level       Level
	Cells       []Cell   // ordered by [Cell.Compare], each once
	Counts      []uint32 // packets: Bins of the first cell, Bins of the second …
	Scanners    []string // names of research scanners that cells refer to
	Focused     []Port   // ports, in order, most of whose packets went to one destination: misconfiguration-like
	Backscatter Flood    // answers to forged senders: never a sign of the source
	Overflow    Flood    // scans for which the table had no room
}

// End returns when the window ends.
func (w *Window) End() time.Time { return w.Start.Add(time.Duration(w.Bins) * w.Bin) }

// Row returns the counts of the i-th cell.
func (w *Window) Row(i int) []uint32 { return w.Counts[i*w.Bins : (i+1)*w.Bins] }

// Total returns the packets of the i-th cell.
func (w *Window) Total(i int) (n uint64) {
	for _, c := range w.Row(i) {
		n += uint64(c)
	}
	return n
}

// Fold returns the window at a coarser level; itself where it has that
// already. A network is a listed scanner only if all cells folded into it are.
func (w *Window) Fold(l Level) *Window {
	if l <= w.Level {
		return w
	}
	order := make([]int, len(w.Cells))
	cells := make([]Cell, len(w.Cells))
	for i, c := range w.Cells {
		c.Host = c.Host.At(l)
		cells[i], order[i] = c, i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cells[a].Compare(&cells[b]), cmp.Compare(a, b))
	})
	out := *w
	out.Level, out.Cells, out.Counts = l, make([]Cell, 0, len(cells)), make([]uint32, 0, len(w.Counts))
	for _, i := range order {
		n := len(out.Cells)
		if n == 0 || out.Cells[n-1].Compare(&cells[i]) != 0 {
			out.Cells = append(out.Cells, cells[i])
			out.Counts = append(out.Counts, w.Row(i)...)
			continue
		}
		if out.Cells[n-1].Scanner != cells[i].Scanner {
			out.Cells[n-1].Scanner = 0
		}
		row := out.Row(n - 1)
		for b, c := range w.Row(i) {
			row[b] += c
		}
	}
	return &out
}

// Grid is the shape of window that an engine works on.
type Grid struct {
	Bin  time.Duration
	Bins int
}

// The grids of the published methods: Dark-GLASSO's ten minutes, Dark-NMF's
// and Dark-NTD's half an hour. A builder makes both of the same packets.
var (
	Tens   = Grid{50 * time.Second, 12}
	Halves = Grid{time.Minute, 30}
)

// Length is the time that a window covers.
func (g Grid) Length() time.Duration { return time.Duration(g.Bins) * g.Bin }
