package wire

import (
	"errors"
	"strings"
	"unsafe"

	"github.com/opencure/cure"
)

// checkKey says what keeps a binary key from being canonical, nil when
// nothing does: the same verdict as [cure.FromKey] without building the value.
// No allocation for keys that pass, URLs excepted.
func checkKey(kind cure.Kind, key []byte) error {
	if len(key) == 0 || len(key) > cure.MaxValue {
		return errors.New("key is empty or too long")
	}
	switch kind {
	case cure.KindIP:
		return checkAddress(key)
	case cure.KindCIDR:
		return checkPrefix(key)
	case cure.KindHash:
		switch len(key) {
		case 16, 20, 32, 64:
			return nil
		}
		return errors.New("hash of an unknown length")
	case cure.KindDomain:
		return checkReversed(key)
	case cure.KindEmail:
		return checkMail(key)
	}
	// The key is the value. Check keeps nothing of its argument, so that a
	// string may share the bytes for the time of the call.
	return cure.Observable{Kind: kind, Value: unsafe.String(&key[0], len(key))}.Check()
}

func checkAddress(key []byte) error {
	switch {
	case len(key) == 4:
		return nil
	case len(key) != 16:
		return errors.New("address is not of 4 or 16 bytes")
	case string(key[:12]) == "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff":
		return errors.New("IPv4 address written as IPv6")
	}
	return nil
}

func checkPrefix(key []byte) error {
	addr, n := key[:len(key)-1], int(key[len(key)-1])
	if err := checkAddress(addr); err != nil {
		return err
	}
	if n > 8*len(addr) {
		return errors.New("prefix longer than its address")
	}
	for i, b := range addr {
		if host := max(0, min(8, 8*(i+1)-n)); b&(1<<host-1) != 0 {
			return errors.New("prefix has host bits")
		}
	}
	return nil
}

// checkReversed is cure's check of a domain on its reversed labels: the label
// that must not be a number comes first.
func checkReversed(key []byte) error {
	if len(key) > 253 {
		return errors.New("domain longer than 253 bytes")
	}
	labels, start, digits := 0, 0, true
	for i := 0; i <= len(key); i++ {
		if i < len(key) && key[i] != '.' {
			c := key[i]
			if c >= '0' && c <= '9' {
				continue
			}
			if (c < 'a' || c > 'z') && c != '-' && c != '_' {
				return errors.New("domain has a character outside a-z, 0-9, '-', '_'")
			}
			digits = digits && labels > 0
			continue
		}
		if n := i - start; n == 0 || n > 63 || key[start] == '-' || key[i-1] == '-' {
			return errors.New("domain has a bad label")
		}
		labels, start = labels+1, i+1
	}
	if labels < 2 || digits {
		return errors.New("domain has a single label or ends in a number")
	}
	return nil
}

// checkMail is checkReversed plus the local part behind the '@'.
func checkMail(key []byte) error {
	s := unsafe.String(&key[0], len(key))
	at := strings.IndexByte(s, '@')
	if at < 1 || len(s)-at-1 < 1 || len(s)-at-1 > 64 {
		return errors.New("mail address has no local part of 1 to 64 bytes")
	}
	for _, c := range key[at+1:] {
		if c <= ' ' || c >= 0x7f || c >= 'A' && c <= 'Z' || strings.IndexByte(`@<>()[]\,;:"`, c) >= 0 {
			return errors.New("mail address has an upper-case or special character")
		}
	}
	return checkReversed(key[:at])
}
