//go:build browser

package browsertest

import (
	"os"
	"strings"
	"testing"
)

func TestLook(t *testing.T) {
	h := &house{url: os.Getenv("LOOK_URL"), key: os.Getenv("LOOK_KEY")}
	b := openTab(t, h, h.key)
	b.allowed = []string{"status of 4"}
	for _, p := range strings.Fields(os.Getenv("LOOK")) {
		name, path, _ := strings.Cut(p, "=")
		b.open(path)
		b.whole("look-" + name)
	}
}
