package access_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

var update = flag.Bool("update", false, "write what the scripts print into them")

// TestScripts runs testdata/*.script. A script is a row of blocks: command
// lines, "----", what they print, an empty line. Lines that begin with # are
// comments. The commands are the keys of the table below.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.script")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".script"), func(t *testing.T) {
			s := &script{house: newHouse(t)}
			s.view = s.house.view("")
			s.run(file)
		})
	}
}

// script is one script being run.
type script struct {
	*house
	view access.View
	org  string
	out  strings.Builder
}

func (s *script) run(file string) {
	text := readFile(s.t, file)
	var got strings.Builder
	expecting := false // the lines read are what the script expects to be printed
	for line := range strings.Lines(text) {
		word := strings.TrimSpace(line)
		if expecting {
			expecting = word != ""
			if expecting {
				continue
			}
		}
		got.WriteString(line)
		switch {
		case word == "----":
			got.WriteString(s.out.String())
			s.out.Reset()
			expecting = true
		case word != "" && word[0] != '#':
			s.command(word)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(text, got.String()); diff != "" {
		s.t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// commands is the language.
var commands = map[string]func(*script, []string) error{
	"publish":    (*script).publish,    // SOURCE [MARKING] [at= id= role= state= count= tag= raw=] kind:value …
	"query":      (*script).query,      // a line of the search box
	"answer":     (*script).answer,     // kind:value
	"links":      (*script).links,      // [sources]
	"shared":     (*script).shared,     // A B
	"record":     (*script).record,     // name given with id=
	"timeline":   (*script).timeline,   // kind:value
	"neighbours": (*script).neighbours, // kind:value
	"pivot":      (*script).pivot,      // [fanout=N] kind:value …
	"port":       (*script).port,       // PORT FROM TO
	"seen":       (*script).seen,       // SOURCES DURATION
	"rare":       (*script).rare,
	"top":        (*script).top,
	"stats":      (*script).stats,
	"sources":    (*script).sources,
	"delete":     (*script).delete,  // SOURCE [kind:value] [id=] [before=]
	"regrade":    (*script).regrade, // SOURCE MARKING [kind:value] [id=]
	"org":        (*script).setOrg,  // ID [tlp=]
	"as":         (*script).as,      // admin or org=ID
	"advance":    (*script).move,    // DURATION
	"expire":     (*script).expire,
	"restart":    (*script).again,
	"alias":      (*script).alias,   // SOURCE [MARKING] tag:a tag:b
	"names":      (*script).names,   // TAG
	"reach":      (*script).reach,   // TAG: the records it reaches
	"meaning":    (*script).meaning, // kind:value: tags over files, conflicts, decisions
	"layers":     (*script).layers,  // name given with id=: tags over files
	"decide":     (*script).decide,  // KIND[=VALUE] [MARKING] [source=] [with=] [tag=] [for=DURATION] kind:value …
	"undo":       (*script).undo,    // KIND kind:value
	"overrides":  (*script).overrides,
}

func (s *script) command(line string) {
	words := strings.Fields(line)
	do := commands[words[0]]
	if do == nil {
		s.t.Fatalf("unknown command %q", line)
	}
	if err := do(s, words[1:]); err != nil {
		s.printf("error: %s: %v\n", cure.KindOf(err), err)
	}
}

func (s *script) printf(format string, args ...any) { fmt.Fprintf(&s.out, format, args...) }

// observable reads kind:value.
func observable(word string) (cure.Observable, bool) {
	kind, value, ok := strings.Cut(word, ":")
	k, err := cure.ParseKind(kind)
	if !ok || err != nil {
		return cure.Observable{}, false
	}
	return cure.Observable{Kind: k, Value: strings.ReplaceAll(value, "_", " ")}, true
}

// options are the words of a command that are not observables.
type options struct {
	marking cure.Marking
	at      time.Time
	role    cure.Role
	state   cure.State
	count   uint32
	tag     string
	raw     string
	id      cure.ID
	before  time.Time
	fanout  int
	values  []cure.Observable
	roles   []cure.Role
}

func (s *script) parse(words []string) options {
	o := options{at: s.clock()}
	for _, w := range words {
		if v, ok := observable(w); ok {
			o.values, o.roles = append(o.values, v), append(o.roles, o.role)
			continue
		}
		name, val, _ := strings.Cut(w, "=")
		var err error
		switch name {
		case "at":
			o.at, err = time.Parse("2006-01-02T15:04", val)
		case "role":
			err = o.role.UnmarshalText([]byte(val))
		case "state":
			err = o.state.UnmarshalText([]byte(val))
		case "count":
			var n uint64
			n, err = strconv.ParseUint(val, 10, 32)
			o.count = uint32(n)
		case "tag":
			o.tag = val
		case "raw":
			o.raw = val
		case "id":
			o.id = cure.NewID(val)
		case "fanout":
			o.fanout, err = strconv.Atoi(val)
		case "before":
			o.before = s.clock()
		default:
			var m cure.Marking
			m, err = cure.ParseMarking(w)
			o.marking = o.marking.Or(m)
		}
		if err != nil {
			s.t.Fatalf("%q: %v", w, err)
		}
	}
	return o
}

func (s *script) publish(w []string) error {
	o := s.parse(w[1:])
	rec := cure.Record{ID: o.id, Marking: o.marking, Raw: []byte(o.raw)}
	for i, v := range o.values {
		rec.Observations = append(rec.Observations, cure.Observation{
			Observable: v, Role: o.roles[i], State: o.state, First: o.at, Count: o.count,
		})
		if o.tag != "" {
			rec.Annotations = append(rec.Annotations, cure.Annotation{
				Subject: v, Tag: cure.Observable{Kind: cure.KindTag, Value: o.tag}, Time: o.at,
			})
		}
	}
	seq, err := s.hub.Push(context.Background(), cure.Source(w[0]), "", []cure.Record{rec})
	if err != nil {
		return err
	}
	return s.hub.Applied(context.Background(), seq)
}

func (s *script) move(w []string) error {
	d, err := time.ParseDuration(w[0])
	s.advance(d)
	return err
}

func (s *script) again([]string) error {
	s.restart()
	s.look()
	return nil
}

func (s *script) expire([]string) error {
	s.hub.Expire()
	return nil
}

func (s *script) setOrg(w []string) error {
	o := access.Org{ID: w[0]}
	for _, word := range w[1:] {
		if err := o.MaxTLP.UnmarshalText([]byte(strings.TrimPrefix(word, "tlp="))); err != nil {
			return err
		}
	}
	return s.reg.SetOrg(context.Background(), s.admin, o)
}

func (s *script) as(w []string) error {
	_, s.org, _ = strings.Cut(w[0], "=")
	s.look()
	return nil
}

// look makes the view anew, as each request does.
func (s *script) look() { s.view = s.house.view(s.org) }

func (s *script) delete(w []string) error {
	o := s.parse(w[1:])
	c := cure.Control{Op: cure.OpDelete, Record: o.id, Before: o.before}
	if len(o.values) > 0 {
		c.Observable = o.values[0]
	}
	return s.control(cure.Source(w[0]), c)
}

func (s *script) regrade(w []string) error {
	o := s.parse(w[1:])
	c := cure.Control{Op: cure.OpRegrade, Record: o.id, Marking: o.marking}
	if len(o.values) > 0 {
		c.Observable = o.values[0]
	}
	return s.control(cure.Source(w[0]), c)
}
