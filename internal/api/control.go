package api

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

type controlInput struct {
	Body struct {
		Source   cure.Source    `json:"source" doc:"Whose records it concerns."`
		Controls []cure.Control `json:"controls" minItems:"1" maxItems:"1000"`
	}
}

type sequence struct {
	Sequence uint64 `json:"sequence" doc:"Stream sequence, durable; give it as after to see it applied."`
}

// controls registers what changes what was said before.
func (s *Server) controls() {
	register(s, route{
		id: "control", method: http.MethodPost, path: "/controls", tag: "write", roles: analysts,
		summary: "Delete, regrade or retract",
		text:    "Goes through the log like data, so that its order against the data is defined, and is audited.",
	}, func(ctx context.Context, v access.View, in *controlInput) (*out[sequence], error) {
		if err := in.Body.Source.Check(); err != nil {
			return nil, err
		}
		for i := range in.Body.Controls {
			if err := checkControl(&in.Body.Controls[i]); err != nil {
				return nil, err
			}
			in.Body.Controls[i].Author = v.Principal().Key
		}
		seq, err := v.Control(ctx, in.Body.Source, in.Body.Controls...)
		return body(sequence{seq}, err)
	})
}

// checkControl refuses what only a publisher may write, and half-filled ones.
func checkControl(c *cure.Control) error {
	switch {
	case !c.Op.Valid():
		return cure.Errorf(cure.Invalid, "control without an operation")
	case c.Op == cure.OpCheckpoint:
		return cure.Errorf(cure.Invalid, "a checkpoint is written by its publisher only")
	case c.Op == cure.OpRetract && c.Producer == "":
		return cure.Errorf(cure.Invalid, "retract without a producer")
	case c.Op == cure.OpDelete && c.Observable.IsZero() && c.Record.IsZero() && c.Before.IsZero():
		return cure.Errorf(cure.Invalid, "delete without an observable, a record or a time")
	}
	if !c.Observable.IsZero() {
		if err := c.Observable.Check(); err != nil {
			return err
		}
	}
	return c.Marking.Check()
}

// snapshot registers the writing of a snapshot and of a backup.
func (s *Server) snapshot() {
	s.raw(route{
		id: "backup", method: http.MethodGet, path: "/backup", tag: "state", roles: admins,
		summary: "Download a backup of everything",
		text:    "A zstd-compressed tar archive of the log with all streams, objects and keys; 'cure restore' reads it. It is whole when it ends with the file named complete; an answer that breaks off is none.",
	}, func(op *huma.Operation) {
		op.Responses["200"] = &huma.Response{Description: "The archive.", Content: binaryBody(client.MediaBackup).Content}
	}, func(w http.ResponseWriter, r *http.Request, v access.View) error {
		if err := unhurried(w, r); err != nil {
			return err
		}
		w.Header().Set("Content-Type", client.MediaBackup)
		sw := &startedWriter{w: w}
		err := v.Backup(r.Context(), sw)
		if err != nil && sw.started { // too late to say so: break off, so that nobody takes it for whole
			exchangeOf(r.Context()).err = err
			panic(http.ErrAbortHandler)
		}
		return err
	})
	register(s, route{
		id: "snapshot", method: http.MethodPost, path: "/snapshot", tag: "state", roles: admins,
		summary: "Write a snapshot now",
	}, func(ctx context.Context, v access.View, _ *struct{}) (*out[sequence], error) {
		seq, err := v.Snapshot(ctx)
		return body(sequence{seq}, err)
	})
}

// startedWriter knows whether anything was written.
type startedWriter struct {
	w       io.Writer
	started bool
}

func (s *startedWriter) Write(b []byte) (int, error) {
	s.started = true
	return s.w.Write(b)
}
