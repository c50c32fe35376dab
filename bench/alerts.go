package bench

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opencure/cure/client"
)

// AlertsOptions say how hard it storms.
type AlertsOptions struct {
	Dir     string
	Rate    int // alerts a second
	Seconds int
	Seed    uint64
}

// probeEvery is the time between two alerts whose way is followed.
const probeEvery = time.Second

// Alerts measures a storm of alerts as a sensor brings it: lines of Suricata
// EVE are written to a file at a steady rate, "cure publish alerts --follow"
// reads it in a process of its own, and a hub in another answers. Once a second
// an alert names an address that nobody named before; its lag is the time from
// the line in the file until a question for the address is answered.
func Alerts(ctx context.Context, r Report, o AlertsOptions) error {
	r.Head("%d alerts/s for %d s, sensor, publisher and hub in processes of their own, seed %d", o.Rate, o.Seconds, o.Seed)
	s, stop, err := startUnlimited(ctx, o.Dir)
	if err != nil {
		return err
	}
	defer stop()
	file := filepath.Join(s.dir, "eve.json")
	log, err := os.Create(file)
	if err != nil {
		return err
	}
	defer log.Close()
	reading, quit := context.WithCancel(ctx)
	publisher := s.command(reading, "publish", "alerts", "--source", "alerts/storm", "--quiet", "--follow", file)
	if err := publisher.Start(); err != nil {
		quit()
		return err
	}
	defer func() { quit(); _ = publisher.Wait() }()
	before, start := s.usage(), time.Now()
	storm := &alertStorm{o: o, w: bufio.NewWriterSize(log, 1<<16), rng: rand.New(rand.NewPCG(o.Seed, 7))}
	if err := storm.run(ctx, s.Client); err != nil {
		return err
	}
	took, after := time.Since(start), s.usage()
	sources, err := s.Client.Sources(ctx)
	if err != nil {
		return err
	}
	r.Line("written", "%d alerts in %s, latest %s behind schedule", storm.lines, short(took), short(storm.late))
	r.Line("line in the file to answer", "%v", &storm.found)
	for _, src := range sources {
		if src.Operating != nil && src.Source == "alerts/storm" {
			r.Line("published", "%d records (alike alerts of a minute are one), %d in the quarantine", src.Operating.Records, src.Operating.Quarantined)
		}
	}
	r.Line("processor of the hub", "%.0f %% of one", 100*(after.CPU-before.CPU).Seconds()/took.Seconds())
	r.Line("resident hub", "%.0f MB", float64(after.Resident)/1e6)
	return ctx.Err()
}

// alertStorm writes the log.
type alertStorm struct {
	o     AlertsOptions
	w     *bufio.Writer
	rng   *rand.Rand
	lines int
	late  time.Duration
	found Latencies
}

// run writes a hundredth of a second's alerts a hundred times a second, on
// schedule, and returns when the last probe is answered.
func (a *alertStorm) run(ctx context.Context, c *client.Client) error {
	probes := make(chan probe, a.o.Seconds)
	var asking errgroup.Group
	asking.Go(func() error { return a.ask(ctx, c, probes) })
	err := a.write(ctx, probes)
	close(probes)
	if failed := asking.Wait(); err == nil {
		err = failed
	}
	return err
}

// probe is an address that an alert named at a time.
type probe struct {
	addr string
	at   time.Time
}

func (a *alertStorm) write(ctx context.Context, probes chan<- probe) error {
	const tick = 10 * time.Millisecond
	start := time.Now()
	for turn := range a.o.Seconds * int(time.Second/tick) {
		due := start.Add(time.Duration(turn) * tick)
		if err := wait(ctx, time.Until(due)); err != nil {
			return err
		}
		a.late = max(a.late, time.Since(due))
		for range a.o.Rate / int(time.Second/tick) {
			a.line(fmt.Sprintf("198.18.%d.%d", a.rng.IntN(20), a.rng.IntN(256)))
		}
		p := probe{addr: fmt.Sprintf("198.19.%d.%d", turn/100>>8, turn/100&255)}
		if asks := turn%int(probeEvery/tick) == 0; asks {
			a.line(p.addr)
			p.at = time.Now()
			probes <- p
		}
		if err := a.w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// line writes an alert on an address, as one of 300 rules on one of 250 hosts.
func (a *alertStorm) line(remote string) {
	rule := a.rng.IntN(300)
	fmt.Fprintf(a.w, `{"timestamp":"%s","flow_id":%d,"in_iface":"eth0","event_type":"alert","src_ip":"%s","src_port":%d,"dest_ip":"10.4.0.%d","dest_port":%d,"proto":"TCP",`+
		`"alert":{"action":"allowed","gid":1,"signature_id":%d,"rev":3,"signature":"BENCH SCAN pattern %d","category":"Attempted Information Leak","severity":%d}}`+"\n",
		time.Now().UTC().Format("2006-01-02T15:04:05.000000-0700"), a.rng.Int64(), remote, 1024+a.rng.IntN(60000), 1+a.rng.IntN(250), 20+rule, 2000000+rule, rule, 1+rule%3)
	a.lines++
}

// ask looks for each probe until it is found.
func (a *alertStorm) ask(ctx context.Context, c *client.Client, probes <-chan probe) error {
	for p := range probes {
		for {
			res, err := c.Search(ctx, p.addr, client.Page{})
			if err != nil {
				return err
			}
			if len(res.Values) > 0 {
				break
			}
			if err := wait(ctx, 20*time.Millisecond); err != nil {
				return err
			}
		}
		a.found.Add(time.Since(p.at))
	}
	return nil
}
