package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/mean"
	"github.com/opencure/cure/internal/text"
)

type attackCmd struct {
	Diff attackDiffCmd `cmd:"" help:"What is different between two releases of ATT&CK or CAPEC."`
	Refs attackRefsCmd `cmd:"" help:"Reference documents of the catalogue: what stands in them is tied to its keywords."`
	PDF  attackPDFCmd  `cmd:"" name:"pdf-text" hidden:"" help:"Write the text of the PDF on standard input."`
}

type attackDiffCmd struct {
	Old string `arg:"" type:"existingfile" help:"STIX bundle of the older release."`
	New string `arg:"" type:"existingfile" help:"STIX bundle of the newer release."`
	All bool   `help:"Also objects of which only text or version differs, and relationships one by one."`
}

// Help teaches by example.
func (attackDiffCmd) Help() string {
	return `Compares two releases, without a hub: what was added, removed, revoked, renamed,
which names were gained or lost, and how many relationships.

  cure attack diff enterprise-attack-17.json enterprise-attack-18.json
  cure --json attack diff --all old.json new.json

Exit status: 0 something is different, 1 nothing.`
}

// Run prints the differences.
func (c *attackDiffCmd) Run(e *env) error {
	old, err := mean.ReadCatalogue(e.ctx, c.Old)
	if err != nil {
		return err
	}
	next, err := mean.ReadCatalogue(e.ctx, c.New)
	if err != nil {
		return err
	}
	changes := mean.Diff(old, next)
	if len(changes) == 0 {
		return errNone
	}
	if e.flags.JSON {
		return e.printJSON(changes)
	}
	counts := map[string]int{}
	t := newGrid("kind", "what", "tag", "")
	for _, ch := range changes {
		counts[ch.Kind+" "+ch.What]++
		if c.All || ch.What != "changed" && !relation(ch.Kind) {
			t.add(ch.Kind, ch.What, ch.Tag, ch.Text)
		}
	}
	t.print(e.out)
	fmt.Fprintln(e.out)
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(e.out, "%6d %s\n", counts[k], k)
	}
	return nil
}

// relation reports whether a kind of change is one of relationships.
func relation(kind string) bool {
	switch kind {
	case "technique", "tactic", "mitigation", "group", "malware", "tool", "campaign", "attack pattern":
		return false
	}
	return true
}

type attackRefsCmd struct {
	Import attackImportCmd `cmd:"" help:"Publish what stands in stored documents."`
	Fetch  attackFetchCmd  `cmd:"" help:"Fetch documents from hosts that you allow."`
	Status attackStatusCmd `cmd:"" help:"How many documents are stored, readable and tied."`
}

// shelf is what the commands about references have in common.
type shelf struct {
	Dir       string   `arg:"" type:"existingdir" help:"Folder of stored documents."`
	Catalogue []string `arg:"" type:"existingfile" help:"STIX files of ATT&CK whose pages refer to them."`
}

func (c *shelf) open(ctx context.Context) (*mean.Catalogue, *mean.Shelf, error) {
	cat, err := mean.ReadCatalogue(ctx, c.Catalogue...)
	if err != nil {
		return nil, nil, err
	}
	s, err := mean.OpenShelf(c.Dir)
	return cat, s, err
}

type attackImportCmd struct {
	shelf
	Source string `default:"attack/refs" help:"Name of this source." placeholder:"NAME"`
}

// Help teaches by example.
func (attackImportCmd) Help() string {
	return `Reads the stored documents that pages of ATT&CK refer to (HTML, PDF, text,
Markdown) and publishes the indicators in them, each tied to the keyword of the
page, with the document's URL and the sentence. Nothing is fetched.

A folder holds the documents and manifest.jsonl, a line each:
  {"url":"https://reports.example/umi","file":"umi.html","date":"2026-01-02"}
and where they are known "title", "language" and "failed".
A file that no line names belongs to the URL whose SHA-256 begins with the 32
hex digits it is called.

  cure attack refs import refs/ enterprise-attack.json
  cure search source:attack/refs`
}

// Run publishes the references.
func (c *attackImportCmd) Run(e *env) error {
	src := cure.Source(c.Source)
	if err := src.Check(); err != nil {
		return err
	}
	if src.Publisher() != "attack" {
		return cure.Errorf(cure.Invalid, "source %s is not one of publisher attack", src)
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	cat, s, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	var lines bytes.Buffer
	p, err := mean.ImportReferences(e.ctx, cat, s, textOfPDF, &lines)
	if err != nil {
		return err
	}
	if lines.Len() == 0 {
		return cure.Errorf(cure.NotFound, "none of the %d documents that the catalogue refers to is in %s", p.Cited, c.Dir)
	}
	dir, err := os.MkdirTemp("", "cure-refs-")
	if err != nil {
		return cure.Errorf(cure.Unavailable, "write references: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "references.jsonl")
	if err := os.WriteFile(path, lines.Bytes(), 0o600); err != nil {
		return cure.Errorf(cure.Unavailable, "write references: %w", err)
	}
	sink := &remote{c: cl}
	defer sink.Close()
	cfg := publish.Config{Source: src, Publisher: mean.Attack(), Sink: sink, Now: e.now, Wait: true, Abandon: true}
	res, err := publish.Run(e.ctx, cfg, path)
	if err == nil || res.Records > 0 {
		if e.flags.JSON {
			err = errors.Join(e.printJSON(p), err)
		} else {
			e.printReferences(p)
			e.printPublished(src, res)
		}
	}
	return errors.Join(append(res.Problems, err)...)
}

type attackStatusCmd struct{ shelf }

// Help teaches by example.
func (attackStatusCmd) Help() string {
	return `Counts the documents that pages of ATT&CK refer to: stored, read, failed (with
the reason), tied. Needs no hub; reads all documents.

  cure attack refs status refs/ enterprise-attack.json`
}

// Run counts.
func (c *attackStatusCmd) Run(e *env) error {
	cat, s, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	p, err := mean.ImportReferences(e.ctx, cat, s, textOfPDF, nil)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(p)
	}
	e.printReferences(p)
	for _, url := range slices.Sorted(maps.Keys(p.Reasons)) {
		fmt.Fprintf(e.out, "  failed: %s: %s\n", text.Printable(url, 120), text.Printable(p.Reasons[url], 120))
	}
	return nil
}

func (e *env) printReferences(p mean.Progress) {
	fmt.Fprintf(e.out, "%d documents cited, %d stored, %d read, %d failed, %d tied with %d ties\n",
		p.Cited, p.Stored, p.Read, p.Failed, p.Tied, p.Ties)
}
