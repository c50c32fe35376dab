package observe_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/publishtest"
)

// copied returns a copy of a file of testdata.
func copied(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestWebaccessHistory reads what browsers remember, twice: the second time
// nothing is new.
func TestWebaccessHistory(t *testing.T) {
	h := &publishtest.Hub{Own: ownSide}
	got := ""
	for range 2 {
		for _, name := range []string{"chrome.sqlite", "firefox.sqlite"} {
			res := runInto(t, h, withBlockList(t), "webaccess/a", nil, copied(t, name))
			got += name + ": " + show(t, h, res) + "\n"
			h.Records, h.Bad = nil, nil
		}
	}
	same(t, "webaccess-history", got)
	for _, secret := range []string{"hanako", "id=", "Weekly"} {
		if strings.Contains(got, secret) {
			t.Errorf("%s left", secret)
		}
	}
}

// TestWebaccessHistoryGrows: of a history from which old visits were deleted
// only the new ones are read.
func TestWebaccessHistoryGrows(t *testing.T) {
	h := &publishtest.Hub{Own: ownSide}
	runInto(t, h, withBlockList(t), "webaccess/a", nil, copied(t, "chrome.sqlite"))
	res := runInto(t, h, withBlockList(t), "webaccess/a", nil, copied(t, "chrome-later.sqlite"))
	if res.Records != 1 || res.Published != 2 {
		t.Errorf("read %d, published %d", res.Records, res.Published)
	}
}

// TestWebaccessBrokenHistory: what cannot be read says why, and the run goes
// on.
func TestWebaccessBrokenHistory(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("testdata", "chrome.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cut, busy, other := filepath.Join(dir, "cut"), filepath.Join(dir, "busy"), filepath.Join(dir, "other")
	write(t, cut, whole[:len(whole)-1024])
	write(t, busy, whole)
	write(t, busy+"-journal", []byte("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7 a transaction"))
	write(t, other, bytes.ReplaceAll(whole, []byte("visits"), []byte("guests")))
	h := &publishtest.Hub{Own: ownSide}
	res, err := publish.Run(t.Context(), publish.Config{Source: "webaccess/a", Publisher: withBlockList(t), Sink: h, Now: now}, cut, busy, other, copied(t, "firefox.sqlite"))
	if err != nil || res.Published == 0 || len(res.Problems) != 3 {
		t.Fatalf("%v, %+v", err, res)
	}
	for i, want := range []string{"damaged or was cut", "close the program that writes it", "of none of the kinds that are known: chrome, firefox, dionaea"} {
		if got := res.Problems[i].Error(); !strings.Contains(got, want) {
			t.Errorf("problem %d: %s, want %q", i, got, want)
		}
	}
}

// frames is a file of Frame Streams.
func frames(data ...[]byte) []byte {
	start := be(uint32(2), uint32(1), uint32(22))
	start = append(start, "protobuf:dnstap.Dnstap"...)
	b := append(be(uint32(0), uint32(len(start))), start...)
	for _, d := range data {
		b = append(append(b, be(uint32(len(d)))...), d...)
	}
	return append(b, be(uint32(0), uint32(4), uint32(3))...)
}

// part is a field of protobuf: a number, or bytes.
func part(n int, v any) []byte {
	switch v := v.(type) {
	case int:
		return binary.AppendUvarint([]byte{byte(n << 3)}, uint64(v))
	case uint32: // fixed
		return binary.LittleEndian.AppendUint32([]byte{byte(n<<3 | 5)}, v)
	}
	b := v.([]byte)
	return append(binary.AppendUvarint([]byte{byte(n<<3 | 2)}, uint64(len(b))), b...)
}

// asked is a message of dnstap about a question.
func asked(kind int, client []byte, name string) []byte {
	query := make([]byte, 12)
	query[5] = 1
	for label := range strings.SplitSeq(name, ".") {
		query = append(append(query, byte(len(label))), label...)
	}
	query = append(query, 0, 0, 1, 0, 1)
	message := bytes.Join([][]byte{
		part(1, kind), part(2, 1), part(4, client), part(6, 5353), part(8, exported), part(9, uint32(5e8)), part(10, query),
	}, nil)
	return bytes.Join([][]byte{part(1, []byte("resolver-1")), part(14, message), part(15, 1)}, nil)
}

func dnstap() []byte {
	hanako := []byte{203, 0, 113, 31}
	return frames(
		asked(5, hanako, "news.sazanami.example"), asked(6, hanako, "news.sazanami.example"), // and its answer
		asked(5, hanako, "private.example"), asked(5, hanako, "WWW.news.Sazanami.example"), []byte("\xff\xff no message"), asked(5, []byte{1}, "dl.sazanami.example"),
	)
}

func TestWebaccessDnstap(t *testing.T) {
	in := filepath.Join(t.TempDir(), "dnstap.fstrm")
	write(t, in, dnstap())
	h := &publishtest.Hub{Own: ownSide}
	got := show(t, h, runInto(t, h, withBlockList(t), "webaccess/a", nil, in))
	same(t, "webaccess-dnstap", got+"\nagain: "+show(t, &publishtest.Hub{}, runInto(t, h, withBlockList(t), "webaccess/a", nil, in)))
	if all := everything(t, h); strings.Contains(all, "private") || strings.Contains(all, "resolver-1") {
		t.Error("what matches nothing has left")
	}
}

func FuzzWebaccessDnstap(f *testing.F) {
	head := make([]byte, feed.PacketHead)
	binary.LittleEndian.PutUint32(head[12:], feed.FrameLink)
	for _, d := range [][]byte{asked(5, []byte{192, 0, 2, 1}, "news.sazanami.example"), asked(6, nil, "a"), {0x78, 1}, part(14, part(10, make([]byte, 17)))} {
		f.Add(append(bytes.Clone(head), d...))
	}
	fuzzDecoder(f, withBlockList(f), publish.Options{Source: "webaccess/a", Own: publish.NewOwnSide(ownSide)})
}
