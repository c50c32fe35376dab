package sensor

import (
	"bytes"
	"crypto/md5"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"net"
	"strconv"
	"strings"
)

// hello is how a client opened TLS.
type hello struct {
	SNI     string `json:"sni,omitempty"`
	ALPN    string `json:"alpn,omitempty"`
	Version string `json:"version,omitempty"`
	JA3     string `json:"ja3,omitempty"`
}

// deaf is a connection of which only the first bytes are there, and to which
// nothing is written.
type deaf struct {
	net.Conn
	in *bytes.Reader
}

// Read implements net.Conn.
func (d deaf) Read(b []byte) (int, error) { return d.in.Read(b) }

// Write implements net.Conn.
func (d deaf) Write(b []byte) (int, error) { return len(b), nil }

// Close implements net.Conn.
func (d deaf) Close() error { return nil }

var errSeen = errors.New("seen")

// readHello reads the first bytes of a client that opens TLS, nil where it does
// not, or not all of it is there. The standard library's server reads them and
// is stopped before it says anything.
func readHello(b []byte) *hello {
	if len(b) < 11 || b[0] != 22 || b[1] != 3 || b[5] != 1 {
		return nil
	}
	var h *hello
	server := tls.Server(deaf{in: bytes.NewReader(b)}, &tls.Config{
		MinVersion: tls.VersionTLS10,
		GetConfigForClient: func(c *tls.ClientHelloInfo) (*tls.Config, error) {
			h = &hello{SNI: strings.ToValidUTF8(c.ServerName, "\uFFFD"), JA3: ja3(uint16(b[9])<<8|uint16(b[10]), c)}
			if len(c.SupportedProtos) > 0 {
				h.ALPN = strings.ToValidUTF8(c.SupportedProtos[0], "\uFFFD")
			}
			for _, v := range c.SupportedVersions {
				if !grease(v) {
					h.Version = strings.TrimPrefix(tls.VersionName(v), "TLS ")
					break
				}
			}
			return nil, errSeen
		},
	})
	_ = server.Handshake() // ends at errSeen at the latest
	return h
}

// ja3 is the fingerprint of a client by how it opens TLS (Althouse, Atkinson,
// Atkins 2017): MD5 of version, ciphers, extensions, curves and point formats.
// It names tools and protects nothing.
func ja3(version uint16, c *tls.ClientHelloInfo) string {
	var curves, points []uint16
	for _, v := range c.SupportedCurves {
		curves = append(curves, uint16(v))
	}
	for _, v := range c.SupportedPoints {
		points = append(points, uint16(v))
	}
	parts := []string{strconv.Itoa(int(version))}
	for _, list := range [][]uint16{c.CipherSuites, c.Extensions, curves, points} {
		var words []string
		for _, v := range list {
			if !grease(v) {
				words = append(words, strconv.Itoa(int(v)))
			}
		}
		parts = append(parts, strings.Join(words, "-"))
	}
	sum := md5.Sum([]byte(strings.Join(parts, ",")))
	return hex.EncodeToString(sum[:])
}

// grease reports whether a number is one that says nothing (RFC 8701).
func grease(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }
