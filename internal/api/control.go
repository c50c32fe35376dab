package api

import (
	"context"
	"net/http"

	"github.com/opencure/cure"
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

// snapshot registers the writing of a snapshot.
func (s *Server) snapshot() {
	register(s, route{
		id: "snapshot", method: http.MethodPost, path: "/snapshot", tag: "state", roles: admins,
		summary: "Write a snapshot now",
	}, func(ctx context.Context, v access.View, _ *struct{}) (*out[sequence], error) {
		seq, err := v.Snapshot(ctx)
		return body(sequence{seq}, err)
	})
}
