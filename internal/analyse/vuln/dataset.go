package vuln

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish/advisory"
)

// Load reads the records of files and folders, in the order of their dates.
// refuse is told of what cannot be read.
func Load(ctx context.Context, paths []string, refuse func(place string, err error)) (Corpus, error) {
	c := Corpus{Sums: map[string]string{}}
	rd := advisory.Reader{
		Emit: func(_ string, r advisory.Record) error {
			c.Records = append(c.Records, r)
			return nil
		},
		Refuse: refuse,
	}
	for _, path := range paths {
		if err := rd.Read(ctx, path); err != nil {
			return c, err
		}
		if err := c.sum(path); err != nil {
			return c, err
		}
	}
	sortRecords(c.Records)
	return c, nil
}

// sum notes the SHA-256 of a file, or of all files of a folder.
func (c *Corpus) sum(path string) error {
	h := sha256.New()
	err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(h, f)
		return err
	})
	c.Sums[filepath.Base(path)] = hex.EncodeToString(h.Sum(nil))
	if err != nil {
		return cure.Errorf(cure.NotFound, "read records: %w", err)
	}
	return nil
}

// Dataset is the data of an evaluation.
type Dataset struct {
	Tree             *Tree
	Train, Dev, Test Corpus
	// Gold are records whose label experts have looked at again: Weak is
	// theirs, WeakCNA the published one. Never trained on.
	Gold Corpus
}

// LoadDataset reads a folder with cwe_tree.json and train, dev, test and
// gold_… in .jsonl or .jsonl.zst.
func LoadDataset(ctx context.Context, dir string, refuse func(place string, err error)) (*Dataset, error) {
	tree, err := OpenTree(filepath.Join(dir, "cwe_tree.json"))
	if err != nil {
		return nil, err
	}
	d := &Dataset{Tree: tree}
	for _, part := range []struct {
		name string
		to   *Corpus
	}{{"train", &d.Train}, {"dev", &d.Dev}, {"test", &d.Test}} {
		path, err := find(dir, part.name+".jsonl*")
		if err != nil {
			return nil, err
		}
		if *part.to, err = Load(ctx, []string{path}, refuse); err != nil {
			return nil, err
		}
	}
	path, err := find(dir, "gold*.jsonl*")
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err == nil {
		d.Gold, err = loadGold(ctx, path, refuse)
	}
	return d, err
}

// OpenTree reads a tree from a file.
func OpenTree(path string) (*Tree, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, cure.Errorf(cure.NotFound, "read CWE tree: %w", err)
	}
	defer f.Close()
	return ReadTree(io.LimitReader(f, 64<<20))
}

func find(dir, pattern string) (string, error) {
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	if err == nil && len(names) == 0 {
		err = fs.ErrNotExist
	}
	if err != nil {
		return "", cure.Errorf(cure.NotFound, "find %s in %s: %w", pattern, dir, err)
	}
	return slices.Min(names), nil
}

// loadGold reads lines with the published label in "nvd_or_cna".
func loadGold(ctx context.Context, path string, refuse func(place string, err error)) (Corpus, error) {
	c, err := Load(ctx, []string{path}, refuse)
	if err != nil {
		return c, err
	}
	published := map[string][]string{}
	err = advisory.Lines(path, func(line []byte) error {
		var row struct {
			ID    string   `json:"id"`
			Label []string `json:"nvd_or_cna"`
		}
		if err := json.Unmarshal(line, &row); err == nil {
			published[row.ID] = row.Label
		}
		return nil
	})
	for i := range c.Records {
		c.Records[i].WeakCNA = published[c.Records[i].ID]
	}
	return c, err
}
