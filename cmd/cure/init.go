package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/config"
	"github.com/opencure/cure/internal/text"
)

type initCmd struct {
	File     string   `arg:"" optional:"" default:"cure.yaml" help:"Configuration file to write."`
	Networks []string `help:"Own address ranges." placeholder:"CIDR,…"`
	Domains  []string `help:"Own domains." placeholder:"DOMAIN,…"`
	Mail     []string `help:"Own domains of mail addresses; without, the own domains." placeholder:"DOMAIN,…"`
	Hosts    []string `help:"Names the hub is reached by from elsewhere." placeholder:"NAME,…"`
	Listen   string   `help:"Address and port." placeholder:"HOST:PORT"`
	Yes      bool     `short:"y" help:"Ask nothing: flags and defaults."`
}

// Help teaches by example.
func (initCmd) Help() string {
	return `Asks what is yours and writes a configuration: publishers then know which side
of an alert is the own one, and mask what names your sensors. An existing file
is never overwritten.

  cure init
  cure init -y --networks 203.0.113.0/26 --domains hinata.example cure.yaml`
}

// answers is the file: the part of the configuration that differs from the
// defaults.
type answers struct {
	Listen string `yaml:"listen,omitempty"`
	Data   string `yaml:"data,omitempty"`
	Own    struct {
		Networks []string `yaml:"networks,omitempty,flow"`
		Domains  []string `yaml:"domains,omitempty,flow"`
		Mail     []string `yaml:"mail,omitempty,flow"`
	} `yaml:"own,omitempty"`
	API struct {
		Hosts []string `yaml:"hosts,omitempty,flow"`
	} `yaml:"api,omitempty"`
	TLS struct {
		Mode string `yaml:"mode,omitempty"`
	} `yaml:"tls,omitempty"`
}

// Run asks, checks and writes.
func (c *initCmd) Run(e *env) error {
	if _, err := os.Lstat(c.File); err == nil {
		return cure.Errorf(cure.Conflict, "%s exists: edit it, or name another file", c.File)
	}
	a := c.given(e)
	if !c.Yes {
		if err := a.ask(e.in, e.err); err != nil {
			return err
		}
	}
	a.complete()
	body, err := yaml.Marshal(a)
	if err != nil {
		return err
	}
	file := append([]byte("# Configuration of a hub. 'cure config reference' explains every key.\n"), body...)
	if err := writeChecked(c.File, file, e.host()); err != nil {
		return err
	}
	fmt.Fprintf(e.err, "next: cure serve -c %s, and from another terminal: cure status -c %[1]s\n", text.Printable(c.File, 0))
	return e.done(map[string]any{"file": c.File}, "wrote %s", c.File)
}

func (c *initCmd) given(e *env) *answers {
	a := &answers{Listen: c.Listen, Data: e.flags.Data}
	a.Own.Networks, a.Own.Domains, a.Own.Mail, a.API.Hosts = c.Networks, c.Domains, c.Mail, c.Hosts
	return a
}

// ask asks for what flags did not say; an empty line leaves it.
func (a *answers) ask(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(io.LimitReader(in, 1<<20))
	for _, q := range []struct {
		text string
		list *[]string
	}{
		{"Own address ranges, as in 203.0.113.0/26 2001:db8::/32", &a.Own.Networks},
		{"Own domains, as in hinata.example", &a.Own.Domains},
		{"Own domains of mail addresses [the same]", &a.Own.Mail},
		{"Names the hub is reached by from other machines [none: this machine only]", &a.API.Hosts},
	} {
		if len(*q.list) > 0 {
			continue
		}
		fmt.Fprintf(out, "%s: ", q.text)
		if !lines.Scan() {
			fmt.Fprintln(out)
			break
		}
		*q.list = strings.FieldsFunc(lines.Text(), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '、' })
	}
	return lines.Err()
}

// complete draws what follows: who is reached from elsewhere needs TLS.
func (a *answers) complete() {
	if len(a.Own.Mail) == 0 {
		a.Own.Mail = a.Own.Domains
	}
	if len(a.API.Hosts) > 0 {
		a.TLS.Mode = "own"
		if a.Listen == "" {
			a.Listen = "0.0.0.0:8443"
		}
	}
}

// writeChecked writes a file only when it is a good configuration.
func writeChecked(path string, text []byte, host config.Host) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".cure-*.yaml")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = io.Copy(f, bytes.NewReader(text))
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	if _, err := config.Load(f.Name(), host); err != nil {
		return cure.Errorf(cure.Invalid, "%s was not written: %s", path, strings.ReplaceAll(err.Error(), f.Name(), path))
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Link(f.Name(), path) // fails where a file is by now
}
