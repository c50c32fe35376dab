package publish

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/wire"
)

// runner drives one run.
type runner struct {
	cfg    Config
	dec    Decoder
	mask   *Masker
	out    *batcher
	inputs []string
	again  string    // identity of the input that an interrupted run was in
	copied time.Time // and when that copy was made
	result *Result

	examples int // bad records of the input
	in       feed.Input
	id       string // of the input, "" where it cannot be read twice
	trouble  error  // of the input: why it was cut or refused
	given    bool   // an interrupted run was given up, and no checkpoint says so yet
	frame    feed.Frame
	begins   string       // what the input looks like, where its publisher cannot read that; "" else
	taken    func(*Event) // r.event, bound once
	emit     Emit         // r.out.add, bound once
	report   report
}

// open opens the source and takes up what was left by the last run.
func open(ctx context.Context, cfg Config, inputs []string) (*runner, error) {
	opening, err := cfg.Sink.Open(ctx, cfg.Source)
	if err != nil {
		return nil, err
	}
	cp, err := decodeCheckpoint(opening.State, opening.Key)
	if err != nil {
		return nil, err
	}
	names := NewPseudonyms(opening.Key)
	dec, fold, err := cfg.Publisher.New(Options{
		Source: cfg.Source, Names: names, Own: NewOwnSide(opening.Own), Feed: cfg.Feed, Block: cfg.Block, Zone: cmp.Or(cfg.Zone, assumed),
		PDF: cfg.PDF, Keywords: cfg.Keywords, Enabled: cfg.Enabled,
		Flood: cfg.Flood, Paths: cfg.Paths,
	})
	if err != nil {
		return nil, err
	}
	enc, err := wire.NewEncoder(opening.Seed)
	if err != nil {
		return nil, err
	}
	hidden := opening.Own
	if cfg.Publisher.OwnHosts {
		hidden = nil
	}
	r := &runner{cfg: cfg, dec: dec, mask: NewMasker(names, hidden), inputs: inputs, result: &Result{}}
	r.taken = r.event
	r.out = &batcher{
		ctx: ctx, sink: cfg.Sink, src: cfg.Source, open: opening, enc: enc, fold: fold, cp: cp,
		mask: r.mask, now: cfg.Now, result: r.result, seq: cp.seq, every: cfg.Checkpoint,
	}
	if cfg.Checkpoint <= 0 {
		r.out.every = checkpointEvery
	}
	r.emit, r.out.before = r.out.add, r.refine
	r.mask.Learn(cp.learned)
	if err := r.out.loadFold(); err != nil {
		return nil, err
	}
	if cp.at.IsZero() {
		cp.at = cfg.Now()
	}
	return r, nil
}

// takeUp finds out whether the hub has batches behind the last checkpoint.
// They have to be made again before anything else.
func (r *runner) takeUp(ctx context.Context) error {
	o, cp := &r.out.open, r.out.cp
	if o.Seq < cp.seq {
		return cure.Errorf(cure.Internal, "open %s: hub has batch %d but the checkpoint of batch %d", r.cfg.Source, o.Seq, cp.seq)
	}
	if o.Seq == cp.seq {
		r.again, r.copied = cp.input, cp.copied
		return nil
	}
	for i, path := range r.inputs {
		id, err := r.identity(ctx, path)
		if err != nil {
			return err
		}
		if id != "" && id == cp.input {
			r.again, r.copied = id, cp.copied
			r.inputs = append([]string{path}, slices.Delete(slices.Clone(r.inputs), i, i+1)...)
			return nil
		}
	}
	return r.abandon()
}

// abandon gives up what an interrupted run had not finished, where that is
// wanted. The next checkpoint, which comes in any case, makes it final.
func (r *runner) abandon() error {
	if !r.cfg.Abandon {
		return cure.Errorf(cure.Conflict, "open %s: a run was interrupted in %q; publish that input first, or abandon it",
			r.cfg.Source, r.out.cp.name)
	}
	r.out.seq, r.out.due, r.given = r.out.open.Seq, true, true
	return nil
}

// identity names the content of an input.
func (r *runner) identity(ctx context.Context, path string) (string, error) {
	if again, err := feed.Rereadable(path); err != nil || !again {
		return "", err
	}
	if r.cfg.Publisher.Copies {
		return feed.Sum(path)
	}
	f, err := feed.Open(path, r.cfg.Publisher.Framing, r.cfg.MaxRecord)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return f.Identity(ctx, r.known)
}

func (r *runner) known(id string) bool {
	offset, _ := r.out.cp.offset(id)
	return offset > 0 || r.out.cp.input == id
}

// run publishes all inputs and waits for the sink.
func (r *runner) run(ctx context.Context) (Result, error) {
	var err error
	for _, path := range r.inputs {
		if err = r.input(ctx, path); err != nil {
			break
		}
	}
	if e := r.out.wait(); err == nil {
		err = e
	}
	r.result.Seq = r.out.sequence()
	if err == nil && r.cfg.Wait && r.result.Seq > 0 {
		err = r.cfg.Sink.Applied(ctx, r.result.Seq)
	}
	r.progress(true)
	return *r.result, err
}

// input publishes one file from where it was left.
func (r *runner) input(ctx context.Context, path string) error {
	id, err := r.identity(ctx, path)
	if err != nil {
		return err
	}
	f, err := feed.Open(path, r.cfg.Publisher.Framing, r.cfg.MaxRecord)
	if err != nil {
		return err
	}
	defer f.Close()
	return r.read(ctx, whole{f, id, path})
}

// whole is a file with its identity.
type whole struct {
	*feed.File
	id, path string
}

// Identity implements feed.Input.
func (w whole) Identity() string { return cmp.Or(w.Anchor(), w.id) }

// Shaped implements feed.Input.
func (w whole) Shaped() *feed.File { return w.File }

// Path implements feed.Input.
func (w whole) Path() string {
	if w.Verbatim() {
		return ""
	}
	return w.path
}

// read publishes an input from where it was left.
func (r *runner) read(ctx context.Context, in feed.Input) error {
	if r.trouble = nil; in.Path() != "" {
		if err := feed.Intact(in.Path()); err != nil {
			r.trouble = err
			r.note(cure.Errorf(cure.KindOf(err), "%s: %w", in.Name(), err))
			r.out.quarantine(Bad{Reason: reason(err), Input: in.Name(), Time: r.cfg.Now().UTC()})
			return nil
		}
	}
	if s, ok := r.dec.(Shaper); ok && in.Shaped() != nil {
		if err := s.Shape(in.Shaped()); err != nil {
			return err
		}
	}
	cp := r.out.cp
	r.in, r.id = in, in.Identity()
	again := r.id != "" && r.id == r.again
	if r.again = ""; !again {
		cp.input, cp.name, cp.copied = r.id, in.Name(), in.Time().UTC()
	}
	if cp.copied.IsZero() {
		cp.copied = r.cfg.Now().UTC()
	}
	// The first batch of an input names it in a checkpoint. One that is made
	// again has it behind that checkpoint.
	r.out.due, r.out.each = !again, r.id == ""
	r.report.begin(r.cfg.Now(), r.result.Records)
	before := *r.result
	r.examples = 0
	if r.cfg.Publisher.Copies && cp.copyDone(r.id, cp.copied) {
		r.result.Resumed += in.Size()
		cp.input = ""
		return nil
	}
	if err := r.resume(ctx); err != nil {
		r.problem(err)
		return ctx.Err()
	}
	r.out.fold.Begin(Copy{Name: cp.name, Identity: r.id, Time: cp.copied})
	complete, err := r.frames(ctx)
	if err != nil {
		return err
	}
	return r.end(ctx, complete, before)
}

// resume passes over what was published before.
func (r *runner) resume(ctx context.Context) error {
	offset, _ := r.out.cp.offset(r.id)
	if offset == 0 || r.cfg.Publisher.Copies {
		return nil
	}
	// A file that begins as before and is shorter than what was read of it
	// was written anew.
	if size := r.in.Size(); r.in.Path() == "" && size > 0 && offset > size {
		r.note(cure.Errorf(cure.Invalid, "%s: shorter than the %d bytes that were read of it: read from its beginning", r.in.Name(), offset))
		r.out.cp.advance(r.id, 0)
		r.out.due = true
		return nil
	}
	if err := r.in.Skip(ctx, offset); err != nil {
		return err
	}
	r.result.Resumed += offset
	return nil
}

// frames publishes the records of the input up to its end. It returns whether
// that end was one.
func (r *runner) frames(ctx context.Context) (bool, error) {
	for {
		fr, err := r.in.Next(ctx, r.out.patience())
		switch {
		case err == nil:
		case errors.Is(err, feed.ErrIdle):
			r.out.checkpoint()
			r.tell(r.cfg.Now(), false)
		case errors.Is(err, io.EOF):
			return true, nil
		default:
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			r.problem(err)
			return false, nil
		}
		if err == nil {
			r.record(fr)
		}
		if r.out.err != nil {
			return false, r.out.err
		}
	}
}

// problem notes that an input was cut or refused.
func (r *runner) problem(err error) {
	r.trouble = err
	r.note(cure.Errorf(cure.KindOf(err), "%s: %w", r.out.cp.name, err))
}

// maxProblems bounds the problems that are kept: a followed log has no end.
const maxProblems = 100

func (r *runner) note(problem error) {
	if len(r.result.Problems) < maxProblems {
		r.result.Problems = append(r.result.Problems, problem)
	}
	if r.cfg.Problem != nil {
		r.cfg.Problem(problem)
	}
}

// refine takes over the identity of an input that has grown. It is called
// before each checkpoint.
func (r *runner) refine() {
	if r.in == nil || r.id == "" {
		return
	}
	if id := r.in.Identity(); id != r.id && id != "" {
		r.out.cp.rename(r.id, id)
		r.id = id
	}
}

// end ends an input: all that is known of it goes out with a checkpoint,
// unless it held nothing new.
func (r *runner) end(ctx context.Context, complete bool, before Result) error {
	err := r.out.fold.End(complete, func(rec *cure.Record) {
		r.out.add(rec)
		r.out.step()
	})
	if err != nil { // refused as a whole: one entry for all of it
		r.problem(err)
		r.out.quarantine(Bad{Reason: reason(err), Input: r.out.cp.name, Time: r.cfg.Now().UTC()})
	}
	if r.cfg.Publisher.Copies && complete && err == nil {
		r.out.cp.advance(r.out.cp.input, r.out.cp.copied.Unix())
	}
	r.out.cp.input = ""
	if r.out.err == nil && r.out.again() {
		return cure.Errorf(cure.Conflict, "%s: the input has changed since a run was interrupted in it", r.out.cp.name)
	}
	if r.out.err == nil && (r.given || r.result.Records > before.Records || r.result.Published > before.Published) {
		r.out.checkpoint()
		r.given = false
	}
	r.out.sendBad() // what no batch took along
	r.progress(true)
	if r.out.err != nil {
		return r.out.err
	}
	return ctx.Err()
}
