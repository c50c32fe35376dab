package observe

import (
	"hash/fnv"
	"math/bits"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// Attributes that only the fold reads.
const (
	attrParent  = "parent process"
	attrCommand = "command"
)

// Limits of [baseline].
const (
	maxPairs      = 2048 // of parent and child that are remembered, the most frequent
	maxProcesses  = 4096 // whose parents are known: those that began, or started another, last
	learnStarts   = 500  // starts before anything unusual is said
	learnPair     = 50   // starts of a pair before its delay is compared
	flagShare     = 100  // at most one start in so many is flagged as unusual for the site
	stateBaseline = 1
	pairState     = 16
	processState  = 48
	maxProgram    = 24 // bytes of a program's name
)

// baseline is the fold of processes: sessions, by process, that are published
// when they have a hash, traffic or something unusual. Unusual is, with the
// reason as attribute "unusual": a document or mail reader that starts a script
// host, whatever the site is used to; a parent that never started this program
// before; a start whose parent began after it; one that comes after a delay
// that the pair never had. The last three compare with what this source has
// seen, once that is 500 starts, and flag one start in a hundred at most.
//
// The state is bounded: counts and delays (powers of two of a second) of 2,048
// pairs, names and starts of 4,096 processes, 224 KiB.
type baseline struct {
	*publish.Sessions
	starts, flagged uint32
	pairs           []pair
	at              map[uint64]int // place in pairs
	processes       kin
}

type pair struct {
	key    uint64
	count  uint32
	delays uint32 // bit n: 2^n seconds between the starts of parent and child
}

type process struct {
	key, parent uint64
	start       int64 // Unix milliseconds
	name        string
}

func newBaseline(src cure.Source) *baseline {
	return &baseline{Sessions: publish.NewSessions(src), at: map[uint64]int{}, processes: newKin()}
}

// Add implements publish.Fold.
func (f *baseline) Add(ev *publish.Event, emit publish.Emit) {
	parentKey, image, parentImage := take(ev, attrParent), valueOf(ev, "image"), valueOf(ev, "parent")
	why := ""
	if ev.Kind == "process" && image != "" {
		why = f.start(ev, key64(parentKey), program(parentImage), program(image))
	}
	if ev.Kind == "alert" {
		why = valueOf(ev, "rule")
	}
	if why == "" {
		take(ev, attrCommand)
	}
	attr(ev, "unusual", why)
	attr(ev, "path", f.tree(key64(ev.Key))) // of its traffic too: the start may have said nothing itself
	own := 0
	for _, o := range ev.Observations {
		if o.Role == cure.RoleOwn {
			own++
		}
	}
	if why == "" && len(ev.Observations) == own {
		return
	}
	f.Sessions.Add(ev, emit)
}

// start compares one start with the baseline and adds it.
func (f *baseline) start(ev *publish.Event, parentKey uint64, parent, child string) (why string) {
	p, known := f.processes.find(parentKey)
	f.processes.keep(parentKey)
	if parent == "" && known {
		parent = p.name
	}
	if f.starts++; f.starts == 0 {
		f.starts = ^uint32(0)
	}
	delay := ev.Time.UnixMilli() - p.start
	f.processes.add(process{key64(ev.Key), parentKey, ev.Time.UnixMilli(), child})
	if parent == "" {
		return ""
	}
	if readers[parent] && scriptHosts[child] {
		why = parent + " starts " + child
	}
	at, seen := f.pair(key64(parent + "\x00" + child))
	x := &f.pairs[at]
	site := ""
	switch bit := uint32(1) << min(bits.Len64(uint64(max(delay, 0)/1000)), 31); {
	case known && delay < -1000:
		site = "parent began after its child"
	case !seen:
		site = parent + " never started " + child + " here"
	case known && x.count >= learnPair && x.delays&(bit<<1|bit|bit>>1) == 0:
		site = parent + " never started " + child + " after such a delay"
		x.delays |= bit
	case known:
		x.delays |= bit
	}
	x.count++
	if why == "" && site != "" && f.starts > learnStarts && uint64(f.flagged+1)*flagShare <= uint64(f.starts) {
		f.flagged++
		why = site
	}
	return why
}

// readers open what strangers send; scriptHosts are what an attack starts next.
var (
	readers     = set("winword.exe excel.exe powerpnt.exe outlook.exe mspub.exe onenote.exe acrord32.exe thunderbird.exe hwp.exe ichitaro.exe taro.exe soffice.bin eqnedt32.exe")
	scriptHosts = set("cmd.exe powershell.exe pwsh.exe wscript.exe cscript.exe mshta.exe rundll32.exe regsvr32.exe msbuild.exe certutil.exe bitsadmin.exe sh bash python3 schtasks.exe")
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// pair returns the place of a pair; the rarest gives way to a new one.
func (f *baseline) pair(key uint64) (at int, seen bool) {
	if at, ok := f.at[key]; ok {
		return at, true
	}
	if at = len(f.pairs); at < maxPairs {
		f.pairs = append(f.pairs, pair{key: key})
	} else {
		at = 0
		for i := range f.pairs {
			if f.pairs[i].count < f.pairs[at].count {
				at = i
			}
		}
		delete(f.at, f.pairs[at].key)
		f.pairs[at] = pair{key: key}
	}
	f.at[key] = at
	return at, false
}

// tree is the way from the oldest known ancestor, at most eight steps.
func (f *baseline) tree(key uint64) string {
	var names []string
	for range 8 {
		p, ok := f.processes.find(key)
		if !ok {
			break
		}
		names = append(names, strings.ToValidUTF8(p.name, "\uFFFD"))
		if key = p.parent; key == p.key {
			break
		}
	}
	if len(names) < 2 {
		return ""
	}
	slices.Reverse(names)
	return strings.Join(names, " > ")
}

// key64 is 64 bits of a text, 0 of none.
func key64(s string) uint64 {
	if s == "" {
		return 0
	}
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

// take removes an attribute and returns its value.
func take(ev *publish.Event, name string) (value string) {
	ev.Attrs = slices.DeleteFunc(ev.Attrs, func(a cure.Attr) bool {
		if a.Name == name {
			value = a.Value
			return true
		}
		return false
	})
	return value
}

func valueOf(ev *publish.Event, name string) string {
	for _, a := range ev.Attrs {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}
