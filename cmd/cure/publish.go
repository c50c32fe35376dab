package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/mean"
	"github.com/opencure/cure/internal/publish/table"
	"github.com/opencure/cure/internal/text"
)

type publishCmd struct {
	Publisher string   `arg:"" help:"Who wrote the files: see 'cure publishers'."`
	Files     []string `arg:"" optional:"" help:"Files, plain, gz or zst, or folders of them; '-' is standard input."`
	Source    string   `help:"Name of this source, as in cowrie/tokyo1; default: PUBLISHER/HOSTNAME, or feeds/FEED." placeholder:"NAME"`
	Feed      string   `help:"With feeds: which list this is." placeholder:"NAME"`
	Direct    bool     `help:"Send batches straight to the log cluster of the configuration, as the user of this source."`
	NoWait    bool     `help:"Return when the records are acknowledged, before they can be found."`
	Quiet     bool     `short:"q" help:"No progress."`
	Feeds     string   `help:"File or folder of feed definitions besides the built-in ones." type:"path" placeholder:"feeds.yaml"`
	Keywords  string   `help:"Of reports, social and tickets: names to look for, a STIX file of ATT&CK or lines 'malware:kagerou = name, name'." type:"path" placeholder:"FILE"`
	Abandon   bool     `help:"Give up what an interrupted run had not finished."`

	Blocklist      string        `group:"Of webaccess" help:"File of addresses, domains and URLs, one a line, or hub:PUBLISHER,SOURCE for what the hub has of these; what matches none of them stays on this machine." placeholder:"FILE"`
	BlocklistKey   string        `group:"Of webaccess" help:"File with the key of a reader, to ask the hub for the list: the key of a publisher may not read." type:"path" placeholder:"FILE"`
	BlocklistEvery time.Duration `group:"Of webaccess" help:"Ask the hub again when the copy of the list is so old." default:"1h"`

	Follow string `xor:"in" group:"Without end" help:"A log that is being written; rotation is understood." type:"path" placeholder:"FILE"`
	Watch  string `xor:"in" group:"Without end" help:"A folder into which files come; what is done moves to 'done' in it." type:"path" placeholder:"DIR"`
	Listen string `xor:"in" group:"Without end" help:"Take what is sent: syslog+tcp, syslog+udp, syslog+tls, netflow or http(s)://HOST:PORT, packet://INTERFACE?net=RANGE; '-' is standard input, kept on disk." placeholder:"ADDRESS"`
	Spool  string `group:"Without end" help:"Folder that keeps what was taken until the hub has it; default: in the data folder." type:"path" placeholder:"DIR"`
	DryRun bool   `help:"Print what would be published as lines of JSON, and what would be refused; no hub is asked and nothing is sent."`
}

// Help teaches by example.
func (publishCmd) Help() string {
	return `Reads files of a publisher and sends what they say to the hub. What was
published before is not published again, also after an interruption; what cannot
be read goes to the quarantine with its reason, and the rest goes on.

  cure publish cowrie /var/log/cowrie/cowrie.json
  cure publish dionaea --source dionaea/osaka dionaea.json.gz
  cure publish feeds --feed ipsum ipsum.txt.gz
  cure publish reports --keywords enterprise-attack.json report.pdf news.xml
  cure publish cowrie --follow /var/log/cowrie/cowrie.json
  cure publish cowrie --watch /srv/drop/cowrie
  cure publish cowrie --listen syslog+tcp://127.0.0.1:5514
  cure publish cowrie --listen http://127.0.0.1:8081
  cure publish cowrie --dry-run cowrie.json
  cure publish webaccess --blocklist hub:feeds access.log

Exit status: 0 all read, 2 something was refused as a whole or cut off; records
in the quarantine are no error.`
}

// Run publishes the files.
func (c *publishCmd) Run(e *env) error {
	p, err := table.Lookup(c.Publisher)
	if err != nil {
		return cure.Errorf(cure.Invalid, "%w; there are: %s", err, publisherNames())
	}
	src, err := c.source(p.Name)
	if err != nil {
		return err
	}
	conf, err := e.config()
	if err != nil {
		return err
	}
	if c.Feeds == "" {
		c.Feeds = conf.Feeds.Definitions
	}
	feeds, err := loadFeeds(c.Feeds)
	if err != nil {
		return err
	}
	sink, closeSink, err := c.sink(e, src, conf)
	if err != nil {
		return err
	}
	defer closeSink()
	show := newProgress(e, c.Quiet || e.flags.JSON)
	cfg := publish.Config{
		Source: src, Publisher: p, Sink: sink, Now: e.now, Wait: !c.NoWait, Abandon: c.Abandon, Progress: show.update,
	}
	if c.Keywords != "" {
		if cfg.Keywords, err = mean.ReadKeywords(e.ctx, c.Keywords); err != nil {
			return err
		}
	}
	if !strings.HasPrefix(c.Blocklist, fromHub) {
		if cfg.Block, err = blockFile(c.Blocklist); err != nil {
			return err
		}
	}
	if err := configure(e.ctx, &cfg, conf); err != nil {
		return err
	}
	if p.Name == "feeds" {
		d, ok := feeds.of(src)
		if !ok {
			return cure.Errorf(cure.Invalid, "no feed is named %s; there are: %s. Others are described in a file: --feeds feeds.yaml",
				src.Instance(), feeds.names())
		}
		cfg.Feed = &d
	}
	list, err := c.hubList(e, src)
	if err != nil {
		return err
	}
	if in := (transport{c.Follow, c.Watch, c.Listen, c.Spool}); in.given() {
		return c.endless(e, cfg, in, show, list)
	}
	if list != nil {
		if cfg.Block, err = list.begin(e.ctx); err != nil {
			return err
		}
	}
	if len(c.Files) == 0 {
		return cure.Errorf(cure.Invalid, "what shall be read? Name files, or give --follow, --watch or --listen")
	}
	if c.Files, err = inFolders(c.Files); err != nil {
		return err
	}
	res, err := publish.Run(e.ctx, cfg, c.Files...)
	show.end()
	if list != nil && err == nil {
		err = list.end()
	}
	return c.ended(e, src, res, err)
}

// ended prints what became of the files.
func (c *publishCmd) ended(e *env, src cure.Source, res publish.Result, err error) error {
	if e.flags.JSON {
		if e := e.printJSON(newPublished(src, res)); err == nil {
			err = e
		}
	} else if !c.Quiet && (err == nil || res.Records > 0) {
		e.printPublished(src, res)
	} else if c.DryRun { // what is printed otherwise is records
		printAssumed(e.err, src, res)
	}
	if err != nil && (res.Published > 0 || res.Resumed > 0) && !c.Quiet {
		fmt.Fprintln(e.err, "what was acknowledged stays: the same command again goes on behind it")
	}
	return errors.Join(append(res.Problems, err)...)
}

// source names the source that is published.
func (c *publishCmd) source(publisher string) (cure.Source, error) {
	if c.Source != "" {
		src := cure.Source(c.Source)
		if err := src.Check(); err != nil {
			return "", err
		}
		if src.Publisher() != publisher {
			return "", cure.Errorf(cure.Invalid, "source %s is not one of publisher %s", src, publisher)
		}
		return src, nil
	}
	instance := c.Feed
	if instance == "" {
		if publisher == "feeds" {
			return "", cure.Errorf(cure.Invalid, "which list is it? Give --feed, as in --feed ipsum")
		}
		name, err := os.Hostname()
		if err != nil {
			return "", err
		}
		instance = sourceWord(name)
	}
	src := cure.Source(publisher + "/" + instance)
	return src, src.Check()
}

// sourceWord makes a host name fit for a source.
func sourceWord(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, name), "-")
}

func publisherNames() string {
	var names []string
	for _, p := range table.Publishers() {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

// published is what --json prints.
type published struct {
	Source       cure.Source      `json:"source"`
	Records      int64            `json:"records"` // raw records read
	Published    int64            `json:"published"`
	Observations int64            `json:"observations"`
	Batches      int64            `json:"batches"`
	Quarantined  int64            `json:"quarantined"`
	Assumed      int64            `json:"assumed_utc,omitempty"` // events without a zone
	Reasons      map[string]int64 `json:"reasons,omitempty"`
	Unknown      map[string]int64 `json:"unknown,omitempty"`
	Resumed      int64            `json:"resumed"` // bytes that were published before
	Sequence     uint64           `json:"sequence"`
	Problems     []string         `json:"problems,omitempty"`
}

func newPublished(src cure.Source, r publish.Result) published {
	p := published{
		Source: src, Records: r.Records, Published: r.Published, Observations: r.Observations, Batches: r.Batches,
		Quarantined: r.Quarantined, Assumed: r.Assumed, Reasons: r.Reasons, Unknown: r.Unknown, Resumed: r.Resumed, Sequence: r.Seq,
	}
	for _, err := range r.Problems {
		p.Problems = append(p.Problems, err.Error())
	}
	return p
}

func (e *env) printPublished(src cure.Source, res publish.Result) {
	fmt.Fprintf(e.out, "%s: %d raw records read, %d records with %d observations published in %d batches, %d quarantined\n",
		src, res.Records, res.Published, res.Observations, res.Batches, res.Quarantined)
	if res.Resumed > 0 {
		fmt.Fprintf(e.out, "  %d bytes were published before\n", res.Resumed)
	}
	printAssumed(e.out, src, res)
	for _, reason := range slices.Sorted(maps.Keys(res.Reasons)) {
		fmt.Fprintf(e.out, "  %d quarantined: %s\n", res.Reasons[reason], text.Printable(reason, 160))
	}
	for _, kind := range slices.Sorted(maps.Keys(res.Unknown)) {
		fmt.Fprintf(e.out, "  %d of unknown kind %s, kept\n", res.Unknown[kind], text.Printable(kind, 60))
	}
}

// printAssumed says how many times had no zone, and which was taken.
func printAssumed(out io.Writer, src cure.Source, res publish.Result) {
	if res.Assumed > 0 {
		fmt.Fprintf(out, "  %d events have a time without a zone, taken for UTC: the configuration says otherwise with sources.%s.zone\n", res.Assumed, src)
	}
}

type publishersCmd struct{}

// Help teaches by example.
func (publishersCmd) Help() string {
	return `The table of publishers: what each reads, and the marking a new source of it
gets unless the configuration says otherwise.

  cure publishers`
}

// Run lists what can be read.
func (publishersCmd) Run(e *env) error {
	all := table.Publishers()
	if e.flags.JSON {
		type row struct {
			Name    string   `json:"name"`
			Role    string   `json:"role"`
			Layer   string   `json:"layer"`
			Formats []string `json:"formats"`
			Marking string   `json:"marking"`
		}
		var rows []row
		for _, p := range all {
			rows = append(rows, row{p.Name, p.Role, string(p.Layer), p.Formats, p.Marking.String()})
		}
		return e.printJSON(rows)
	}
	t := newGrid("publisher", "role in the seed design", "layer", "default marking", "reads")
	for _, p := range all {
		for i, f := range p.Formats {
			if i == 0 {
				t.add(p.Name, p.Role, p.Layer, p.Marking, f)
			} else {
				t.add("", "", "", "", f)
			}
		}
	}
	t.print(e.out)
	cfg, err := e.config()
	if err != nil {
		return err
	}
	feeds, err := loadFeeds(cfg.Feeds.Definitions)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "\nfeeds that are defined, each a source feeds/NAME: %s\n", text.Printable(feeds.names(), 0))
	return nil
}
