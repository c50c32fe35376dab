//go:build !linux

package sensor

import (
	"net"
	"net/netip"
)

// meant is the address of our side: who redirects is asked on Linux only.
func meant(c net.Conn) netip.AddrPort { return peer(c.LocalAddr()) }
