package access

import (
	"context"
	"net/netip"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/enrich/similar"
)

// Similar is which addresses behave like one, as the public client reads it.
type Similar = client.Similar

// Similar returns the addresses that behave like o, from the cells that the
// principal sees and nothing else. It waits until what was applied up to a
// stream sequence is in, for those whom Applied waits for. Invalid: o is no
// address.
func (v View) Similar(ctx context.Context, o cure.Observable, after uint64) (Similar, error) {
	a, err := netip.ParseAddr(o.Value)
	if o.Kind != cure.KindIP || err != nil {
		return Similar{}, cure.Errorf(cure.Invalid, "find similar addresses: %s is not an address", o.Kind)
	}
	out := Similar{Observable: o, Values: []client.SimilarAddress{}}
	ix := v.reg.alike
	if ix == nil {
		out.State, out.Why = client.SimilarOff, "this hub compares no addresses"
		return out, nil
	}
	if after > 0 && (v.org.Own || writes(&v.who)) {
		if err := ix.Wait(ctx, after); err != nil {
			return out, err
		}
	}
	if !ix.Ready() {
		out.State, out.Why = client.SimilarReading, "the hub has just begun: what sensors saw in the last 30 days is still being read"
		return out, nil
	}
	answer := ix.Similar(similar.Viewer{Sees: v.scope.Sees, Corrected: v.hub.Corrected}, a)
	if answer.Red {
		v.reg.LookedAtRed(ctx, v.scope, "similar "+o.String())
	}
	return answer.Similar, nil
}
