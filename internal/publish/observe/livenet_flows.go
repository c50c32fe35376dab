package observe

import (
	"encoding/binary"
	"errors"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/netflow"
	"github.com/opencure/cure/internal/publish/packet"
)

// Kinds of what datagrams hold that is no flow.
const (
	kindNoTemplate = "flows whose template has not come yet"
	kindNoFlows    = "packet without flows"
)

var (
	errCutDatagram = errors.New("datagram of flows is cut or in fragments: capture whole packets")
	errFlows       = errors.New("datagram of flows of which none can be used")
)

// datagram reads a packet of a capture whose payload a router has sent.
func (d *livenet) datagram(raw []byte, emit func(*publish.Event)) error {
	p := &d.p
	switch err := p.Decode(raw); {
	case errors.Is(err, packet.ErrNotIP), err == nil && p.Proto != packet.UDP:
		d.unknown(kindNoFlows, emit)
		return nil
	case err != nil:
		return err
	case p.Fragment || !p.Whole:
		return errCutDatagram
	}
	var bad error
	good := false
	sent, err := d.flows.Read(p.Src.Netip(), p.Payload, func(nf *netflow.Flow) {
		f := flowOf(nf)
		if err := d.say(&f, emit); err != nil {
			bad = err
		} else {
			good = true
		}
	})
	for range sent.Missing {
		d.unknown(kindNoTemplate, emit)
	}
	switch {
	case errors.Is(err, netflow.ErrOther):
		d.unknown(kindNoFlows, emit)
		return nil
	case err == nil && bad != nil && !good && sent.Flows > 1:
		return errFlows
	case err == nil && !good:
		return bad
	}
	return err
}

// unknown counts what is not read.
func (d *livenet) unknown(kind string, emit func(*publish.Event)) {
	reset(&d.ev)
	d.ev.Time, d.ev.Kind, d.ev.Unknown = d.p.Time, kind, true
	emit(&d.ev)
}

// flowOf says who began. A flow record tells of one direction: its side with
// the smaller port is taken for the service, and what that side sends for an
// answer.
func flowOf(nf *netflow.Flow) flow {
	f := flow{
		log: "netflow", time: nf.Start, src: nf.Src, dst: nf.Dst, port: uint64(nf.DstPort),
		sized: true, bytes: nf.Bytes + nf.Back, unanswered: true,
	}
	if nf.IPFIX {
		f.log = "ipfix"
	}
	switch nf.Proto {
	case packet.TCP:
		f.proto = "tcp"
	case packet.UDP:
		f.proto = "udp"
	}
	switch {
	case nf.Both:
		f.unanswered = nf.Back == 0
	case nf.SrcPort > 0 && nf.SrcPort < nf.DstPort:
		f.src, f.dst, f.port = nf.Dst, nf.Src, uint64(nf.SrcPort)
		// RST without SYN is a refusal.
		f.unanswered = nf.Proto == packet.TCP && nf.Flags&(packet.RST|packet.SYN) == packet.RST
	}
	return f
}

// flowDays is the fold of days; the templates that datagrams refer to are part
// of its state.
type flowDays struct {
	*publish.Minutes
	flows *netflow.Reader
}

// Add implements publish.Fold. What could not be read was counted.
func (f *flowDays) Add(ev *publish.Event, emit publish.Emit) {
	if !ev.Unknown {
		f.Minutes.Add(ev, emit)
	}
}

// Pending implements publish.Fold.
func (f *flowDays) Pending() int { return f.Minutes.Pending() + f.flows.Size() + binary.MaxVarintLen64 }

// flowState begins a state with templates; one without begins with the version
// of days, which is 1.
const flowState = 0xf1

// AppendState implements publish.Fold. Layout: templates if there are any,
// days.
func (f *flowDays) AppendState(dst []byte) []byte {
	if f.flows.Size() > (&netflow.Reader{}).Size() {
		dst = f.flows.AppendState(append(dst, flowState))
	}
	return f.Minutes.AppendState(dst)
}

// Restore implements publish.Fold.
func (f *flowDays) Restore(state []byte) error {
	rest := state
	*f.flows = netflow.Reader{}
	if len(state) > 0 && state[0] == flowState {
		var err error
		if rest, err = f.flows.Restore(state[1:]); err != nil {
			return err
		}
	}
	return f.Minutes.Restore(rest)
}
