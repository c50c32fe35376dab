package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish/advisory"
)

type vulnImportCmd struct {
	Records []string `arg:"" type:"path" help:"Files, folders or zip archives; .gz and .zst are unpacked."`
	Out     string   `short:"o" type:"path" placeholder:"FILE" help:"Collection to add to (.jsonl or .jsonl.zst); without, lines go to the standard output."`
	Source  string   `placeholder:"WORD" help:"Say this in 'src' of each record, instead of nvd, cve, osv, ghsa or jvn."`
}

// Help teaches by example.
func (vulnImportCmd) Help() string {
	return `Reads records of vulnerabilities in the formats of NVD (API 2.0, 1.1 feeds), CVE
(record format 5), OSV and GitHub advisories, JVN (RDF feed, VULDEF), and our own
lines, and writes them as lines, one record a line. What publishers say stays as it
is, with who said it. With --out it is incremental: records that have not changed
are left, changed ones replaced.

  cure vuln import cvelistV5-main.zip -o known.jsonl.zst
  cure vuln import nvdcve-2.0-recent.json.gz | cure publish vuln --source vuln/nvd -`
}

// counts is what an import did.
type counts struct {
	New     int `json:"new"`
	Changed int `json:"changed"`
	Same    int `json:"same"`
	Refused int `json:"refused"`
}

// Run imports.
func (c *vulnImportCmd) Run(e *env) error {
	refused := &refusals{e: e}
	if c.Out == "" {
		w := bufio.NewWriter(e.out)
		err := c.read(e, refused, func(key string, line []byte) error {
			_, err := w.Write(append(line, '\n'))
			return err
		})
		return errors.Join(err, w.Flush())
	}
	have, order, err := c.collection()
	if err != nil {
		return err
	}
	var n counts
	err = c.read(e, refused, func(key string, line []byte) error {
		old, known := have[key]
		switch {
		case !known:
			n.New++
			order = append(order, key)
		case bytes.Equal(old, line):
			n.Same++
			return nil
		default:
			n.Changed++
		}
		have[key] = line
		return nil
	})
	if err != nil {
		return err
	}
	n.Refused = refused.n
	if n.New+n.Changed > 0 {
		if err := writeCollection(c.Out, have, order); err != nil {
			return err
		}
	}
	return e.done(n, "%d new, %d changed, %d as before, %d refused", n.New, n.Changed, n.Same, n.Refused)
}

// read reads all records and calls take with each as a line; the key is what
// a later version of the same record has too.
func (c *vulnImportCmd) read(e *env, refused *refusals, take func(key string, line []byte) error) error {
	defer refused.close()
	rd := advisory.Reader{Refuse: refused.note, Emit: func(_ string, r advisory.Record) error {
		if c.Source != "" {
			r.Source = c.Source
		}
		line, err := advisory.Append(nil, &r)
		if err != nil {
			return err
		}
		return take(r.Source+" "+r.ID, line)
	}}
	for _, path := range c.Records {
		if err := rd.Read(e.ctx, path); err != nil {
			return err
		}
	}
	return nil
}

// collection reads what is in the output already.
func (c *vulnImportCmd) collection() (have map[string][]byte, order []string, err error) {
	have = map[string][]byte{}
	err = advisory.Lines(c.Out, func(line []byte) error {
		return advisory.Parse(line, func(r advisory.Record) {
			key := r.Source + " " + r.ID
			if _, ok := have[key]; !ok {
				order = append(order, key)
			}
			have[key] = bytes.Clone(line)
		}, func(error) {})
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		err = cure.Errorf(cure.Invalid, "read %s, which is to be added to: %w", c.Out, err)
	}
	return have, order, err
}

// writeCollection writes all records beside the old file and takes its place.
func writeCollection(name string, have map[string][]byte, order []string) (err error) {
	f, err := os.Create(name + ".new")
	if err != nil {
		return cure.Errorf(cure.Unavailable, "write records: %w", err)
	}
	defer f.Close()
	var w io.WriteCloser = f
	if strings.HasSuffix(name, ".zst") {
		if w, err = zstd.NewWriter(f, zstd.WithEncoderConcurrency(1)); err != nil {
			return err
		}
	}
	b := bufio.NewWriter(w)
	for _, key := range order {
		if _, err := b.Write(append(have[key], '\n')); err != nil {
			return cure.Errorf(cure.Unavailable, "write records: %w", err)
		}
	}
	err = b.Flush()
	if w != f {
		err = errors.Join(err, w.Close())
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(name+".new", name)
	}
	if err != nil {
		return cure.Errorf(cure.Unavailable, "write records: %w", err)
	}
	return nil
}
