package observe_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

// TestEventLogOfWindows: a native event log is refused with what to do, although
// its first bytes could be the head of a packet.
func TestEventLogOfWindows(t *testing.T) {
	in := filepath.Join(t.TempDir(), "Sysmon.evtx")
	write(t, in, slices.Concat([]byte("ElfFile\x00"), make([]byte, 4088)))
	for _, p := range []publish.Publisher{observe.Endpoint(), observe.Decoynet()} {
		h := &publishtest.Hub{}
		runInto(t, h, p, "endpoint/a", nil, in)
		if len(h.Bad) != 1 || !strings.Contains(h.Bad[0].Reason, "to be exported as XML") {
			t.Errorf("%s: %+v", p.Name, h.Bad)
		}
	}
}
