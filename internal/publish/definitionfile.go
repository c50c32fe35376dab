package publish

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/opencure/cure"
)

// maxDefinitions is the size in bytes over which a file holds no definitions.
const maxDefinitions = 4 << 20

// ReadDefinitions reads a YAML list of feed definitions; name stands in the
// messages. An unknown key, a value of the wrong form, a definition that fails
// its check and a name that comes twice are Invalid, with the place.
func ReadDefinitions(name string, data []byte) ([]Definition, error) {
	if len(data) > maxDefinitions {
		return nil, cure.Errorf(cure.Invalid, "read feed definitions %s: %d bytes, want at most %d", name, len(data), maxDefinitions)
	}
	all, err := decodeDefinitions(data)
	if err != nil {
		return nil, cure.Errorf(cure.Invalid, "read feed definitions %s: %w", name, err)
	}
	for i := range all {
		if err := all[i].Check(); err != nil {
			return nil, cure.Errorf(cure.Invalid, "read feed definitions %s: entry %d: %w", name, i+1, err)
		}
		same := func(d Definition) bool { return d.Name == all[i].Name }
		if slices.ContainsFunc(all[:i], same) {
			return nil, cure.Errorf(cure.Invalid, "read feed definitions %s: feed %q comes twice", name, all[i].Name)
		}
	}
	return all, nil
}

// decodeDefinitions reads the YAML. The library panics on some input that is
// broken in two ways at once (a tag before a scalar of another type); that is
// an error like any other.
func decodeDefinitions(data []byte) (all []Definition, err error) {
	defer func() {
		if p := recover(); p != nil {
			all, err = nil, fmt.Errorf("broken YAML: %v", p)
		}
	}()
	err = yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&all)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return all, err
}

// LoadDefinitions reads a file of definitions, or all .yaml and .yml files of
// a folder; none for "".
func LoadDefinitions(path string) ([]Definition, error) {
	if path == "" {
		return nil, nil
	}
	files := []string{path}
	if info, err := os.Stat(path); err != nil {
		return nil, cure.Errorf(cure.Invalid, "read feed definitions: %w", err)
	} else if info.IsDir() {
		files = nil
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, cure.Errorf(cure.Invalid, "read feed definitions: %w", err)
		}
		for _, e := range entries {
			if n := e.Name(); strings.HasSuffix(n, ".yaml") || strings.HasSuffix(n, ".yml") {
				files = append(files, filepath.Join(path, n))
			}
		}
	}
	var all []Definition
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, cure.Errorf(cure.Invalid, "read feed definitions: %w", err)
		}
		some, err := ReadDefinitions(file, data)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}
