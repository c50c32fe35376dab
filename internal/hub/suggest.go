package hub

import (
	"cmp"
	"context"
	"iter"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/text"
)

// How far a completion looks.
const (
	suggestMost    = 50
	suggestAddress = 1 << 14 // addresses of a prefix, in order
	suggestRecent  = 1 << 15 // values new within the hour
	suggestTags    = 1 << 18 // visible ones
)

// Suggest completes the last word of a query with fields, sources, tags and
// values that the scope sees, at most n, those that most sources hold first.
// Values are found by the beginning of an address, or where they were new
// within the hour. Cost: bounded by what is looked at of each, some
// milliseconds.
func (h *Hub) Suggest(ctx context.Context, sc cure.Scope, query string, n int) ([]client.Suggestion, error) {
	n = min(max(n, 1), suggestMost)
	at := strings.LastIndexAny(query, " (") + 1
	s := &suggester{look: h.look(sc), ctx: ctx, head: query[:at], all: []client.Suggestion{}}
	word := strings.ToLower(query[at:])
	if strings.HasPrefix(word, "-") {
		s.head, word = s.head+"-", word[1:]
	}
	field, rest, isField := strings.Cut(word, ":")
	switch {
	case isField && field == "source":
		s.sources(rest)
	case isField && field == "kind":
		s.words("kind:", kindNames(), rest)
	case isField && field == "role":
		s.words("role:", roleNames(), rest)
	case isField && (field == "since" || field == "until"):
		s.words(field+":", []string{"1h", "24h", "7d", "30d"}, rest)
	case isField && field == "tag":
		s.tags(rest)
	default:
		s.words("", []string{"source:", "kind:", "tag:", "role:", "since:", "until:", "seen>=2"}, word)
		if word != "" {
			s.tags(word)
			s.sources(word)
			s.addresses(word)
			s.recent(word)
		}
	}
	slices.SortStableFunc(s.all, func(a, b client.Suggestion) int { return cmp.Compare(b.Sources, a.Sources) })
	return s.all[:min(n, len(s.all))], ctx.Err()
}

// suggester gathers completions.
type suggester struct {
	*look
	ctx  context.Context
	head string // of the query, before the word
	all  []client.Suggestion
}

func (s *suggester) add(word, what string, sources int) {
	if !slices.ContainsFunc(s.all, func(o client.Suggestion) bool { return o.Text == word }) {
		s.all = append(s.all, client.Suggestion{Text: word, Query: s.head + word, What: what, Sources: sources})
	}
}

// words completes from a fixed list.
func (s *suggester) words(field string, all []string, begin string) {
	for _, w := range all {
		if strings.HasPrefix(w, begin) {
			s.add(field+w, "field", 0)
		}
	}
}

// sources completes publishers and sources that the scope sees.
func (s *suggester) sources(begin string) {
	publishers := map[string]int{}
	var names []string
	for _, src := range s.r.Stats().Sources {
		p := src.Source.Publisher()
		if publishers[p]++; publishers[p] == 1 {
			names = append(names, p)
		}
		names = append(names, string(src.Source))
	}
	for _, name := range names {
		if strings.HasPrefix(name, begin) && len(s.all) < suggestMost {
			s.add("source:"+name, "source", publishers[name])
		}
	}
}

// tags completes tags and CVEs: those that begin so, then those that have a
// word which does, folded as the search folds them.
func (s *suggester) tags(begin string) {
	begin = text.Fold(begin)
	b, e := newBest(Cursor{Limit: suggestMost}), every{ctx: s.ctx}
	looked := 0
	for id := range concat(s.of(cure.KindTag), s.of(cure.KindCVE)) {
		if looked++; looked > suggestTags || e.err() != nil {
			break
		}
		s.key = s.r.AppendValue(s.key[:0], id)
		name := text.Fold(string(s.key))
		i := strings.Index(name, begin)
		if i < 0 || i > 0 && !strings.ContainsRune(" :-_/.", rune(name[i-1])) {
			continue
		}
		if n, _ := s.look.sources(id); n > 0 {
			b.offer(s.look, id)
		}
	}
	for _, r := range b.page(Cursor{Limit: suggestMost}) {
		if r.value.IsZero() || r.sources == 0 {
			continue
		}
		word := r.value.Value
		if r.value.Kind == cure.KindTag {
			word = "tag:" + quote(word)
		}
		s.add(word, r.value.Kind.String(), r.sources)
	}
}

// addresses completes the beginning of an IPv4 address.
func (s *suggester) addresses(begin string) {
	p, ok := beginning(begin)
	if !ok {
		return
	}
	b, looked := newBest(Cursor{Limit: suggestMost}), 0
	for id := range s.r.In(p) {
		if looked++; looked > suggestAddress {
			break
		}
		s.key = s.r.AppendValue(s.key[:0], id)
		if strings.HasPrefix(string(s.key), begin) {
			b.offer(s.look, id)
		}
	}
	s.offer(b)
}

// beginning returns the network of the whole numbers of "198.51.10".
func beginning(begin string) (netip.Prefix, bool) {
	parts := strings.Split(begin, ".")
	if len(parts) < 2 || len(parts) > 4 {
		return netip.Prefix{}, false
	}
	var a [4]byte
	for i, part := range parts[:len(parts)-1] {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil {
			return netip.Prefix{}, false
		}
		a[i] = byte(n)
	}
	return netip.PrefixFrom(netip.AddrFrom4(a), 8*(len(parts)-1)), true
}

// recent completes values that were new to a visible source within the hour.
func (s *suggester) recent(begin string) {
	if len(begin) < 3 {
		return
	}
	seen, _ := s.hub.fresh.since(s.now-freshSpan, func(c store.CellID) bool {
		cell := s.r.Cell(c)
		return s.sc.Sees(cell.Source, cell.Marking)
	})
	b := newBest(Cursor{Limit: suggestMost})
	done := map[store.ID]bool{}
	for _, f := range seen {
		if done[f.id] || len(done) == suggestRecent {
			continue
		}
		done[f.id] = true
		s.key = s.r.AppendValue(s.key[:0], f.id)
		if !strings.HasPrefix(string(s.key), begin) {
			continue
		}
		if n, _ := s.look.sources(f.id); n > 0 {
			b.offer(s.look, f.id)
		}
	}
	s.offer(b)
}

func (s *suggester) offer(b *best) {
	for _, r := range b.page(Cursor{Limit: suggestMost}) {
		if !r.value.IsZero() && r.value.Kind != cure.KindTag {
			s.add(r.value.Value, r.value.Kind.String(), r.sources)
		}
	}
}

func concat(all ...iter.Seq[store.ID]) iter.Seq[store.ID] {
	return func(yield func(store.ID) bool) {
		for _, seq := range all {
			for id := range seq {
				if !yield(id) {
					return
				}
			}
		}
	}
}

func kindNames() (all []string) {
	for _, k := range cure.Kinds() {
		all = append(all, k.String())
	}
	return all
}

func roleNames() (all []string) {
	for _, r := range cure.Roles() {
		all = append(all, r.String())
	}
	return all
}
