package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/publish/block"
)

// fromHub begins the name of a block list that the hub has: hub:feeds,malsites.
const fromHub = "hub:"

// Limits of asking for a list.
const (
	blockPage  = 10_000
	blockPages = 100 // of one source and kind
)

// blockFile opens a block list that is a file; none where no file is named.
func blockFile(name string) (*block.List, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, cure.Errorf(cure.Invalid, "read block list: %w", err)
	}
	defer f.Close()
	return block.Read(f)
}

// blockList is a block list that the hub has, and the copy of it on this
// machine. What a log is compared with is always the copy: after an interrupted
// run that goes on with the list that it began with.
type blockList struct {
	cl      *client.Client
	sources []string      // publishers and sources whose values it holds
	file    string        // the copy
	every   time.Duration // after which the copy is made again
	now     func() time.Time
}

// hubList returns the list that c names, nil for a file.
func (c *publishCmd) hubList(e *env, src cure.Source) (*blockList, error) {
	names, ok := strings.CutPrefix(c.Blocklist, fromHub)
	if !ok {
		return nil, nil
	}
	conf, err := e.config()
	if err != nil {
		return nil, err
	}
	b := &blockList{every: c.BlocklistEvery, now: e.now, sources: strings.Split(names, ",")}
	for _, s := range b.sources {
		if s == "" || cure.Source(s+"/a").Check() != nil && cure.Source(s).Check() != nil {
			return nil, cure.Errorf(cure.Invalid, "block list %.80q: want publishers or sources, as in hub:feeds,malsites/cape", c.Blocklist)
		}
	}
	if b.every < time.Minute {
		return nil, cure.Errorf(cure.Invalid, "a block list is asked for once a minute at most")
	}
	reader := *e
	if c.BlocklistKey != "" {
		key, err := os.ReadFile(c.BlocklistKey)
		if err != nil {
			return nil, cure.Errorf(cure.Invalid, "read key of a reader: %w", err)
		}
		reader.flags.Key = strings.TrimSpace(string(key))
	}
	// A list of other sources, or as another key sees them, is another list.
	of := cure.NewID("blocklist", names, reader.flags.Key)
	b.file = filepath.Join(conf.Data, "blocklist", src.Publisher()+"-"+src.Instance()+"-"+of.String()[:12])
	if c.Abandon {
		if err := b.end(); err != nil {
			return nil, err
		}
	}
	b.cl, err = reader.hub()
	return b, err
}

// begun is there while a run has not ended well.
func (b *blockList) begun() string { return b.file + ".run" }

// begin returns the list of a run: the copy, made again when it is old and no
// run was interrupted with it, or when it cannot be read. A hub that does not
// answer leaves the copy.
func (b *blockList) begin(ctx context.Context) (*block.List, error) {
	list, broken := blockFile(b.file)
	info, err := os.Stat(b.file)
	_, open := os.Stat(b.begun())
	if broken != nil || err != nil || open != nil && b.now().Sub(info.ModTime()) >= b.every {
		err := b.fetch(ctx)
		if err == nil {
			list, broken = blockFile(b.file)
		} else if broken != nil || cure.KindOf(err) != cure.Unavailable {
			return nil, err
		}
	}
	if broken != nil {
		return nil, fmt.Errorf("read %s: %w", b.file, broken)
	}
	if err := os.WriteFile(b.begun(), nil, 0o600); err != nil {
		return nil, fmt.Errorf("keep block list: %w", err)
	}
	return list, nil
}

// end says that a run has ended well.
func (b *blockList) end() error {
	if err := os.Remove(b.begun()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// fetch makes the copy: the addresses, domains and URLs of the sources.
func (b *blockList) fetch(ctx context.Context) error {
	var list bytes.Buffer
	for _, source := range b.sources {
		for _, kind := range []cure.Kind{cure.KindIP, cure.KindDomain, cure.KindURL} {
			if err := b.values(ctx, &list, "source:"+source+" kind:"+kind.String()); err != nil {
				return fmt.Errorf("ask the hub for the block list: %w", err)
			}
		}
	}
	if list.Len() == 0 {
		return cure.Errorf(cure.Invalid, "ask the hub for the block list: it holds no address, domain or URL of %s that this key may see",
			strings.Join(b.sources, ", "))
	}
	if err := os.MkdirAll(filepath.Dir(b.file), 0o700); err != nil {
		return fmt.Errorf("keep block list: %w", err)
	}
	next := b.file + ".new"
	if err := os.WriteFile(next, list.Bytes(), 0o600); err != nil {
		return fmt.Errorf("keep block list: %w", err)
	}
	return os.Rename(next, b.file)
}

func (b *blockList) values(ctx context.Context, list *bytes.Buffer, query string) error {
	for page := range blockPages {
		r, err := b.cl.Search(ctx, query, client.Page{Limit: blockPage, Skip: page * blockPage})
		if err != nil {
			return err
		}
		for _, v := range r.Values {
			list.WriteString(v.Observable.Value)
			list.WriteByte('\n')
		}
		if !r.More {
			return nil
		}
	}
	return cure.Errorf(cure.Invalid, "%s has more than %d values: name fewer sources", query, blockPage*blockPages)
}

// renewed publishes without end, each time with the list as it is, until ctx
// ends or a run fails.
func (b *blockList) renewed(ctx context.Context, run func(context.Context, *block.List) error) error {
	for {
		list, err := b.begin(ctx)
		if err != nil {
			return err
		}
		once, stop := context.WithTimeout(ctx, b.every)
		err = run(once, list)
		over := once.Err() != nil
		stop()
		if err != nil || !over {
			return err
		}
		if err := b.end(); err != nil || ctx.Err() != nil {
			return err
		}
	}
}
