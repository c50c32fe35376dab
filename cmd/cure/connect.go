package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/config"
)

// Files in the data folder by which the command line on the machine of the
// hub finds it: its address while it runs, and the first admin key.
const (
	urlFile = "url"
	keyFile = "admin.key"
)

// host is what the defaults of the configuration depend on.
func (e *env) host() config.Host { return config.Host{Getenv: e.getenv, Root: os.Geteuid() == 0} }

// dataDir returns the data folder that flags, environment and defaults name.
func (e *env) dataDir() string {
	if e.flags.Data != "" {
		return e.flags.Data
	}
	return config.Default(e.host()).Data
}

// hub connects to the hub the user means: by flag or environment, or the one
// that runs on the data folder of this machine.
func (e *env) hub(options ...client.Option) (*client.Client, error) {
	url, err := e.found(e.flags.URL, urlFile)
	if err != nil {
		return nil, err
	}
	if url == "" {
		url = "http://" + config.Default(e.host()).Listen
	}
	key, err := e.found(e.flags.Key, keyFile)
	if err != nil {
		return nil, err
	}
	if key == "" {
		return nil, cure.Errorf(cure.Denied, "no key: none given, and none in %s", filepath.Join(e.dataDir(), keyFile))
	}
	return client.New(url, key, append([]client.Option{client.WithAgent("cure-cli")}, options...)...)
}

// found returns the flag's text, or what the file of the data folder holds;
// "" when neither is there.
func (e *env) found(flag, file string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	b, err := os.ReadFile(filepath.Join(e.dataDir(), file))
	switch {
	case err == nil:
		return strings.TrimSpace(string(b)), nil
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case errors.Is(err, fs.ErrPermission):
		return "", cure.Errorf(cure.Denied, "read %s: %w", filepath.Join(e.dataDir(), file), err)
	}
	return "", err
}
