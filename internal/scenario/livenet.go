package scenario

import (
	"fmt"
	"time"

	"github.com/opencure/cure"
)

// Livenet is the network monitor of Hinata Electric.
const Livenet cure.Source = "livenet/hinata"

// zeekConn is one line of Zeek's conn.log as JSON; with a name, of ssl.log.
type zeekConn struct {
	Path      string  `json:"_path"`
	TS        float64 `json:"ts"`
	UID       string  `json:"uid"`
	OrigH     string  `json:"id.orig_h"`
	OrigP     int     `json:"id.orig_p"`
	RespH     string  `json:"id.resp_h"`
	RespP     int     `json:"id.resp_p"`
	Proto     string  `json:"proto,omitempty"`
	State     string  `json:"conn_state,omitempty"`
	OrigBytes int     `json:"orig_bytes,omitempty"`
	RespBytes int     `json:"resp_bytes,omitempty"`
	Version   string  `json:"version,omitempty"`
	Name      string  `json:"server_name,omitempty"`
	Synthetic string  `json:"note"` // not part of the format; readers skip it
}

// livenet tells with whom the own hosts talk: since 10:12 the camera with C2-2,
// every minute; since S1 was opened the office PC with the server of Sazanami's
// news, every hour; and all of them with the noise.
func livenet(t *teller) {
	log := t.journal(Livenet)
	for minute := range 27 {
		log.flow(t, t.time(cameraTalks+time.Duration(minute)*time.Minute+t.seconds(20)), Camera, C2Second, 8080, "")
	}
	for hour := range 67 {
		log.flow(t, t.time(documentOpened+6*time.Minute+time.Duration(hour)*time.Hour+t.seconds(60)), Office, NewsC2IP, 443, NewsC2)
	}
	t.saw(Livenet, cure.KindDomain, NewsC2)
	const block = 9
	for i := range 400 {
		at := t.time(begin + time.Duration(i)*5*time.Minute + t.seconds(60))
		log.flow(t, at, fmt.Sprintf("203.0.113.%d", 1+t.rand.IntN(30)), noise(block, i/4), 443, "")
	}
	log.file("conn.log", t.story.Now)
}

// flow adds a connection, and its greeting where it has a name.
func (j *journal) flow(t *teller, at time.Time, src, dst string, port int, name string) {
	t.saw(j.source, cure.KindIP, src)
	t.saw(j.source, cure.KindIP, dst)
	c := zeekConn{
		Path: "conn", TS: float64(at.UnixMilli()) / 1000, UID: fmt.Sprintf("C%08x", t.rand.Uint32()), OrigH: src, OrigP: 32768 + t.rand.IntN(28000),
		RespH: dst, RespP: port, Proto: "tcp", State: "SF", OrigBytes: 300 + t.rand.IntN(200), RespBytes: 500 + t.rand.IntN(300), Synthetic: "SYNTHETIC",
	}
	j.add(at, c)
	if name != "" {
		c.Path, c.Proto, c.State, c.OrigBytes, c.RespBytes = "ssl", "", "", 0, 0
		c.Version, c.Name = "TLSv13", name
		j.add(at, c)
	}
}
