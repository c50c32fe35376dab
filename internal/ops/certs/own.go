package certs

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/opencure/cure"
)

// Files of the hub's own authority, below its data folder.
const (
	AuthorityFile = "tls/ca.pem"
	authorityKey  = "tls/ca.key"
)

// Lives of what the authority makes. The certificate of the hub is kept in
// memory only and is new after each start.
const (
	authorityLife = 10 * 365 * 24 * time.Hour
	serverLife    = 30 * 24 * time.Hour
	skew          = time.Hour // clocks that are behind
)

// Authority signs the certificates of one hub.
type Authority struct {
	cert   *x509.Certificate
	key    crypto.Signer
	random io.Reader
	now    func() time.Time
}

// Own opens the authority in a data folder, or makes it. Its key never leaves
// the folder. Random is crypto/rand.Reader outside of tests.
func Own(folder string, random io.Reader, now func() time.Time) (*Authority, error) {
	a := &Authority{random: random, now: now}
	text, err := os.ReadFile(filepath.Join(folder, AuthorityFile))
	if errors.Is(err, fs.ErrNotExist) {
		if err := a.make(folder); err != nil {
			return nil, fmt.Errorf("make authority: %w", err)
		}
		return a, nil
	}
	if err == nil {
		a.cert, err = firstCertificate(text)
	}
	if err == nil {
		text, err = os.ReadFile(filepath.Join(folder, authorityKey))
	}
	if err == nil {
		a.key, err = privateKey(text)
	}
	if err != nil {
		return nil, cure.Errorf(cure.Invalid, "open authority in %s: %w", filepath.Join(folder, "tls"), err)
	}
	return a, nil
}

func privateKey(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, cure.Errorf(cure.Invalid, "no PEM key")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, cure.Errorf(cure.Invalid, "key cannot sign")
	}
	return signer, nil
}

// make writes the key first: a certificate without a key would be taken for a
// whole authority by the next start.
func (a *Authority) make(folder string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), a.random)
	if err != nil {
		return err
	}
	serial, err := a.serial()
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "OpenCURE hub authority"},
		NotBefore:    a.now().Add(-skew), NotAfter: a.now().Add(authorityLife),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA:     true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(a.random, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	a.key = key
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(folder, "tls"), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, authorityKey), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, AuthorityFile), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}

// Fingerprint is that of the authority's certificate.
func (a *Authority) Fingerprint() string { return Fingerprint(a.cert.Raw) }

// Serve returns a config whose certificate is good for the names and
// addresses, and is replaced when half of its life is over.
func (a *Authority) Serve(hosts []string, warn func(error)) (*tls.Config, error) {
	var until time.Time
	load := func() (*tls.Certificate, error) {
		if a.now().Before(until) {
			return nil, nil
		}
		c, err := a.issue(hosts)
		if err == nil {
			until = a.now().Add(serverLife / 2)
		}
		return c, err
	}
	return serving(load, a.now, warn)
}

// issue signs a certificate for a new key.
func (a *Authority) issue(hosts []string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), a.random)
	if err != nil {
		return nil, err
	}
	serial, err := a.serial()
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: cmp.Or(append(slices.Clone(hosts), "cure")...)},
		NotBefore: a.now().Add(-skew), NotAfter: a.now().Add(serverLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(a.random, t, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("sign certificate: %w", err)
	}
	// The authority goes along, so that a client that knows its fingerprint
	// only can check the chain.
	return &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key}, nil
}

func (a *Authority) serial() (*big.Int, error) {
	var b [16]byte
	if _, err := io.ReadFull(a.random, b[:]); err != nil {
		return nil, err
	}
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b[:]), nil
}
