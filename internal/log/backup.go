package log

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/nats-io/jsm.go"
	"github.com/nats-io/jsm.go/api"

	"github.com/opencure/cure"
)

// A backup is a zstd-compressed tar archive. First the file that names its
// version, then for each stream (buckets are streams too) its configuration
// and state, NAME/stream.json, and its blocks as the server hands them out,
// NAME/data; last a file that says the archive is whole.
const (
	backupHead = "opencure-log-backup"
	backupEnd  = "complete"
	backupV1   = "1\n"

	maxStreamMeta = 1 << 20   // bytes of a stream's configuration
	backupChunk   = 256 << 10 // bytes of one message between server and client
)

// BackupSpool matches the temporary files of a backup.
const BackupSpool = ".backup-*"

// Backup implements [Backend]. The server hands a stream out at its own pace
// and takes no pause for an answer, so each one is written to a temporary file
// in the folder spool before it goes to w.
func (c *conn) Backup(ctx context.Context, w io.Writer, spool string) error {
	m, err := jsm.New(c.nc, jsm.WithTimeout(answerTimeout))
	if err != nil {
		return failed("back up log", err)
	}
	names, err := m.StreamNames(nil)
	if err != nil {
		return failed("back up log", err)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(bucketRank(a)-bucketRank(b), strings.Compare(a, b))
	})
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	err = addFile(t, backupHead, strings.NewReader(backupV1), int64(len(backupV1)))
	for _, name := range names {
		if err == nil {
			err = backUpStream(ctx, m, name, spool, t)
		}
	}
	if err == nil {
		err = addFile(t, backupEnd, nil, 0)
	}
	return errors.Join(err, t.Close(), z.Close())
}

// bucketRank puts the streams behind objects and keys last, so that what a
// batch refers to is in the archive.
func bucketRank(name string) int {
	if strings.HasPrefix(name, "OBJ_") || strings.HasPrefix(name, "KV_") {
		return 1
	}
	return 0
}

// backUpStream writes one stream as of one moment.
func backUpStream(ctx context.Context, m *jsm.Manager, name, spool string, t *tar.Writer) error {
	s, err := m.LoadStream(name)
	if err != nil {
		return failed("back up stream "+name, err)
	}
	data, err := os.CreateTemp(spool, BackupSpool)
	if err != nil {
		return cure.Errorf(cure.Unavailable, "back up stream %s: %w", name, err)
	}
	defer os.Remove(data.Name())
	defer data.Close()
	var meta bytes.Buffer
	if _, err = s.SnapshotToBuffer(ctx, kept{data}, kept{&meta}, jsm.SnapshotChunkSize(backupChunk)); err != nil {
		return failed("back up stream "+name, err)
	}
	size, err := data.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = data.Seek(0, io.SeekStart)
	}
	if err == nil {
		err = addFile(t, path.Join(name, "stream.json"), &meta, int64(meta.Len()))
	}
	if err == nil {
		err = addFile(t, path.Join(name, "data"), data, size)
	}
	return err
}

func addFile(t *tar.Writer, name string, data io.Reader, size int64) error {
	err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600})
	if err == nil && size > 0 {
		_, err = io.Copy(t, data)
	}
	return err
}

// kept leaves closing to who opened it.
type kept struct{ io.Writer }

func (kept) Close() error { return nil }

// Restore implements [Backend].
func (c *conn) Restore(ctx context.Context, r io.Reader) error {
	m, err := jsm.New(c.nc, jsm.WithTimeout(answerTimeout))
	if err != nil {
		return failed("restore log", err)
	}
	if names, err := m.StreamNames(nil); err != nil {
		return failed("restore log", err)
	} else if len(names) > 0 {
		return cure.Errorf(cure.Conflict, "restore log: it already holds stream %s", names[0])
	}
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return damaged(err)
	}
	defer z.Close()
	t := tar.NewReader(z)
	if h, err := t.Next(); err != nil || h.Name != backupHead {
		return cure.Errorf(cure.Invalid, "restore log: this is no backup of a log")
	}
	if v, err := io.ReadAll(io.LimitReader(t, 16)); err != nil || string(v) != backupV1 {
		return cure.Errorf(cure.Invalid, "restore log: the backup is of version %.8q, this program reads 1", v)
	}
	for {
		h, err := t.Next()
		if err != nil {
			return damaged(err) // io.EOF too: the end is a file of its own
		}
		if h.Name == backupEnd {
			return nil
		}
		if err := c.restoreStream(ctx, m, t, h); err != nil {
			return err
		}
	}
}

func damaged(err error) error {
	return cure.Errorf(cure.Invalid, "restore log: archive is cut or damaged: %w", err)
}

// restoreStream gives one stream back to the server, which checks it. How many
// copies there are is up to where it is restored.
func (c *conn) restoreStream(ctx context.Context, m *jsm.Manager, t *tar.Reader, h *tar.Header) error {
	name := path.Dir(h.Name)
	if path.Base(h.Name) != "stream.json" || h.Size > maxStreamMeta || !jsm.IsValidName(name) {
		return damaged(cure.Errorf(cure.Invalid, "unexpected file %.100q", h.Name))
	}
	meta, err := io.ReadAll(t)
	if err != nil {
		return damaged(err)
	}
	var request api.JSApiStreamRestoreRequest
	if err := json.Unmarshal(meta, &request); err != nil {
		return damaged(err)
	}
	request.Config.Replicas = max(c.replicas, 1)
	if h, err = t.Next(); err != nil || h.Name != path.Join(name, "data") {
		return damaged(cure.Errorf(cure.Invalid, "no data of stream %s", name))
	}
	// Read to its end before the server hears of the end: a cut archive must
	// not become a short stream.
	data := &wholeReader{r: t}
	_, err = m.RestoreSnapshotFromBuffer(ctx, name, data, io.NopCloser(bytes.NewReader(meta)),
		jsm.RestoreConfiguration(request.Config))
	switch {
	case data.err != nil:
		return damaged(data.err)
	case err != nil:
		return failed("restore stream "+name, err)
	}
	return nil
}

// wholeReader remembers an error of what it reads.
type wholeReader struct {
	r   io.Reader
	err error
}

func (w *wholeReader) Read(b []byte) (int, error) {
	n, err := w.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	if n > 0 { // the library takes what comes with the end for nothing
		err = nil
	}
	return n, err
}

func (*wholeReader) Close() error { return nil }
