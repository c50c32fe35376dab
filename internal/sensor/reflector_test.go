package sensor

import (
	"bytes"
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/opencure/cure"
)

// query is a question for the type ANY of a name.
const query = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01\x05Other\x07example\x00\x00\xff\x00\x01"

// TestReflector: requests that are alike are one line, and nothing is answered.
func TestReflector(t *testing.T) {
	for name, answers := range map[string]bool{"silent": false, "told to answer": true} {
		t.Run(name, func(t *testing.T) {
			k := newBook()
			cfg := config(k, "dns=0")
			cfg.Answer = answers
			r, err := OpenReflector(cfg)
			if err != nil {
				t.Fatal(err)
			}
			end := serve(t, r.Serve)
			c, err := net.Dial("udp", r.Addresses()[0].String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := c.Write([]byte(query)); err != nil {
				t.Fatal(err)
			}
			if answers {
				buf := make([]byte, 512)
				if n, err := c.Read(buf); err != nil || n != len(query) || buf[2] != 0x83 {
					t.Errorf("answered %q, %v", buf[:n], err)
				}
			}
			<-k.line
			if err := end(); err != nil {
				t.Fatal(err)
			}
			got := logged[request](t, k)
			if len(got) != 1 || got[0].Amppot != 1 || got[0].Query != "other.example" || got[0].Service != "dns" || got[0].DstPort != 0 || got[0].Packets != 1 || got[0].SrcIP != "127.0.0.1" {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestRequestsAreBounded: alike ones count, and beyond the bound all count.
func TestRequestsAreBounded(t *testing.T) {
	var b bytes.Buffer
	r := &Reflector{cfg: config(&b), open: map[alike]*request{}}
	r.lines = lines{out: &b, now: time.Now, log: slog.New(slog.DiscardHandler)}
	to := netip.MustParseAddrPort("192.0.2.10:123")
	s := reflecting{service: "ntp"}
	from := netip.MustParseAddr("10.0.0.0")
	for range maxRequests + 7 {
		r.count(s, netip.AddrPortFrom(from, 80), to, []byte("\x17\x00\x03\x2a"))
		from = from.Next()
	}
	for range 9 {
		r.count(s, netip.MustParseAddrPort("10.0.0.0:81"), to, nil)
	}
	first := r.open[alike{src: netip.MustParseAddr("10.0.0.0"), dst: to, service: "ntp"}]
	if len(r.open) != maxRequests || r.left != 7 || first.Packets != 10 || first.DstPort != 123 || first.DstIP != "192.0.2.10" {
		t.Errorf("%d kinds, %d left out, the first %+v", len(r.open), r.left, first)
	}
}

func TestReflects(t *testing.T) {
	for listen, good := range map[string]bool{
		"53": true, "ntp=9999": true, "9999": false, "what=53": false, "tcp/53": false, "123": true, "122-123": false,
	} {
		sp, err := ParseSpec(listen)
		if err != nil {
			t.Fatal(err)
		}
		if err := reflects(sp); good != (err == nil) || err != nil && cure.KindOf(err) != cure.Invalid {
			t.Errorf("%s: %v", listen, err)
		}
	}
}

// TestRate: an answer goes to one network only now and then, for a flood has a
// forged sender.
func TestRate(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	r := rate{now: func() time.Time { return at }}
	allowed := 0
	for i := range 250 {
		if r.allows(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})) {
			allowed++
		}
	}
	if allowed != maxAnswersOf {
		t.Errorf("%d answers to one network", allowed)
	}
	for i := range 250 {
		if r.allows(netip.AddrFrom4([4]byte{10, byte(i), 0, 1})) {
			allowed++
		}
	}
	if allowed != maxAnswers {
		t.Errorf("%d answers in a second", allowed)
	}
	if at = at.Add(time.Minute); !r.allows(netip.MustParseAddr("192.0.2.1")) {
		t.Error("no answer a minute later")
	}
}

// FuzzAnswer: whatever is asked, the answer is not longer, and no answer is
// answered.
func FuzzAnswer(f *testing.F) {
	f.Add("dns", []byte(query))
	f.Add("ntp", []byte("\x17\x00\x03\x2a\x00\x00\x00\x00"))
	f.Add("ntp", []byte("\x16\x02\x00\x01\x00\x00\x00\x00\x00\x00\x00\x08"))
	f.Add("chargen", []byte("x"))
	f.Fuzz(func(t *testing.T, service string, req []byte) {
		out := answer(service, req)
		if len(out) > len(req) {
			t.Errorf("%q is answered with %d bytes", req, len(out))
		}
		if again := answer(service, out); service != "chargen" && len(again) > 0 {
			t.Errorf("the answer %q to %q is answered", out, req)
		}
		_ = question(req)
	})
}
