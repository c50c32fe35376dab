package api

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

// maxBatch is the longest batch in bytes, the hard cap of the log.
const maxBatch = 512 << 10

// SourcePath is a source in a path.
type SourcePath struct {
	Publisher string `path:"publisher" maxLength:"96"`
	Instance  string `path:"instance" maxLength:"96"`
}

func (p SourcePath) source() (cure.Source, error) {
	src := cure.Source(p.Publisher + "/" + p.Instance)
	return src, src.Check()
}

// desk is access.Desk with its secrets: who may write a source needs them.
type desk struct {
	access.Desk
	Pseudonym string `json:"pseudonym" doc:"Key for sensor-side names, hex."`
	Seed      string `json:"seed" doc:"Of the partition hash, hex."`
}

type badInput struct {
	SourcePath
	Body struct {
		Records []access.BadRecord `json:"records" minItems:"1" maxItems:"10000"`
	}
}

type sourceInput struct{ SourcePath }

// publish registers what a publisher does with its source.
func (s *Server) publish() {
	register(s, route{
		id: "openSource", method: http.MethodPost, path: "/sources/{publisher}/{instance}/open", tag: "publish", roles: publishers,
		summary: "Open a source to write it",
		text:    "Takes the source over from whoever had it open. The answer says where to go on after a crash.",
	}, func(ctx context.Context, v access.View, in *sourceInput) (*out[desk], error) {
		src, err := in.source()
		if err != nil {
			return nil, err
		}
		d, err := v.OpenSource(ctx, src)
		return body(desk{Desk: d, Pseudonym: hex.EncodeToString(d.Pseudonym[:]), Seed: hex.EncodeToString(d.Seed[:])}, err)
	})
	register(s, route{
		id: "quarantineRecords", method: http.MethodPost, path: "/sources/{publisher}/{instance}/quarantine", tag: "publish", roles: publishers,
		summary: "Keep raw records that could not be read",
	}, func(ctx context.Context, v access.View, in *badInput) (*struct{}, error) {
		src, err := in.source()
		if err != nil {
			return nil, err
		}
		for i := range in.Body.Records {
			in.Body.Records[i].Source = src
		}
		return nil, v.Quarantine(ctx, src, in.Body.Records)
	})
	s.raw(route{
		id: "sendBatches", method: http.MethodPost, path: "/sources/{publisher}/{instance}/batches", tag: "publish", roles: publishers,
		summary: "Send batches of an open source",
		text: "The body is one or more batches, each behind its length (32 bits, little-endian), in order. The answer has one sequence " +
			"a batch and comes when all are durable. Sending the same batches again is safe.",
	}, func(op *huma.Operation) {
		op.Parameters = []*huma.Param{
			pathParam("publisher"), pathParam("instance"),
			{Name: client.HeaderToken, In: "header", Required: true, Description: "The token of the opened source.", Schema: &huma.Schema{Type: "string"}},
		}
		op.RequestBody = binaryBody(client.MediaBatches)
		op.Responses["200"] = jsonResponse(s.huma, client.Sequences{})
	}, s.batches)
}

func (s *Server) batches(w http.ResponseWriter, r *http.Request, v access.View) error {
	src, err := SourcePath{r.PathValue("publisher"), r.PathValue("instance")}.source()
	if err != nil {
		return err
	}
	token := r.Header.Get(client.HeaderToken)
	var head [4]byte
	answer := client.Sequences{Sequences: []uint64{}}
	for {
		if _, err := io.ReadFull(r.Body, head[:]); err == io.EOF {
			break
		} else if err != nil {
			return cutOff(err, len(answer.Sequences))
		}
		n := binary.LittleEndian.Uint32(head[:])
		if n == 0 || n > maxBatch {
			return cure.Errorf(cure.Invalid, "batch %d has %d bytes, want 1 to %d", len(answer.Sequences), n, maxBatch)
		}
		payload := make([]byte, n)
		if _, err := io.ReadFull(r.Body, payload); err != nil {
			return cutOff(err, len(answer.Sequences))
		}
		seq, err := v.Send(r.Context(), src, token, payload)
		if err != nil {
			return err
		}
		answer.Sequences = append(answer.Sequences, seq)
	}
	if len(answer.Sequences) == 0 {
		return cure.Errorf(cure.Invalid, "no batch in the body")
	}
	return writeJSON(w, answer)
}

// cutOff is the error of a body that ended or broke inside a batch.
func cutOff(err error, batch int) error {
	if err == io.ErrUnexpectedEOF {
		return cure.Errorf(cure.Invalid, "body ends inside batch %d", batch)
	}
	return cure.Errorf(cure.Invalid, "read batch %d: %w", batch, err)
}
