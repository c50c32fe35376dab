package ops

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/opencure/cure"
)

// Backup writes the data folder of a stopped hub to w as a zstd-compressed tar
// archive: log, snapshots, keys, all that [Restore] needs. The caller holds
// the folder (see package dirlock); a folder in use would give an archive that
// is torn. skip names files, relative with slashes, that are left out. It
// returns the bytes read. Cost: one pass over the folder, a few MB of memory.
func Backup(ctx context.Context, dir string, w io.Writer, skip ...string) (int64, error) {
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return 0, err
	}
	t := tar.NewWriter(z)
	var total int64
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		for _, s := range skip {
			if name == s {
				return nil
			}
		}
		n, err := addToArchive(t, path, name, d)
		total += n
		return err
	})
	if err == nil {
		err = t.Close()
	}
	if e := z.Close(); err == nil {
		err = e
	}
	if err != nil {
		return total, fmt.Errorf("back up %s: %w", dir, err)
	}
	return total, nil
}

// addToArchive writes one file or folder; sockets and links have no place in
// a data folder and are left out.
func addToArchive(t *tar.Writer, path, name string, d fs.DirEntry) (int64, error) {
	info, err := d.Info()
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return 0, nil
	}
	h, err := tar.FileInfoHeader(info, "")
	if err != nil {
		return 0, err
	}
	h.Name, h.Uname, h.Gname = name, "", ""
	if info.IsDir() {
		h.Name += "/"
	}
	if err := t.WriteHeader(h); err != nil || info.IsDir() {
		return 0, err
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return io.Copy(t, f)
}

// Restore unpacks what [Backup] wrote into dir, which must be absent or empty:
// restoring over a hub that holds something is never what was meant. Names
// that point outside of dir are refused (Invalid), and so is an archive that
// is cut or damaged; what was unpacked before the damage stays for the caller
// to remove. It returns the bytes written.
func Restore(ctx context.Context, r io.Reader, dir string) (int64, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, fmt.Errorf("restore: %w", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		return 0, cure.Errorf(cure.Conflict, "restore: folder %s is not empty", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, fmt.Errorf("restore: %w", err)
	}
	defer root.Close()
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return 0, fmt.Errorf("restore: %w", err)
	}
	defer z.Close()
	var total int64
	for t := tar.NewReader(z); ; {
		if err := ctx.Err(); err != nil {
			return total, err
		}
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, cure.Errorf(cure.Invalid, "restore: archive is cut or damaged: %w", err)
		}
		n, err := restoreOne(root, h, t)
		total += n
		if err != nil {
			return total, fmt.Errorf("restore %.200q: %w", h.Name, err)
		}
	}
}

func restoreOne(root *os.Root, h *tar.Header, r io.Reader) (int64, error) {
	name := strings.TrimSuffix(h.Name, "/")
	if !filepath.IsLocal(name) {
		return 0, cure.Errorf(cure.Invalid, "name points outside of the folder")
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return 0, root.MkdirAll(name, 0o700)
	case tar.TypeReg:
	default:
		return 0, cure.Errorf(cure.Invalid, "neither file nor folder")
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return n, err
}
