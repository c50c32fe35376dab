package observe_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
)

// cowrieLog writes sessions of six lines, eight of them open at a time.
func cowrieLog(sessions int) []byte {
	var b bytes.Buffer
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	const open = 8
	for from := 0; from < sessions; from += open {
		for step := range 6 {
			for i := from; i < min(from+open, sessions); i++ {
				at = at.Add(7 * time.Millisecond)
				writeCowrie(&b, i, step, at)
			}
		}
	}
	return b.Bytes()
}

func writeCowrie(b *bytes.Buffer, i, step int, at time.Time) {
	head := fmt.Sprintf(`"sensor":"hp-tokyo-1","timestamp":"%s","src_ip":"198.18.%d.%d","session":"%012x"`,
		at.Format("2006-01-02T15:04:05.000000Z"), i>>8&255, i&255, i)
	switch step {
	case 0:
		fmt.Fprintf(b, `{"eventid":"cowrie.session.connect","src_port":%d,"dst_ip":"192.0.2.10","dst_port":2222,"protocol":"ssh","message":"New connection: 198.18.%d.%d:%d (192.0.2.10:2222) [session: %012x]",%s}`,
			1024+i%60000, i>>8&255, i&255, 1024+i%60000, i, head)
	case 1:
		fmt.Fprintf(b, `{"eventid":"cowrie.client.version","version":"SSH-2.0-Go","message":"Remote SSH version: SSH-2.0-Go",%s}`, head)
	case 2:
		fmt.Fprintf(b, `{"eventid":"cowrie.client.kex","hassh":"%032x","hasshAlgorithms":"curve25519-sha256,ecdh-sha2-nistp256;aes128-ctr,aes256-ctr;hmac-sha2-256,hmac-sha1;none","kexAlgs":["curve25519-sha256","ecdh-sha2-nistp256"],"keyAlgs":["ssh-ed25519","ssh-rsa"],"encCS":["aes128-ctr","aes256-ctr"],"macCS":["hmac-sha2-256","hmac-sha1"],"compCS":["none"],"langCS":[""],"message":"SSH client hassh fingerprint",%s}`, i%50, head)
	case 3:
		fmt.Fprintf(b, `{"eventid":"cowrie.login.success","username":"root","password":"pw%d","message":"login attempt [root/pw%d] succeeded",%s}`, i%1000, i%1000, head)
	case 4:
		fmt.Fprintf(b, `{"eventid":"cowrie.command.input","input":"cat /proc/cpuinfo | grep name | wc -l","message":"CMD: cat /proc/cpuinfo | grep name | wc -l",%s}`, head)
	case 5:
		fmt.Fprintf(b, `{"eventid":"cowrie.session.closed","duration":%d.5,"message":"Connection lost after %d seconds",%s}`, i%60, i%60, head)
	}
	b.WriteByte('\n')
}

// nowhere is a sink that takes all at once.
type nowhere struct{ seq uint64 }

func (*nowhere) Open(context.Context, cure.Source) (publish.Opening, error) {
	return publish.Opening{Epoch: 1}, nil
}

func (n *nowhere) Send(_ context.Context, _ cure.Source, _ string, _ []byte, done func(uint64, error)) error {
	n.seq++
	done(n.seq, nil)
	return nil
}
func (*nowhere) Quarantine(context.Context, cure.Source, []publish.Bad) error { return nil }
func (*nowhere) Applied(context.Context, uint64) error                        { return nil }
func (*nowhere) Put(context.Context, []byte) (string, error)                  { return "", nil }
func (*nowhere) Get(context.Context, string) ([]byte, error)                  { return nil, nil }

func BenchmarkCowrieDecode(b *testing.B) {
	log := cowrieLog(2000)
	lines := bytes.Split(bytes.TrimSpace(log), []byte("\n"))
	dec, _, err := observe.Cowrie().New(publish.Options{Source: "cowrie/a", Names: publish.NewPseudonyms([32]byte{})})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		for _, l := range lines {
			if err := dec.Decode(l, func(*publish.Event) {}); err != nil {
				b.Fatal(err)
			}
		}
	}
	report(b, len(lines))
}

// BenchmarkDecode reads the raw records of samples again and again, without
// cutting, masking, folding and sending.
func BenchmarkDecode(b *testing.B) {
	tests := []struct {
		name string
		p    publish.Publisher
		in   []byte // nil: the sample of that name
	}{
		{"alerts", observe.Alerts(), nil},
		{"alerts-walls", observe.Alerts(), nil},
		{"allport", observe.Allport(), nil},
		{"amppot", observe.Amppot(), nil},
		{"cowrie", observe.Cowrie(), cowrieLog(500)},
		{"darknet", observe.Darknet(), nil},
		{"darknet-capture", observe.Darknet(), manyPackets(10_000, 500)},
		{"decoynet", observe.Decoynet(), nil},
		{"decoynet-audit", observe.Decoynet(), nil},
		{"decoynet-typescript", observe.Decoynet(), nil},
		{"dionaea", observe.Dionaea(), nil},
		{"dionaea.sqlite", observe.Dionaea(), nil},
		{"endpoint", observe.Endpoint(), nil},
		{"glastopf", observe.Glastopf(), nil},
		{"livenet", observe.Livenet(), nil},
		{"livenet-flows", observe.Livenet(), flowCapture()},
		{"malmail", observe.Malmail(), nil},
		{"malsites", observe.Malsites(), nil},
		{"spamdb", observe.Spamdb(), nil},
		{"webaccess", withBlockList(b), nil},
		{"webaccess-dnstap", withBlockList(b), dnstap()},
		{"chrome.sqlite", withBlockList(b), nil},
	}
	for _, tt := range tests {
		b.Run(tt.name, func(b *testing.B) {
			file := filepath.Join("testdata", tt.name)
			switch {
			case tt.in != nil:
				file = filepath.Join(b.TempDir(), tt.name)
				if err := os.WriteFile(file, tt.in, 0o600); err != nil {
					b.Fatal(err)
				}
			case filepath.Ext(file) == "":
				file += ".in"
			}
			dec, _, err := tt.p.New(publish.Options{
				Source: cure.Source(tt.p.Name + "/a"), Names: publish.NewPseudonyms([32]byte{}), Own: publish.NewOwnSide(flowSide),
			})
			if err != nil {
				b.Fatal(err)
			}
			records := rawRecords(b, tt.p, dec, file)
			size := 0
			for _, r := range records {
				size += len(r)
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for _, r := range records {
					_ = dec.Decode(r, func(*publish.Event) {}) // a few are broken
				}
			}
			report(b, len(records))
			b.ReportMetric(float64(size)/float64(len(records)), "B/record")
		})
	}
}

// rawRecords cuts a file as a run does.
func rawRecords(b *testing.B, p publish.Publisher, dec publish.Decoder, file string) (all [][]byte) {
	b.Helper()
	f, err := feed.Open(file, p.Framing, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if s, ok := dec.(publish.Shaper); ok {
		if err := s.Shape(f); err != nil {
			b.Fatal(err)
		}
	}
	for {
		fr, err := f.Next(b.Context(), feed.Forever)
		if err != nil {
			return all
		}
		all = append(all, bytes.Clone(fr.Data))
	}
}

func BenchmarkCowrieRun(b *testing.B) {
	log := cowrieLog(20000)
	path := filepath.Join(b.TempDir(), "cowrie.json")
	if err := os.WriteFile(path, log, 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := publish.Run(b.Context(), publish.Config{
			Source: "cowrie/a", Publisher: observe.Cowrie(), Sink: &nowhere{}, Now: time.Now,
		}, path)
		if err != nil {
			b.Fatal(err)
		}
	}
	report(b, bytes.Count(log, []byte("\n")))
}

// report says how many raw records a second of one loop of n came through.
func report(b *testing.B, n int) {
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
