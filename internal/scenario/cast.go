package scenario

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"
)

// The fixed members of the cast.
const (
	Loader    = "198.51.100.23" // hands out Kagerou
	C2First   = "198.51.100.77" // C2-1, c2a.kagerou.example
	C2Second  = "192.0.2.45"    // C2-2, c2b.kagerou.example; in no feed
	Resolver  = "192.0.2.53"    // public resolver that one feed lists by mistake
	Victim    = "198.51.100.200"
	NewsC2    = "news.sazanami.example" // campaign Sazanami
	NewsC2IP  = "192.0.2.130"
	LoaderURL = "http://" + Loader + "/bins/kage.arm"
	Token     = "KGR" // the applet Kagerou's loader asks busybox for
	EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// The crowd. Bots live in 198.18.0.0/15, one in a /24. The noise lives in
// 240.0.0.0/4 and 2001:db8::/32, in a block for each source, so that it never
// links.
const (
	bots      = 240
	botsEarly = 41 // active before 10:00
)

// Cast is who takes part.
type Cast struct {
	Bots []Bot // in order of their first appearance
}

// Bot is an infected camera.
type Bot struct {
	Addr  netip.Addr
	First time.Duration // of its first appearance, from the story's 10:40
}

// at returns the time of a moment of the story, as an offset from its 10:40.
func at(day, hour, minute int) time.Duration {
	return time.Date(2026, 11, day, hour, minute, 0, 0, JST).Sub(Frozen())
}

// Moments of the story.
// SamplesUp is when K1 and K2 are on the loader, before [Story.Now]; NewSample
// is when K3 is in the place of K1.
var (
	SamplesUp = at(18, 22, 0)
	NewSample = at(20, 8, 40)
)

var (
	begin       = at(18, 20, 0)  // the sensors' logs begin
	firstBots   = at(18, 21, 10) // first payload on 48123, five sources
	silentFrom  = at(20, 3, 0)   // one sensor falls silent
	silentUntil = at(20, 5, 0)
	htmlAt      = at(20, 8, 0)  // one feed turns into HTML
	feedListsC2 = at(20, 9, 0)  // a feed first lists C2-1
	scanOrder   = at(20, 10, 0) // order "scan 48123": 41 sources become 240
	lateArrival = at(20, 10, 30)
	cameraTalks = at(20, 10, 12) // the camera to C2-2
	// documentOpened is when the office PC fetches S1, after the mails of 14:10.
	documentOpened = at(17, 14, 32)
)

// newCast places one bot in each of 240 /24 networks of 198.18.0.0/15. Five
// appear at once, 41 before the order to scan, the rest within twenty minutes
// of it, in two windows of ten.
func newCast(seed int64) Cast {
	r := random(seed, "cast")
	nets := r.Perm(512)[:bots]
	c := Cast{Bots: make([]Bot, bots)}
	for i, n := range nets {
		c.Bots[i] = Bot{
			Addr:  netip.AddrFrom4([4]byte{198, byte(18 + n/256), byte(n), byte(1 + r.IntN(254))}),
			First: appearance(r, i),
		}
	}
	return c
}

func appearance(r *rand.Rand, i int) time.Duration {
	switch {
	case i < 5:
		return firstBots + time.Duration(i)*17*time.Second
	case i < botsEarly:
		// One after the other over the 36 hours until the order.
		span := scanOrder - SamplesUp
		return SamplesUp + span*time.Duration(i-4)/time.Duration(botsEarly-3) + time.Duration(r.IntN(600))*time.Second
	case i < (bots+botsEarly)/2:
		return scanOrder + time.Duration(r.IntN(600))*time.Second
	}
	return scanOrder + 10*time.Minute + time.Duration(r.IntN(600))*time.Second
}

// Who of the crowd each publisher meets: [from, to) in order of appearance.
// The ranges overlap, so that the publishers share a part of them.
var meets = map[string][2]int{
	"cowrie":   {0, 38},
	"dionaea":  {32, 41}, // 9, 6 of them at cowrie too
	"feeds":    {28, 40}, // 12, 10 of them at cowrie and 8 at dionaea
	"allport":  {0, 61},  // payload P-7
	"glastopf": {14, 31}, // 17, all at cowrie, 3 in the feeds
}

// botsOf returns the bots a publisher meets.
func (c Cast) botsOf(publisher string) []Bot {
	m := meets[publisher]
	return c.Bots[m[0]:m[1]]
}

// Sensors of the honeypots, by source. Name and address belong to the sensor
// side: they must never be found in the hub.
var sensors = map[string]string{
	"cowrie/tokyo1":     "203.0.113.41",
	"cowrie/osaka1":     "203.0.113.42",
	"cowrie/sendai1":    "203.0.113.43",
	"dionaea/nagoya1":   "203.0.113.44",
	"allport/sapporo1":  "203.0.113.46",
	"glastopf/fukuoka1": "203.0.113.45",
	"alerts/hinata":     "ids-hinata-1",
	"amppot/hinata":     "203.0.113.47",
	"malmail/hinata":    "mx1.hinata.example",
	"spamdb/hinata":     "mx2.hinata.example",
	"spamdb/minato":     "mx1.minato.example",
	"decoynet/lab1":     "decoy-lab-1",
}

// noise returns the i-th address of a block of noise: 240 + block is the first
// byte. Every seventh is an IPv6 address.
func noise(block, i int) string {
	i++
	if i%7 == 0 {
		return fmt.Sprintf("2001:db8:%x::%x", block+0x100, i)
	}
	return netip.AddrFrom4([4]byte{byte(240 + block), byte(i >> 16), byte(i >> 8), byte(i)}).String()
}
