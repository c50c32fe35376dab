package fetch

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/opencure/cure"
)

const (
	maxManifest = 64 << 20
	maxEvents   = 50_000
)

// eventID is what names an event, and its file.
var eventID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// manifest is what a MISP feed says of its events: enough to know which have
// changed.
type manifest map[string]struct {
	Timestamp json.RawMessage `json:"timestamp"`
}

// MISP brings a MISP feed: the manifest at the address of the target, and from
// beside it the events that are new or have another timestamp. Events are kept
// in the folder dir, those no longer in the manifest go. All of them, one
// after the other, are written to path; same says that nothing has changed.
//
// It can be interrupted: an event that is there is not fetched again. A
// manifest that names something but events by their UUID is refused, so that
// it cannot lead elsewhere.
func (c *Client) MISP(ctx context.Context, t *Target, known Known, dir, path string) (now Known, same bool, err error) {
	client := c.HTTP(t)
	defer client.CloseIdleConnections()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return known, false, cure.Errorf(cure.Unavailable, "keep events: %w", err)
	}
	base := strings.TrimSuffix(strings.TrimSuffix(t.URL, "manifest.json"), "/") + "/"
	listing := *t
	listing.MaxBytes = min(t.MaxBytes, maxManifest)
	file := filepath.Join(dir, "manifest.json")
	now, same, err = c.get(ctx, client, &listing, base+"manifest.json", known, file)
	if err != nil || same {
		return known, same, err
	}
	m, err := readManifest(file)
	if err != nil {
		return known, false, err
	}
	if err := c.events(ctx, client, t, base, dir, m); err != nil {
		return known, false, err
	}
	return now, false, join(dir, slices.Sorted(maps.Keys(m)), path, t.MaxBytes)
}

func readManifest(file string) (manifest, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, cure.Errorf(cure.Unavailable, "read manifest: %w", err)
	}
	var m manifest
	if json.Unmarshal(data, &m) != nil || len(m) == 0 || len(m) > maxEvents {
		return nil, cure.Errorf(cure.Unavailable, "manifest.json is no manifest of a MISP feed with 1 to %d events", maxEvents)
	}
	for id := range m {
		if !eventID.MatchString(id) {
			return nil, cure.Errorf(cure.Unavailable, "manifest.json names an event %.60q, want a UUID", id)
		}
	}
	return m, nil
}

// events fetches what is missing or was changed and removes what is gone. The
// timestamp of an event is part of its file's name.
func (c *Client) events(ctx context.Context, client *http.Client, t *Target, base, dir string, m manifest) error {
	left := t.MaxBytes
	for _, id := range slices.Sorted(maps.Keys(m)) {
		name := filepath.Join(dir, id+"."+stamp(m[id].Timestamp)+".json")
		if info, err := os.Stat(name); err == nil {
			left -= info.Size()
			continue
		}
		one := *t
		if one.MaxBytes = left; left <= 0 {
			return TooLarge(t.MaxBytes)
		}
		if _, _, err := c.get(ctx, client, &one, base+url.PathEscape(id)+".json", Known{}, name+".part"); err != nil {
			return cure.Errorf(cure.KindOf(err), "event %s: %w", id, err)
		}
		old, _ := filepath.Glob(filepath.Join(dir, id+".*.json"))
		for _, o := range old {
			os.Remove(o)
		}
		if err := os.Rename(name+".part", name); err != nil {
			return cure.Errorf(cure.Unavailable, "keep event: %w", err)
		}
		if info, err := os.Stat(name); err == nil {
			left -= info.Size()
		}
	}
	return removeGone(dir, m)
}

// stamp makes a part of a file's name of a timestamp.
func stamp(raw json.RawMessage) string {
	s := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, string(raw))
	return "t" + s[:min(len(s), 20)]
}

func removeGone(dir string, m manifest) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return cure.Errorf(cure.Unavailable, "keep events: %w", err)
	}
	for _, e := range entries {
		id, _, _ := strings.Cut(e.Name(), ".")
		if _, there := m[id]; !there && eventID.MatchString(id) {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
	return nil
}

// join writes all events into one file.
func join(dir string, ids []string, path string, most int64) error {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return cure.Errorf(cure.Unavailable, "keep copy: %w", err)
	}
	var total int64
	for _, id := range ids {
		files, _ := filepath.Glob(filepath.Join(dir, id+".t*.json"))
		for _, name := range files {
			n, e := appendFile(out, name)
			if total += n; total > most && err == nil {
				err = TooLarge(most)
			}
			if err == nil {
				err = e
			}
		}
	}
	if e := out.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.Remove(path)
		return cure.Errorf(cure.Unavailable, "keep copy: %w", err)
	}
	return nil
}

func appendFile(out io.Writer, name string) (int64, error) {
	in, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	n, err := io.Copy(out, in)
	if err == nil {
		_, err = out.Write([]byte{'\n'})
	}
	return n, err
}
