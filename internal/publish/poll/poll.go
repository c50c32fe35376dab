// Package poll brings the feeds that are switched on, each at its period, and
// publishes each new copy. It answers "which feeds are there, which are on,
// and what is wrong with them?".
//
// In go definitions, what the configuration switches on, and what an operator
// switches while it runs; out come records, through the publisher of feeds,
// and the state of each feed. Nothing is fetched that is not switched on.
//
// A poll is: fetch (or find it unchanged), publish the copy as a file, keep
// what is remembered. A copy stays on disk until all of it is published, so
// that a run that was killed is taken up with the same copy. A feed that fails
// is tried again after a minute, two, four …, never later than its period,
// with some jitter; what it listed stays listed.
//
// [Poller.Run] is the one goroutine that schedules; at most [parallel] polls
// run beside it, each its own goroutine, all of which have ended when Run
// returns. The rest is safe for concurrent use and does not block, except
// [Poller.Poll].
//
// Limits: bytes and time of a poll by the definition; the state is one file of
// a few hundred bytes a feed. Two hubs that poll the same feed take its source
// from each other: switch it on at one.
package poll

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/feed/fetch"
	"github.com/opencure/cure/internal/publish"
)

const (
	parallel = 4 // polls at once
	timeout  = 10 * time.Minute
	again    = time.Minute // after the first failure
	patience = 20 * time.Second
	maxAdded = 1000 // definitions
)

// Options are what a poller needs.
type Options struct {
	Dir     string               // for copies and what is remembered
	Secrets string               // folder of secrets; "": none
	BuiltIn []publish.Definition // that come with the program
	Own     []publish.Definition // of the configuration; they go before the built-in ones
	On      []string             // switched on by the configuration
	Agent   string               // User-Agent
	// Publish publishes a copy of a feed; a run that was interrupted in
	// another copy is given up.
	Publish func(ctx context.Context, d publish.Definition, path string) (publish.Result, error)
	Logger  *slog.Logger
	Now     func() time.Time
	Rand    *rand.Rand
}

// Poller polls feeds. Make one with [Open].
type Poller struct {
	o     Options
	fetch *fetch.Client

	mu    sync.Mutex
	kept  kept
	busy  map[string]*job
	next  map[string]time.Time
	wake  chan struct{} // something has changed; one is enough
	ended bool
	store sync.Mutex // one writer of the file
}

// job is a poll that is waited for or runs.
type job struct {
	running bool
	done    chan struct{}
}

// Open reads what is remembered. The error is Invalid: the configuration
// switches on what cannot be polled.
func Open(o Options) (*Poller, error) {
	p := &Poller{
		o: o, fetch: fetch.New(o.Agent, o.Now),
		busy: map[string]*job{}, next: map[string]time.Time{}, wake: make(chan struct{}, 1),
	}
	if err := p.load(); err != nil {
		return nil, err
	}
	for _, name := range o.On {
		d, _, ok := p.definition(name)
		if err := pollable(d, ok, name); err != nil {
			return nil, cure.Errorf(cure.Invalid, "feeds.enabled: %w", err)
		}
	}
	return p, nil
}

// pollable says why a feed cannot be polled.
func pollable(d publish.Definition, ok bool, name string) error {
	switch {
	case !ok:
		return cure.Errorf(cure.NotFound, "no feed is named %.40q", name)
	case d.Fetch.Via == "none" || d.URL == "":
		return cure.Errorf(cure.Invalid, "feed %s is not polled: publish files of it with 'cure publish feeds --feed %s FILE'", name, name)
	}
	return nil
}

// Definition returns the definition of a feed: one of the configuration
// before one that was added before a built-in one.
func (p *Poller) Definition(name string) (publish.Definition, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, _, ok := p.definition(name)
	return d, ok
}

// definition is Definition, and where it comes from; the lock is held.
func (p *Poller) definition(name string) (publish.Definition, string, bool) {
	for _, from := range []struct {
		name string
		all  []publish.Definition
	}{{"configuration", p.o.Own}, {"added", p.kept.Added}, {"built-in", p.o.BuiltIn}} {
		if i := slices.IndexFunc(from.all, func(d publish.Definition) bool { return d.Name == name }); i >= 0 {
			return from.all[i], from.name, true
		}
	}
	return publish.Definition{}, "", false
}

// on reports whether a feed is switched on; the lock is held. What an operator
// said last holds over the configuration.
func (p *Poller) on(name string) bool {
	if m := p.kept.Feeds[name]; m != nil && m.On != nil {
		return *m.On
	}
	return slices.Contains(p.o.On, name)
}

// memory returns what is remembered of a feed; the lock is held.
func (p *Poller) memory(name string) *memory {
	m := p.kept.Feeds[name]
	if m == nil {
		m = &memory{}
		p.kept.Feeds[name] = m
	}
	return m
}

// Switch switches a feed on or off. One that is switched on is polled soon.
func (p *Poller) Switch(name string, on bool) (client.Feed, error) {
	p.mu.Lock()
	d, _, ok := p.definition(name)
	err := pollable(d, ok, name)
	if err == nil || ok && !on {
		p.memory(name).On, err = &on, nil
		delete(p.next, name)
	}
	p.mu.Unlock()
	if err != nil {
		return client.Feed{}, err
	}
	p.rouse()
	if err := p.save(); err != nil {
		return client.Feed{}, err
	}
	return p.Feed(name)
}

// Add takes definitions, a YAML list, and returns their names. They are off.
// One that was added before under the name is replaced; one of the program or
// the configuration is not (Conflict).
func (p *Poller) Add(text string) ([]string, error) {
	all, err := publish.ReadDefinitions("feeds", []byte(text))
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, cure.Errorf(cure.Invalid, "add feeds: there are none")
	}
	p.mu.Lock()
	added := slices.Clone(p.kept.Added)
	var names []string
	for _, d := range all {
		if _, from, ok := p.definition(d.Name); ok && from != "added" {
			p.mu.Unlock()
			return nil, cure.Errorf(cure.Conflict, "add feeds: %s is defined already (%s); give it another name", d.Name, from)
		}
		added = slices.DeleteFunc(added, func(o publish.Definition) bool { return o.Name == d.Name })
		added, names = append(added, d), append(names, d.Name)
	}
	if len(added) > maxAdded {
		p.mu.Unlock()
		return nil, cure.Errorf(cure.Invalid, "add feeds: more than %d", maxAdded)
	}
	p.kept.Added = added
	p.mu.Unlock()
	p.rouse()
	return names, p.save()
}

// Poll polls a feed now, whether it is on or not, and waits for the end, at
// most 20 seconds. The error is of what was asked, not of the poll: that is in
// the state.
func (p *Poller) Poll(ctx context.Context, name string) (client.Feed, error) {
	p.mu.Lock()
	d, _, ok := p.definition(name)
	err := pollable(d, ok, name)
	if err == nil && p.ended {
		err = cure.Errorf(cure.Unavailable, "nothing is polled any more: the hub stops")
	}
	if err != nil {
		p.mu.Unlock()
		return client.Feed{}, err
	}
	j := p.busy[name]
	if j == nil {
		j = &job{done: make(chan struct{})}
		p.busy[name] = j
	}
	p.mu.Unlock()
	p.rouse()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-j.done:
	case <-limit.C:
	case <-ctx.Done():
		return client.Feed{}, ctx.Err()
	}
	return p.Feed(name)
}

// rouse makes Run look again.
func (p *Poller) rouse() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Run polls until ctx ends. The error is nil.
func (p *Poller) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer p.end()
	defer running.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		due, wait := p.due()
		for _, name := range due {
			running.Go(func() { p.poll(ctx, name) })
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		case <-timer.C:
		}
	}
}

// end lets go of those who wait.
func (p *Poller) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	for name, j := range p.busy {
		close(j.done)
		delete(p.busy, name)
	}
}

// due returns the feeds to poll now, marked as running, and how long there is
// nothing more to do.
func (p *Poller) due() (names []string, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, free := p.o.Now(), parallel
	for _, j := range p.busy {
		if j.running {
			free--
		}
	}
	take := func(name string, j *job) bool {
		if free <= 0 {
			return false
		}
		free--
		j.running = true
		names = append(names, name)
		return true
	}
	for name, j := range p.busy {
		if !j.running {
			take(name, j)
		}
	}
	wait = time.Hour
	for name := range p.all() {
		if !p.on(name) || p.busy[name] != nil {
			continue
		}
		at := p.at(name, now)
		if at.After(now) {
			wait = min(wait, at.Sub(now))
			continue
		}
		if j := (&job{done: make(chan struct{})}); take(name, j) {
			p.busy[name] = j
		}
	}
	return names, wait
}

// at returns when a feed is to be polled next; the lock is held. After a start
// feeds that are due do not come all at once.
func (p *Poller) at(name string, now time.Time) time.Time {
	if t, ok := p.next[name]; ok {
		return t
	}
	d, _, _ := p.definition(name)
	t := now.Add(p.upTo(min(d.Fetch.Period()/10, 30*time.Second)))
	if m := p.kept.Feeds[name]; m != nil && m.Next.After(t) && m.Next.Before(now.Add(2*d.Fetch.Period())) {
		t = m.Next
	}
	p.next[name] = t
	return t
}

// upTo returns a random duration below d.
func (p *Poller) upTo(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(p.o.Rand.Int64N(int64(d)))
}

// all yields the names of all feeds; the lock is held.
func (p *Poller) all() map[string]bool {
	names := map[string]bool{}
	for _, from := range [][]publish.Definition{p.o.Own, p.kept.Added, p.o.BuiltIn} {
		for i := range from {
			names[from[i].Name] = true
		}
	}
	return names
}

// poll polls one feed and remembers what became of it.
func (p *Poller) poll(ctx context.Context, name string) {
	p.mu.Lock()
	d, _, ok := p.definition(name)
	before := *p.memory(name)
	p.mu.Unlock()
	limit := d.Fetch.Timeout
	if limit <= 0 {
		limit = timeout
	}
	bounded, stop := context.WithTimeoutCause(ctx, limit, errSlow)
	defer stop()
	now := before
	var err error
	if ok {
		err = p.bring(bounded, &d, &now)
	}
	if err != nil && ctx.Err() == nil && bounded.Err() != nil {
		err = context.Cause(bounded)
	}
	if ctx.Err() != nil { // the hub stops: nothing is wrong with the feed
		err, now.Failed = nil, before.Failed
	} else {
		p.judge(&d, &now, err)
	}
	p.mu.Lock()
	now.On = p.memory(name).On // may have been switched meanwhile
	*p.memory(name) = now
	p.next[name] = now.Next
	if j := p.busy[name]; j != nil {
		close(j.done)
		delete(p.busy, name)
	}
	p.mu.Unlock()
	if err := p.save(); err != nil {
		p.o.Logger.Error("state of feeds not kept", "err", err)
	}
	p.rouse()
}

var errSlow = cure.Errorf(cure.Unavailable, "poll took too long; raise fetch.timeout if it should")

// judge notes the outcome of a poll and when the next one is.
func (p *Poller) judge(d *publish.Definition, m *memory, err error) {
	now, period := p.o.Now().UTC(), d.Fetch.Period()
	m.Tried = now
	if err == nil {
		m.Good, m.Error, m.Failed = now, "", 0
		m.Next = now.Add(period + p.jitter(period/20))
		return
	}
	m.Failed++
	m.Error = reasonOf(err)
	wait := min(again<<min(m.Failed-1, 20), period)
	var f *fetch.Failure
	if errors.As(err, &f) {
		wait = max(wait, f.RetryAfter)
	}
	m.Next = now.Add(wait/2 + p.jitter(wait/2) + wait/2)
	p.o.Logger.Warn("feed fails", "source", "feeds/"+d.Name, "n", m.Failed, "err", m.Error)
}

// jitter is upTo from a poll's goroutine.
func (p *Poller) jitter(d time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.upTo(d)
}

// reasonOf is what an operator reads.
func reasonOf(err error) string {
	text := strings.ToValidUTF8(err.Error(), "\uFFFD")
	return text[:min(len(text), 500)]
}

func (p *Poller) path(name, ext string) string { return filepath.Join(p.o.Dir, name+ext) }
