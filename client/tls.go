package client

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"net/http"
	"os"
	"strings"

	"github.com/opencure/cure"
)

// WithAuthority returns an option that trusts one authority for https, and no
// other: a PEM file, or the authority's fingerprint as the hub prints it
// ("sha256:" and 64 hexadecimal digits). It replaces the transport.
func WithAuthority(fileOrFingerprint string) (Option, error) {
	config, err := authority(fileOrFingerprint)
	if err != nil {
		return nil, err
	}
	t := transport()
	t.TLSClientConfig = config
	return WithHTTP(&http.Client{Transport: t}), nil
}

func authority(text string) (*tls.Config, error) {
	if digits, ok := strings.CutPrefix(text, "sha256:"); ok {
		sum, err := hex.DecodeString(digits)
		if err != nil || len(sum) != sha256.Size {
			return nil, cure.Errorf(cure.Invalid, "fingerprint %.100q, want sha256: and 64 hexadecimal digits", text)
		}
		return pinned([sha256.Size]byte(sum)), nil
	}
	pem, err := os.ReadFile(text)
	if err != nil {
		return nil, cure.Errorf(cure.Invalid, "read authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, cure.Errorf(cure.Invalid, "no certificate in %s", text)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}, nil
}

// pinned trusts the authority with this fingerprint, which the hub sends along
// with its own certificate. Go's own check is off because it would want the
// authority beforehand; the connection's is as strict: a chain to exactly that
// authority, for that name, within its time.
func pinned(want [sha256.Size]byte) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			roots := x509.NewCertPool()
			found := false
			for _, c := range s.PeerCertificates {
				if sha256.Sum256(c.Raw) == want && c.IsCA {
					roots.AddCert(c)
					found = true
				}
			}
			if !found || len(s.PeerCertificates) == 0 {
				return cure.Errorf(cure.Denied, "the hub's certificate is not of the authority with this fingerprint")
			}
			_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: s.ServerName})
			return err
		},
	}
}
