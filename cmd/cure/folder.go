package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencure/cure"
)

// maxFolder bounds the files of the folders that one run reads.
const maxFolder = 100_000

// inFolders puts in the place of each folder the files in it, by name. Of a
// Maildir these are the mails in new and cur, not what is still in tmp. What
// hides behind a dot is left out, and links are not followed.
func inFolders(paths []string) ([]string, error) {
	var all []string
	for _, p := range paths {
		if info, err := os.Stat(p); err != nil || !info.IsDir() {
			all = append(all, p) // whoever opens it says what is wrong
			continue
		}
		files, err := filesIn(p)
		if err != nil {
			return nil, err
		}
		if all = append(all, files...); len(all) > maxFolder {
			return nil, cure.Errorf(cure.Invalid, "read folder %s: more than %d files; name parts of it, or use --watch", p, maxFolder)
		}
	}
	return all, nil
}

func filesIn(folder string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != folder && (strings.HasPrefix(e.Name(), ".") || e.Name() == "tmp"):
			return fs.SkipDir
		case e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") && len(files) <= maxFolder:
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return nil, cure.Errorf(cure.Invalid, "read folder: %w", err)
	}
	slices.SortFunc(files, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	return files, nil
}
