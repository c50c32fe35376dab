package poll

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/feed/fetch"
	"github.com/opencure/cure/internal/feed/taxii"
	"github.com/opencure/cure/internal/publish"
)

// kept is what outlives a restart.
type kept struct {
	Version int                  `json:"version"`
	Feeds   map[string]*memory   `json:"feeds"`
	Added   []publish.Definition `json:"added,omitempty"`
}

// memory is what is remembered of one feed.
type memory struct {
	On     *bool        `json:"on,omitempty"` // as an operator said; nil: as configured
	Known  fetch.Known  `json:"known,omitzero"`
	Cursor taxii.Cursor `json:"cursor,omitzero"`
	Sum    string       `json:"sum,omitempty"` // of the last copy that was taken

	Tried   time.Time `json:"tried,omitzero"`
	Good    time.Time `json:"good,omitzero"`
	Changed time.Time `json:"changed,omitzero"`
	Listed  time.Time `json:"listed,omitzero"` // a copy was last published
	Next    time.Time `json:"next,omitzero"`
	Error   string    `json:"error,omitempty"`
	Failed  int       `json:"failed,omitempty"`

	Bytes       int64            `json:"bytes,omitempty"`
	Records     int64            `json:"records,omitempty"`
	Published   int64            `json:"published,omitempty"`
	Quarantined int64            `json:"quarantined,omitempty"`
	Reasons     map[string]int64 `json:"reasons,omitempty"`
}

const (
	stateFile    = "feeds.json"
	stateVersion = 1
)

// load reads the file. One that is broken is an error: what was switched on
// would be forgotten silently.
func (p *Poller) load() error {
	p.kept = kept{Version: stateVersion, Feeds: map[string]*memory{}}
	data, err := os.ReadFile(filepath.Join(p.o.Dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(data, &p.kept)
	}
	if err == nil && p.kept.Version != stateVersion {
		err = fmt.Errorf("version %d, want %d", p.kept.Version, stateVersion)
	}
	for i := range p.kept.Added {
		if err == nil {
			err = p.kept.Added[i].Check()
		}
	}
	if err != nil {
		return cure.Errorf(cure.Invalid, "read state of feeds (%s in the data folder; without it all feeds are as configured): %w",
			filepath.Join(filepath.Base(p.o.Dir), stateFile), err)
	}
	if p.kept.Feeds == nil {
		p.kept.Feeds = map[string]*memory{}
	}
	return nil
}

// save writes the file, all or nothing.
func (p *Poller) save() error {
	p.store.Lock()
	defer p.store.Unlock()
	p.mu.Lock()
	data, err := json.Marshal(&p.kept)
	p.mu.Unlock()
	path := filepath.Join(p.o.Dir, stateFile)
	if err == nil {
		err = os.MkdirAll(p.o.Dir, 0o700)
	}
	if err == nil {
		err = writeDurably(path+".tmp", data)
	}
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		return cure.Errorf(cure.Unavailable, "keep state of feeds: %w", err)
	}
	return nil
}

func writeDurably(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// keepCursor makes the place in a collection durable in the middle of a poll.
func (p *Poller) keepCursor(name string, at taxii.Cursor) error {
	p.mu.Lock()
	p.memory(name).Cursor = at
	p.mu.Unlock()
	return p.save()
}

// Feeds returns all feeds, sorted by name.
func (p *Poller) Feeds() []client.Feed {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []client.Feed
	for _, name := range slices.Sorted(maps.Keys(p.all())) {
		all = append(all, p.show(name))
	}
	return all
}

// Feed returns one feed; the error is NotFound.
func (p *Poller) Feed(name string) (client.Feed, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, _, ok := p.definition(name); !ok {
		return client.Feed{}, cure.Errorf(cure.NotFound, "no feed is named %.40q", name)
	}
	return p.show(name), nil
}

// show says what there is to say of a feed; the lock is held.
func (p *Poller) show(name string) client.Feed {
	d, from, _ := p.definition(name)
	m := memory{}
	if kept := p.kept.Feeds[name]; kept != nil {
		m = *kept
	}
	f := client.Feed{
		Name: name, Source: cure.Source("feeds/" + name), Description: d.Description, URL: d.URL,
		Via: orHTTP(&d), Format: string(d.Format), Topics: d.Topics, Role: d.Role, TLP: d.TLP,
		Licence: d.Licence, Terms: d.Terms, HalfLife: d.HalfLife, Every: d.Fetch.Period(), From: from,
		On: p.on(name), Busy: p.busy[name] != nil,
		Tried: m.Tried, Good: m.Good, Changed: m.Changed, Failed: m.Failed, Bytes: m.Bytes,
		Records: m.Records, Published: m.Published, Quarantined: m.Quarantined, Reasons: m.Reasons,
	}
	if f.On {
		f.Next = p.next[name]
	}
	f.State, f.Reason = p.judgement(&d, &m, f.On)
	return f
}

func orHTTP(d *publish.Definition) string {
	switch {
	case d.URL == "":
		return "none"
	case d.Fetch.Via == "":
		return "http"
	}
	return d.Fetch.Via
}

// judgement names the state of a feed, and why it is so.
func (p *Poller) judgement(d *publish.Definition, m *memory, on bool) (state, reason string) {
	since := p.o.Now().Sub(m.Changed)
	switch {
	case m.Error != "":
		state, reason = "failing", m.Error
	case m.Tried.IsZero():
		state = "waiting"
	case d.Fetch.Patience() > 0 && since > d.Fetch.Patience():
		state = "stale"
		reason = fmt.Sprintf("the copy has not changed for %s", since.Round(time.Minute))
	default:
		state = "ok"
	}
	if !on && m.Error == "" {
		return "off", ""
	}
	return state, reason
}
