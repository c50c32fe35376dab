package observe

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxPayload is how much of a payload is kept, in bytes.
const maxPayload = 4 << 10

// starts tell protocols by what the client sends first.
var starts = []struct{ protocol, prefix string }{
	{"http", "GET "},
	{"http", "POST "},
	{"http", "HEAD "},
	{"http", "OPTIONS "},
	{"http", "PUT "},
	{"http", "CONNECT "},
	{"ssh", "SSH-"},
	{"tls", "\x16\x03"},
	{"rdp", "\x03\x00\x00"},
	{"adb", "CNXN"},
	{"redis", "*1\r\n"},
	{"redis", "*2\r\n"},
	{"redis", "*3\r\n"},
	{"smtp", "EHLO "},
	{"smtp", "HELO "},
	{"sip", "OPTIONS sip:"},
	{"sip", "REGISTER sip:"},
	{"rtsp", "DESCRIBE rtsp:"},
	{"rtsp", "OPTIONS rtsp:"},
	{"mqtt", "\x10"},
	{"socks4", "\x04\x01"},
	{"socks5", "\x05\x01\x00"},
	{"telnet", "\xff\xfb"},
	{"telnet", "\xff\xfd"},
	{"ntp-monlist", "\x17\x00\x03\x2a"},
	{"memcached", "stats"},
	{"jdwp", "JDWP-Handshake"},
	{"vnc", "RFB "},
	{"postgresql", "\x00\x00\x00\x08\x04\xd2\x16\x2f"},
}

// guess names the protocol of a payload, "" for one it does not know. The
// longest beginning wins.
func guess(p []byte) string {
	best := ""
	length := 0
	for _, s := range starts {
		if len(s.prefix) > length && bytes.HasPrefix(p, []byte(s.prefix)) {
			best, length = s.protocol, len(s.prefix)
		}
	}
	switch {
	case best == "" && len(p) > 8 && bytes.Equal(p[4:8], []byte("\xffSMB")), best == "" && len(p) > 8 && bytes.Equal(p[4:8], []byte("\xfeSMB")):
		return "smb"
	case best == "mqtt" && !bytes.Contains(p, []byte("MQTT")) && !bytes.Contains(p, []byte("MQIsdp")):
		return ""
	}
	return best
}

// What a template leaves out: what differs from bot to bot and from sensor to
// sensor, in this order.
var (
	varyLink   = regexp.MustCompile(`(?i)\b(?:h..ps?|ftp)://[^\s<>"]+`)
	varyHost   = regexp.MustCompile(`(?im)^(host|content-length|cookie|authorization|referer):[^\r\n]*`)
	varyAddr   = regexp.MustCompile(`\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?`)
	varyHex    = regexp.MustCompile(`[0-9a-fA-F]{8,}`)
	varyNumber = regexp.MustCompile(`\d+`)
)

// payloadPrints returns the fingerprint of a payload and that of its template.
// Binary payloads are their own template but for their length.
func payloadPrints(p []byte) (payload, template string) {
	sum := sha256.Sum256(p)
	t := p[:min(len(p), maxPayload)]
	if utf8.Valid(t) && bytes.IndexByte(t, 0) < 0 {
		t = varyHost.ReplaceAll(t, []byte("$1:"))
		t = varyAddr.ReplaceAll(t, []byte("A"))
		t = varyHex.ReplaceAll(t, []byte("H"))
		t = varyNumber.ReplaceAll(t, []byte("N"))
	}
	kind := sha256.Sum256(t)
	return "payload:" + hex.EncodeToString(sum[:]), "template:" + hex.EncodeToString(kind[:8])
}

var hostLine = regexp.MustCompile(`(?im)^host:[ \t]*([^\r\n]+)`)

// payloadHost is the name or address by which a web client asked for the
// sensor, "" where it did not.
func payloadHost(p []byte) string {
	m := hostLine.FindSubmatch(p[:min(len(p), maxPayload)])
	if m == nil || !utf8.Valid(m[1]) {
		return ""
	}
	u, err := url.Parse("//" + strings.TrimSpace(string(m[1])))
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// printable writes bytes as text: what is no printable ASCII or line end as
// \xNN, a backslash doubled.
func printable(p []byte) string {
	var b strings.Builder
	for _, c := range p {
		switch {
		case c == '\\':
			b.WriteString(`\\`)
		case c >= ' ' && c < 0x7f, c == '\n', c == '\r', c == '\t':
			b.WriteByte(c)
		default:
			b.WriteString(`\x`)
			b.WriteString(strconv.FormatUint(uint64(c)|0x100, 16)[1:])
		}
	}
	return b.String()
}
