package scenario

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/opencure/cure"
)

// TelescopeSource is where Minato University pushes what its own dark range
// sees, as records and without a publisher.
const TelescopeSource = cure.Source("telescope/minato")

const (
	kinAddresses = 14
	telescopeAt  = 100 // sources of its noise
)

// kin are addresses that neither the own dark range nor a honeypot ever saw:
// members of Kagerou that only their behaviour in another telescope gives
// away. They lie in /24 networks without a bot.
func kin(s *Story) []cure.Observable {
	taken := map[[3]byte]bool{}
	for _, b := range s.Cast.Bots {
		a := b.Addr.As4()
		taken[[3]byte(a[:3])] = true
	}
	r := random(s.Seed, "kin")
	var all []cure.Observable
	for len(all) < kinAddresses {
		a := [4]byte{198, byte(18 + r.IntN(2)), byte(r.IntN(256)), byte(1 + r.IntN(254))}
		if net := [3]byte(a[:3]); !taken[net] {
			taken[net] = true
			all = append(all, ipOf(netip.AddrFrom4(a).String()))
		}
	}
	return all
}

// telescope tells what the other telescope saw: the kin on port 48123 with the
// mark of Mirai after the order, and noise.
func telescope(s *Story) []cure.Record {
	r := random(s.Seed, "telescope")
	var all []cure.Record
	knock := func(o cure.Observable, port string, when time.Duration, mirai bool) {
		at := s.Now.Add(when)
		say := func(o cure.Observable, role cure.Role) cure.Observation {
			return cure.Observation{Observable: o, Role: role, First: at, Last: at.Add(14 * time.Second), Count: 3}
		}
		rec := cure.Record{
			ID: cure.NewID(string(TelescopeSource), o.Value, at.UTC().Format(time.RFC3339)), Marking: memberMarking,
			Attrs:        []cure.Attr{{Name: "note", Value: "SYNTHETIC"}},
			Observations: []cure.Observation{say(o, cure.RoleScanner), say(cure.Observable{Kind: cure.KindPort, Value: port}, cure.RoleTarget)},
		}
		if mirai {
			rec.Observations[0].Role = cure.RoleInfected
			rec.Observations = append(rec.Observations, say(cure.Observable{Kind: cure.KindFingerprint, Value: "scan-tool:mirai"}, cure.RoleTool))
			rec.Annotations = []cure.Annotation{{Subject: o, Tag: cure.Observable{Kind: cure.KindTag, Value: "malware:mirai"}, Time: at, Confidence: 80}}
		}
		all = append(all, rec)
	}
	for _, o := range kin(s) {
		knock(o, Port, scanOrder+time.Duration(r.IntN(600))*time.Second, true)
		knock(o, Port, scanOrder+time.Duration(600+r.IntN(600))*time.Second, true)
	}
	ports := []string{"tcp/22", "tcp/23", "tcp/445", "tcp/3389", "tcp/8080", "tcp/443"}
	for i := range telescopeAt {
		o := ipOf(fmt.Sprintf("2001:db8:7e1e::%x", i+1))
		knock(o, ports[r.IntN(len(ports))], begin+time.Duration(i)*20*time.Minute+time.Duration(r.IntN(900))*time.Second, false)
	}
	return all
}
