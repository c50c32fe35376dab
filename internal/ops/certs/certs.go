// Package certs answers one question: with which certificate does this hub
// serve? In goes what the configuration says, out comes a [crypto/tls.Config]
// for the listener.
//
// Two ways: files that somebody else renews ([FromFiles] reads them again when
// they change), or an authority of the hub's own ([Own]), made once in the
// data folder, that signs a short-lived certificate for the names the hub is
// reached by and a new one before it ends. What clients have to know of the
// second is the authority's certificate or its fingerprint ([Fingerprint]).
//
// TLS 1.2 is the oldest version, with Go's own choice of ciphers. Private keys
// are files of mode 0600. A config may be used by any number of connections;
// a certificate is looked at again once a minute at most.
package certs

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"os"
	"sync"
	"time"

	"github.com/opencure/cure"
)

// again is the pause between two looks at whether there is a newer
// certificate.
const again = time.Minute

// Fingerprint is the SHA-256 of a DER certificate as clients take it:
// "sha256:" and 64 hexadecimal digits.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// FromFiles serves the certificate chain and key of two PEM files, and what
// replaces them later without a restart; a replacement that does not fit
// together is reported to warn and the old one stays. Invalid when they cannot
// be used now.
func FromFiles(cert, key string, now func() time.Time, warn func(error)) (*tls.Config, error) {
	var changed time.Time
	load := func() (*tls.Certificate, error) {
		at := newest(cert, key)
		if at.Equal(changed) && !at.IsZero() {
			return nil, nil
		}
		c, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, cure.Errorf(cure.Invalid, "load certificate: %w", err)
		}
		changed = at
		return &c, nil
	}
	return serving(load, now, warn)
}

// newest is when one of the files was last written.
func newest(files ...string) (at time.Time) {
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && info.ModTime().After(at) {
			at = info.ModTime()
		}
	}
	return at
}

// serving asks load for the first certificate and then, now and then, for a
// newer one; load returns nil when there is none.
func serving(load func() (*tls.Certificate, error), now func() time.Time, warn func(error)) (*tls.Config, error) {
	current, err := load()
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	looked := now()
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			mu.Lock()
			defer mu.Unlock()
			if t := now(); t.Sub(looked) >= again {
				looked = t
				c, err := load()
				switch {
				case err != nil:
					warn(err)
				case c != nil:
					current = c
				}
			}
			return current, nil
		},
	}, nil
}

// firstCertificate reads the first certificate of PEM text.
func firstCertificate(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, cure.Errorf(cure.Invalid, "no PEM certificate")
	}
	return x509.ParseCertificate(block.Bytes)
}
