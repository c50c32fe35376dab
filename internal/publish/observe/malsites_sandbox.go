package observe

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
)

// sandboxReport is what is read of a report of CAPE or Cuckoo.
type sandboxReport struct {
	Info struct {
		Started any `json:"started"` // text, or seconds
		Package string
	} `json:"info"`
	Target struct {
		File struct {
			SHA256 string `json:"sha256"`
			MD5    string `json:"md5"`
			Type   string `json:"type"`
		} `json:"file"`
	} `json:"target"`
	Network struct {
		Hosts   []jsontext.Value `json:"hosts"` // addresses, or objects with one
		Domains []struct {
			Domain string `json:"domain"`
		} `json:"domains"`
		HTTP []struct {
			URI string `json:"uri"`
		} `json:"http"`
	} `json:"network"`
	Dropped []struct {
		SHA256 string `json:"sha256"`
	} `json:"dropped"`
	CAPE struct {
		Configs []map[string]jsontext.Value `json:"configs"`
	} `json:"CAPE"`
	Detections any            `json:"detections"`
	Signatures jsontext.Value `json:"signatures"`
	Techniques jsontext.Value `json:"ttps"`
}

// sandbox makes an event of a report.
func (d *malsites) sandbox(r *sandboxReport, emit func(*publish.Event)) error {
	at, err := sandboxTime(r.Info.Started, d.zone)
	if err != nil {
		return err
	}
	reset(&d.ev)
	ev := &d.ev
	ev.Time, ev.Kind = at, "sandbox"
	if !observe(ev, cure.KindHash, r.Target.File.SHA256, cure.RoleTool) {
		return errNoSite
	}
	file := ev.Observations[0].Observable
	ev.Key = "sandbox " + file.Value
	observe(ev, cure.KindHash, r.Target.File.MD5, cure.RoleTool)
	attr(ev, "file_type", r.Target.File.Type)
	attr(ev, "sandbox", ev.Time.Format(time.RFC3339))
	d.behaviour(r, file)
	for _, c := range bounded(ev, "configurations", r.CAPE.Configs, maxFound) {
		for _, name := range sortedKeys(c) {
			family(ev, file, name)
			servers(ev, c[name])
		}
	}
	if name, ok := r.Detections.(string); ok {
		family(ev, file, name)
	}
	talks(ev, r)
	for _, x := range bounded(ev, "dropped files", r.Dropped, maxFound) {
		if x.SHA256 != emptySHA256 && observe(ev, cure.KindHash, x.SHA256, cure.RoleTool) {
			attr(ev, "dropped", ev.Observations[len(ev.Observations)-1].Observable.Value)
		}
	}
	emit(ev)
	return nil
}

// sandboxTime reads when the run began: a text in the sandbox's zone, or Unix
// seconds.
func sandboxTime(v any, zone *time.Location) (time.Time, error) {
	if seconds, ok := v.(float64); ok && seconds > 0 && seconds < 1<<40 {
		return time.UnixMilli(int64(seconds * 1000)).UTC(), nil
	}
	s, _ := v.(string)
	return siteTime(s, zone)
}

// servers notes the servers in a configuration of malware: whatever stands in
// a field that is called after them.
func servers(ev *publish.Event, config jsontext.Value) {
	var fields map[string]jsontext.Value
	if json.Unmarshal(config, &fields, lenientList) != nil {
		return
	}
	for _, name := range sortedKeys(fields) {
		lower := strings.ToLower(name)
		if !strings.HasPrefix(lower, "c2") && !strings.HasPrefix(lower, "cnc") && !strings.Contains(lower, "server") {
			continue
		}
		found := 0
		text := string(bounded(ev, "bytes of servers in a configuration", fields[name], maxCommand))
		for m := range ioc.Find(text) {
			if m.Kind != cure.KindIP && m.Kind != cure.KindDomain && m.Kind != cure.KindURL {
				continue
			}
			ev.Observations = append(ev.Observations, cure.Observation{Observable: m.Observable, Role: cure.RoleC2})
			if found++; found == maxFound {
				attr(ev, "cut", strconv.Itoa(maxFound)+" servers of a configuration, perhaps of more")
				return
			}
		}
	}
}

// talks notes what the file talked to.
func talks(ev *publish.Event, r *sandboxReport) {
	var own *publish.OwnSide // knows private addresses
	left := 0
	add := func(kind cure.Kind, v string) {
		o, err := ioc.Canonical(kind, v)
		known := slices.ContainsFunc(ev.Observations, func(have cure.Observation) bool { return have.Observable == o })
		switch {
		case err != nil || known || own.Has(o):
		case len(ev.Observations) < 4*maxFound:
			ev.Observations = append(ev.Observations, cure.Observation{Observable: o})
		default:
			left++
		}
	}
	for _, h := range bounded(ev, "hosts", r.Network.Hosts, maxFound) {
		var host struct {
			IP string `json:"ip"`
		}
		if json.Unmarshal(h, &host.IP, lenientList) != nil {
			_ = json.Unmarshal(h, &host, lenientList) // something else says nothing
		}
		add(cure.KindIP, host.IP)
	}
	for _, n := range bounded(ev, "domains", r.Network.Domains, maxFound) {
		add(cure.KindDomain, n.Domain)
	}
	for _, h := range bounded(ev, "requests", r.Network.HTTP, maxFound) {
		add(cure.KindURL, h.URI)
	}
	if left > 0 {
		attr(ev, "cut", strconv.Itoa(left)+" more that it talked to")
	}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
