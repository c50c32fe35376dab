package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/config"
	"github.com/opencure/cure/internal/ops/certs"
)

// Files in the data folder by which the command line on the machine of the
// hub finds it: its address while it runs, and the first admin key.
const (
	urlFile = "url"
	keyFile = "admin.key"
)

// host is what the defaults of the configuration depend on.
func (e *env) host() config.Host { return config.Host{Getenv: e.getenv, Root: os.Geteuid() == 0} }

// config returns what file, environment and defaults say, with the data folder
// of the flag if there is one.
func (e *env) config() (*config.Config, error) {
	if e.cfg != nil {
		return e.cfg, nil
	}
	cfg, err := config.Load(e.flags.Config, e.host())
	if err != nil {
		return nil, err
	}
	if e.flags.Data != "" {
		cfg.Data = e.flags.Data
	}
	e.cfg = cfg
	return cfg, nil
}

// hub connects to the hub the user means: by flag or environment, or the one
// that runs on the data folder of this machine.
func (e *env) hub(options ...client.Option) (*client.Client, error) {
	url, key := e.flags.URL, e.flags.Key
	if url == "" || key == "" {
		cfg, err := e.config()
		if err != nil {
			return nil, err
		}
		if url, err = found(url, filepath.Join(cfg.Data, urlFile)); err != nil {
			return nil, err
		}
		if url == "" {
			url = "http://" + cfg.Listen
		}
		if key, err = found(key, filepath.Join(cfg.Data, keyFile)); err != nil {
			return nil, err
		}
		if key == "" {
			return nil, cure.Errorf(cure.Unavailable, "no key: none given with --key or CURE_KEY, and none in %s", filepath.Join(cfg.Data, keyFile))
		}
	}
	options = append([]client.Option{client.WithAgent("cure-cli")}, options...)
	if ca := e.authority(); ca != "" {
		trust, err := client.WithAuthority(ca)
		if err != nil {
			return nil, err
		}
		options = append(options, trust)
	}
	return client.New(url, key, options...)
}

// authority is the one to trust for https: that of the flag, or of the hub on
// the data folder of this machine.
func (e *env) authority() string {
	if e.flags.CA != "" {
		return e.flags.CA
	}
	cfg, err := e.config()
	if err != nil {
		return ""
	}
	file := filepath.Join(cfg.Data, filepath.FromSlash(certs.AuthorityFile))
	if _, err := os.Stat(file); err != nil || e.flags.URL != "" {
		return ""
	}
	return file
}

// maxRows is the longest list that a hub answers.
const maxRows = 10_000

func checkRows(n int) error {
	if n < 1 || n > maxRows {
		return cure.Errorf(cure.Invalid, "-n %d: want 1 to %d rows", n, maxRows)
	}
	return nil
}

// warnBehind says so when the hub is still reading its log, for what it does
// not know may be in there.
func (e *env) warnBehind(cl *client.Client) {
	if me, err := cl.Me(e.ctx); err == nil && !me.Ready {
		fmt.Fprintln(e.err, "the hub is still reading its log: this is not all it has ('cure status' shows how far it is)")
	}
}

// found returns the flag's text, or what the file holds; "" when neither is
// there.
func found(flag, file string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	b, err := os.ReadFile(file)
	switch {
	case err == nil:
		return strings.TrimSpace(string(b)), nil
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case errors.Is(err, fs.ErrPermission):
		return "", cure.Errorf(cure.Denied, "read %s: %w", file, err)
	}
	return "", err
}
