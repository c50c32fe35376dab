package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/config"
	"github.com/opencure/cure/internal/ops"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/block"
	"github.com/opencure/cure/internal/publish/table"
	"github.com/opencure/cure/internal/scenario"
)

type demoCmd struct {
	Listen string `default:"127.0.0.1:8080" help:"Address and port of the page; port 0 takes a free one." placeholder:"HOST:PORT"`
	Once   bool   `help:"Publish, check against the truth, print, and end."`
	Seed   int64  `default:"1" help:"Seed of the story."`
}

// Help says what it shows.
func (demoCmd) Help() string {
	return `Starts a hub with an embedded log in a folder of its own, publishes the synthetic
story "Kagerou" in the native format of each publisher, checks the hub against
the story's truth, and prints the address of the page. Everything in it is
synthetic. Ctrl-C ends it; nothing stays, unless --data names a folder. A folder
in which the story was told already is opened as it is.

  cure demo
  cure demo --listen 127.0.0.1:0 --data /tmp/demo
  cure demo --once`
}

// demoBanner stands on every page.
const demoBanner = "SYNTHETIC DATA: the demo story “Kagerou”"

// Run runs the demo.
func (c *demoCmd) Run(e *env) error {
	dir, keep := e.flags.Data, true
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "cure-demo-"); err != nil {
			return err
		}
		keep = false
		defer os.RemoveAll(dir)
	}
	cfg := config.Default(e.host())
	cfg.Data, cfg.Listen, cfg.Logging.Level = dir, c.Listen, "warn"
	cfg.Feeds.Definitions = filepath.Join(dir, "story", "feeds.yaml")
	cfg.Own = storyOwn()
	before, err := told(dir)
	if err != nil {
		return err
	}
	var t *telling
	if before.IsZero() {
		t = &telling{story: scenario.New(c.Seed, e.now())}
		if t.paths, err = t.story.Write(filepath.Join(dir, "story")); err != nil {
			return err
		}
	}
	logger, err := ops.NewLogger(e.err, cfg.Logging.Level, cfg.Logging.Format)
	if err != nil {
		return err
	}
	n, err := openNode(e.ctx, cfg, online, logger, e.now)
	if err != nil {
		return err
	}
	defer n.close()
	f, err := n.face(e, demoBanner)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(e.ctx)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return n.serve(ctx, f) })
	g.Go(func() error {
		if t == nil {
			fmt.Fprintf(e.out, "the synthetic story was told here at %s; an empty folder hears it anew\n", minute(before))
		}
		err := c.tell(ctx, e, n, f, t)
		if err == nil && keep {
			fmt.Fprintf(e.out, "  data stays in %s\n", dir)
		}
		if c.Once || err != nil {
			stop()
		}
		return err
	})
	return g.Wait()
}

// telling is the story and where its files are.
type telling struct {
	story *scenario.Story
	paths []string
}

// toldFile is in the folder of a hub that has the whole story.
const toldFile = "story/told"

// told returns when the story was told in a folder; zero where it is to be.
// A folder with anything else stays as it is: nobody wants made-up values among
// their own.
func told(dir string) (time.Time, error) {
	if info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(toldFile))); err == nil {
		return info.ModTime(), nil
	}
	if _, err := os.Stat(filepath.Join(dir, keyFile)); err == nil {
		return time.Time{}, cure.Errorf(cure.Conflict, "%s has data of a hub already, and no story that was told to its end: name an empty folder", dir)
	}
	return time.Time{}, nil
}

// tell publishes the story, if there is one, and prints what became of it.
func (c *demoCmd) tell(ctx context.Context, e *env, n *node, f *face, t *telling) error {
	dir := n.cfg.Data
	key, err := os.ReadFile(filepath.Join(dir, keyFile))
	if err != nil {
		return err
	}
	text := strings.TrimSpace(string(key))
	cl, err := client.New(f.url, text)
	if err != nil {
		return err
	}
	if t == nil {
		err = caughtUp(ctx, cl)
	} else if err = t.publish(ctx, e, cl, n); err == nil {
		err = os.WriteFile(filepath.Join(dir, filepath.FromSlash(toldFile)), nil, 0o600)
	}
	if err != nil {
		return err
	}
	if err := printMatrix(ctx, e, cl); err != nil || c.Once {
		return err
	}
	code, err := f.sessions.OneTime(text)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "\nopen  %s/login?once=%s   (works once, for 15 minutes)\n", f.url, code)
	fmt.Fprintf(e.out, "try   export CURE_DATA=%s\n", dir)
	fmt.Fprintf(e.out, "      cure search %s\n", scenario.Loader)
	fmt.Fprintln(e.out, "      cure links cowrie feeds")
	fmt.Fprintf(e.out, "      echo '感染元は%sです' | cure search -\n", defang(scenario.LoaderURL))
	fmt.Fprintln(e.out, "Ctrl-C ends the demo")
	return nil
}

// caughtUp waits until the hub has read its log.
func caughtUp(ctx context.Context, cl *client.Client) error {
	for {
		me, err := cl.Me(ctx)
		if err != nil || me.Ready {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// publish publishes the story and holds what the hub has against its truth.
func (t *telling) publish(ctx context.Context, e *env, cl *client.Client, n *node) error {
	if err := addPartners(ctx, cl); err != nil {
		return err
	}
	start := time.Now()
	feeds, err := loadFeeds(n.cfg.Feeds.Definitions)
	if err != nil {
		return err
	}
	if err := publishStory(ctx, cl, t.story, t.paths, feeds, e.now); err != nil {
		return err
	}
	fmt.Fprintf(e.out, "published the synthetic story (%d files of %d sources) in %s\n",
		len(t.story.Inputs), len(t.story.Truth.Sources), time.Since(start).Round(time.Millisecond))
	wrong, err := checkTruth(ctx, cl, t.story)
	if err != nil {
		return err
	}
	for _, w := range wrong {
		fmt.Fprintln(e.err, "not as the story tells:", w)
	}
	if len(wrong) > 0 {
		return cure.Errorf(cure.Internal, "%d facts are not as the story tells", len(wrong))
	}
	fmt.Fprintf(e.out, "checked: %d links that must appear are there, %d things that must not are not, %d mistakes are in the quarantine\n",
		len(t.story.Truth.Links), len(t.story.Truth.Forbidden), t.story.Truth.Quarantined())
	return nil
}

// storyOwn is the own side of the story.
func storyOwn() config.Own {
	return config.Own{
		Networks: []string{scenario.OwnNetwork}, Domains: []string{scenario.OwnDomain}, Mail: []string{scenario.OwnDomain},
	}
}

// addPartners adds the organisations of the story, to look through their eyes.
func addPartners(ctx context.Context, cl *client.Client) error {
	for _, o := range []client.Org{
		{ID: "minato", Name: "Minato University", MaxTLP: cure.TLPAmber},
		{ID: "aoba", Name: "Aoba City", MaxTLP: cure.TLPGreen},
	} {
		if err := cl.SetOrg(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// defang writes a URL as reports do, so that nobody follows it.
func defang(url string) string {
	return strings.NewReplacer("http", "hxxp", ".", "[.]").Replace(url)
}

func printMatrix(ctx context.Context, e *env, cl *client.Client) error {
	m, err := cl.Links(ctx, false)
	if err != nil {
		return err
	}
	fmt.Fprintln(e.out, "\nobservables that publishers share (the diagonal: what each knows)")
	matrixGrid(m).print(e.out)
	return nil
}

// publishStory publishes the story's files in the order of their arrival, as
// their publishers would.
func publishStory(ctx context.Context, cl *client.Client, story *scenario.Story, paths []string, feeds feedSet, now func() time.Time) error {
	sink := &remote{c: cl}
	defer sink.Close()
	for i, in := range story.Inputs {
		p, err := table.Lookup(in.Source.Publisher())
		if err != nil {
			return err
		}
		cfg := publish.Config{Source: in.Source, Publisher: p, Sink: sink, Now: now, Wait: true, Enabled: true}
		if d, ok := feeds.of(in.Source); ok {
			cfg.Feed = &d
		}
		if p.Name == "webaccess" {
			if cfg.Block, err = block.Read(strings.NewReader(scenario.BlockList)); err != nil {
				return err
			}
		}
		if _, err := publish.Run(ctx, cfg, paths[i]); err != nil {
			return fmt.Errorf("publish %s of the story: %w", in.Source, err)
		}
	}
	return publishFindings(ctx, cl, story)
}
