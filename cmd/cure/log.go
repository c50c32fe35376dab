package main

import (
	"context"
	"fmt"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/wire"
)

type logCmd struct {
	Verify logVerifyCmd `cmd:"" help:"Read the whole log and check every batch; the hub must be stopped."`
	Users  logUsersCmd  `cmd:"" help:"Users of an external NATS cluster, one a source."`
}

type logVerifyCmd struct{}

// Help teaches by example.
func (logVerifyCmd) Help() string {
	return `Reads every batch and checks sum, order and content. Ends with 2 when something
is missing or damaged, and says which sequences.

  cure log verify
  cure --data /restored log verify`
}

// Run checks that the log has no gap and every batch decodes.
func (logVerifyCmd) Run(e *env) error {
	n, err := e.openNode(offline)
	if err != nil {
		return err
	}
	defer n.close()
	o, err := n.options()
	if err != nil {
		return err
	}
	stream, err := n.base.Stream(e.ctx, o.Stream())
	if err != nil {
		return err
	}
	report, err := verify(e.ctx, stream)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		if err := e.printJSON(report); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(e.out, "%d batches, %s, sequences %d to %d, %d missing\n",
			report.Messages, mib(int64(report.Bytes)), report.First, report.Last, report.Missing)
		for _, f := range report.Flaws {
			fmt.Fprintf(e.out, "  %d to %d: %v\n", f.First, f.Last, f.Err)
		}
	}
	if len(report.Flaws) > 0 {
		return cure.Errorf(cure.Internal, "the log is damaged")
	}
	return nil
}

func verify(ctx context.Context, stream log.Stream) (log.VerifyReport, error) {
	dec, err := wire.NewDecoder()
	if err != nil {
		return log.VerifyReport{}, err
	}
	return log.Verify(ctx, stream, func(m log.Message) error {
		b, err := dec.Decode(m.Data)
		if err != nil {
			return err
		}
		if b.Source.Subject() != m.Subject {
			return cure.Errorf(cure.Invalid, "batch of %s stands under subject %s", b.Source, m.Subject)
		}
		return nil
	})
}
