//go:build browser

package browsertest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// patience is how long one step of a page may take on a busy machine.
const patience = 60 * time.Second

var browser struct {
	sync.Once
	ctx context.Context
	err error
}

// openBrowser starts Chromium once for all tests.
func openBrowser(t *testing.T) context.Context {
	t.Helper()
	browser.Do(func() {
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.NoSandbox, chromedp.Flag("enable-unsafe-swiftshader", true), chromedp.WindowSize(1280, 800),
			chromedp.Flag("lang", "en-US"), chromedp.Flag("hide-scrollbars", true))
		if path := os.Getenv("CHROMIUM"); path != "" {
			options = append(options, chromedp.ExecPath(path))
		}
		allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, cancel := chromedp.NewContext(allocator)
		atEnd = append(atEnd, stop, cancel)
		browser.ctx, browser.err = ctx, chromedp.Do(ctx)
	})
	if browser.err != nil {
		t.Fatalf("start the browser (Debian's chromium): %v", browser.err)
	}
	return browser.ctx
}

// tab is a page that is looked at; what it complains about fails the test.
type tab struct {
	t    *testing.T
	ctx  context.Context
	home string

	mu         sync.Mutex
	complaints []string
	allowed    []string // parts of complaints a test expects
}

// openTab opens a tab that no other test sees, with a login to the hub when
// key is not empty.
func openTab(t *testing.T, h *house, key string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(openBrowser(t), chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, home: h.url}
	b.do(chromedp.Steps())
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	console := chromedp.Console(ctx)
	go func() {
		for m, err := range console {
			if err != nil {
				return
			}
			if m.IsException() || m.Type == "error" {
				b.complain("console: " + m.Text + " " + m.URL)
			}
		}
	}()
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.check)
	b.size(1280, 800, false)
	if key != "" {
		b.login(key)
	}
	return b
}

// hear notes each request that does not stay at the hub.
func (b *tab) hear(ev any) {
	if r, ok := ev.(*network.EventRequestWillBeSent); ok {
		if u := r.Request.URL; !strings.HasPrefix(u, b.home+"/") && !strings.HasPrefix(u, "blob:") && !strings.HasPrefix(u, "data:") && u != "about:blank" {
			b.complain("a request leaves the hub: " + u)
		}
	}
}

func (b *tab) complain(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, part := range b.allowed {
		if strings.Contains(text, part) {
			return
		}
	}
	b.complaints = append(b.complaints, text)
}

// check fails the test for what the page complained about.
func (b *tab) check() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.complaints {
		b.t.Error(text)
	}
}

// do runs steps under the limit of patience.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx := b.ctx
	if chromedp.FromContext(ctx).Target != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v (at %s)", err, b.where())
	}
}

func (b *tab) where() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	at, _ := chromedp.Run(ctx, chromedp.Location())
	return at
}

// eval runs a script in the page.
func eval[T any](b *tab, script string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%v in %.200s", err, script)
	}
	return v
}

// until waits for a condition of the page.
func (b *tab) until(condition string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for {
		// Asked again from here each time: a page may be on its way to another.
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+condition+")"))
		if err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("waited in vain for %s: %v\n%.600s", condition, err, b.text())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// settled is when a page shows all that it will.
const settled = `(document.querySelector('main') || document.querySelector('.wall')) && !document.querySelector('.skeleton, [aria-busy="true"]') && [...document.querySelectorAll('.series > div')].every((e) => e.firstChild) && (!document.querySelector('.board') || document.querySelector('.board[data-settled]'))`

// open goes to an address of the hub and waits until it shows.
func (b *tab) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.home + path))
	b.until(settled)
}

// login uses the form, as people do.
func (b *tab) login(key string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.home+"/login"), chromedp.WaitVisible(chromedp.CSS("#key")), chromedp.SendKeys(chromedp.CSS("#key"), key+"\r"))
	b.until(`document.querySelector('nav.pages')`)
}

func (b *tab) size(width, height int64, phone bool) {
	b.t.Helper()
	ratio := 1.0
	_, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: ratio, Mobile: phone})
	if err != nil {
		b.t.Fatal(err)
	}
}

// text is what a reader sees.
func (b *tab) text() string { return eval[string](b, "document.body.innerText") }

// keys types them, wherever the focus is.
func (b *tab) keys(keys string) { b.do(chromedp.KeyEvent(keys)) }

// whole keeps a picture of all of the page, as long as it is.
func (b *tab) whole(name string) {
	b.t.Helper()
	size := eval[[]int64](b, "[innerWidth, innerHeight, Math.min(document.documentElement.scrollHeight, 4000)]")
	b.size(size[0], size[2], false)
	b.shot(name)
	b.size(size[0], size[1], size[0] < 500)
}

// shot keeps a picture of the page in tmp/screens.
func (b *tab) shot(name string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	dir := filepath.Join(root, "tmp", "screens")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
