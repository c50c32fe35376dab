package log

import (
	"strings"

	"github.com/opencure/cure"
)

func checkKey(key string) error {
	if len(key) == 0 || len(key) > 128 {
		return cure.Errorf(cure.Invalid, "key of %d bytes, want 1 to 128", len(key))
	}
	if key[0] == '.' || key[len(key)-1] == '.' || strings.Contains(key, "..") {
		return cure.Errorf(cure.Invalid, "key %q has a dot at an end or two in a row", key)
	}
	for i := range len(key) {
		if c := key[i]; !alnum(c) && !strings.ContainsRune("-_/.", rune(c)) {
			return cure.Errorf(cure.Invalid, "key %q, want letters, digits, '-', '_', '/', '.'", key)
		}
	}
	return nil
}

func checkEntry(key string, value []byte) error {
	if len(value) > MaxValue {
		return cure.Errorf(cure.Invalid, "value of key %.128q has %d bytes, want at most %d", key, len(value), MaxValue)
	}
	return checkKey(key)
}

func errNoKey(bucket, key string) error {
	return cure.Errorf(cure.NotFound, "no key %s in bucket %s", key, bucket)
}

func errKeyExists(bucket, key string) error {
	return cure.Errorf(cure.Conflict, "key %s in bucket %s exists already", key, bucket)
}

func errKeyMoved(bucket, key string, rev uint64) error {
	return cure.Errorf(cure.Conflict, "key %s in bucket %s is not at revision %d any more", key, bucket, rev)
}
