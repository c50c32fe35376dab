package wire

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
)

var (
	testSeed = [16]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	start    = time.Date(2026, 4, 1, 10, 0, 0, 0, time.UTC)
)

func testHeader() Header {
	return Header{Source: "cowrie/tokyo1", Epoch: 7, Seq: 42, Created: start.Add(time.Hour)}
}

// oneOfEachKind holds an observable of every kind, some in several shapes.
var oneOfEachKind = []cure.Observable{
	{Kind: cure.KindIP, Value: "198.51.100.7"},
	{Kind: cure.KindIP, Value: "2001:db8::1"},
	{Kind: cure.KindIP, Value: "::"},
	{Kind: cure.KindCIDR, Value: "198.51.100.0/24"},
	{Kind: cure.KindCIDR, Value: "2001:db8::/33"},
	{Kind: cure.KindCIDR, Value: "0.0.0.0/0"},
	{Kind: cure.KindDomain, Value: "www.example.org"},
	{Kind: cure.KindDomain, Value: "1.2.3.example"},
	{Kind: cure.KindHash, Value: strings.Repeat("0f", 16)},
	{Kind: cure.KindHash, Value: strings.Repeat("a1", 20)},
	{Kind: cure.KindHash, Value: strings.Repeat("b2", 32)},
	{Kind: cure.KindHash, Value: strings.Repeat("c3", 64)},
	{Kind: cure.KindEmail, Value: "billing@mail.example.org"},
	{Kind: cure.KindURL, Value: "http://198.51.100.7/a.sh?x=1"},
	{Kind: cure.KindCVE, Value: "CVE-2021-44228"},
	{Kind: cure.KindTag, Value: "attack:t1110.001"},
	{Kind: cure.KindTag, Value: "総当たり攻撃"},
	{Kind: cure.KindPort, Value: "tcp/37215"},
	{Kind: cure.KindFingerprint, Value: "hassh:ec7378c1a92f5a8dde7e8b7a1ddf33d1"},
	{Kind: cure.KindASN, Value: "AS64500"},
}

// sampleRecords returns records that use every kind of item and every field,
// in the form in which they come back.
func sampleRecords() []cure.Record {
	ip, tag := oneOfEachKind[0], oneOfEachKind[15]
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	every := cure.Record{ID: cure.NewID("every kind"), Sensor: "sensor-1"}
	for i, o := range oneOfEachKind {
		every.Observations = append(every.Observations, cure.Observation{
			Observable: o, Role: cure.Roles()[i%len(cure.Roles())], State: cure.State(i % 3),
			First: at(i), Last: at(i * 7), Count: uint32(i*i*i*i) + 1,
		})
	}
	session := cure.Record{
		ID: cure.NewID("session"), Sensor: "sensor-1", Contributor: "aoba",
		Marking: cure.Marking{TLP: cure.TLPAmber, PAP: cure.PAPGreen, Licence: cure.LicenceMembers, Personal: true, Orgs: "aoba,minato"},
		Attrs:   []cure.Attr{{Name: "command", Value: "uname -a"}, {Name: "command", Value: ""}, {Name: "user", Value: "管理者"}},
		Raw:     []byte("{\"eventid\":\"cowrie.session.closed\"}\x00\xff"),
		Observations: []cure.Observation{
			{Observable: ip, Role: cure.RoleInfected, First: at(-5000), Last: at(90), Count: 1<<32 - 1},
			{Observable: ip, Role: cure.RoleInfected, First: at(1), Last: at(1), Count: 1},
		},
		Annotations: []cure.Annotation{
			{Subject: ip, Tag: tag, Time: at(3), Confidence: 100, Document: cure.NewID("doc"), SpanStart: 5, SpanEnd: 1 << 31, Sentence: "It tried passwords."},
			{Subject: tag, Tag: oneOfEachKind[14], Time: at(-3)},
		},
	}
	meaning := cure.Record{
		ID:      cure.NewID("meaning"),
		Marking: cure.Marking{TLP: cure.TLPRed, Orgs: cure.NoOrg},
		Documents: []cure.Document{
			{ID: cure.NewID("doc"), Title: "報告書", URL: "https://example.org/r", Date: at(0), Language: "ja", Body: strings.Repeat("ab", 32)},
			{ID: cure.NewID("undated")},
		},
		Enrichments: []cure.Enrichment{
			{Subject: ip, Enricher: "warninglist", Version: 3, Name: "list", Value: "resolvers", Score: 0.25, Time: at(9), Expires: at(99999), Why: "is a public resolver"},
			{Subject: tag, Enricher: "score", Name: "score", Time: at(9)},
		},
		Detections: []cure.Detection{
			{
				ID: cure.NewID("det"), Start: at(0), End: at(60000), Engine: "darknet", Title: "scan of 48123", Ports: oneOfEachKind[17:18],
				Sources: oneOfEachKind[:2], Fingerprint: "window 1024", Pattern: "horizontal", Score: 0.9, Evidence: []cure.ID{cure.NewID("session"), {}},
			},
			{ID: cure.NewID("open"), Start: at(0), Engine: "c2"},
		},
		Cases: []cure.Case{{ID: cure.NewID("case"), Detection: cure.NewID("det"), Title: "Case", Opened: at(1), Parts: []cure.CasePart{
			{Name: "malware", Reason: "same hash", Score: 1, Observables: oneOfEachKind, Records: []cure.ID{cure.NewID("session")}},
			{Name: "reports", Reason: "none yet"},
		}}},
		Controls: []cure.Control{
			{Op: cure.OpDelete, Observable: ip, Before: at(-1), Reason: "court order", Author: "admin"},
			{Op: cure.OpRegrade, Record: cure.NewID("session"), Marking: cure.Marking{TLP: cure.TLPGreen, Orgs: "aoba"}},
			{Op: cure.OpRetract, Producer: "score", Version: 2},
			{Op: cure.OpCheckpoint, State: []byte("offset 17\x00")},
		},
	}
	return []cure.Record{every, {}, session, meaning, {ID: cure.NewID("raw only"), Raw: []byte("x")}}
}

// cowrieRecords makes n records of the size and shape of honeypot sessions.
func cowrieRecords(n int) []cure.Record {
	recs := make([]cure.Record, n)
	for i := range recs {
		at := start.Add(time.Duration(i*37) * time.Millisecond)
		ip := fmt.Sprintf("198.%d.%d.%d", 18+i%2, i*7%256, i*31%256)
		recs[i] = cure.Record{
			ID: cure.NewID("s", fmt.Sprint(i)), Sensor: fmt.Sprintf("sensor-%d", i%5),
			Attrs: []cure.Attr{{Name: "user", Value: "root"}, {Name: "password", Value: fmt.Sprintf("pass%d", i%97)}},
			Raw: fmt.Appendf(nil, `{"eventid":"cowrie.login.failed","username":"root","password":"pass%d","session":"%08x","src_ip":"%s","timestamp":"%s"}`,
				i%97, i*2654435761, ip, at.Format(time.RFC3339Nano)),
			Observations: []cure.Observation{
				{Observable: cure.Observable{Kind: cure.KindIP, Value: ip}, Role: cure.RoleScanner, First: at, Last: at, Count: 1},
				{Observable: cure.Observable{Kind: cure.KindPort, Value: "tcp/22"}, Role: cure.RoleTarget, First: at, Last: at, Count: 1},
				{Observable: cure.Observable{Kind: cure.KindFingerprint, Value: "hassh:ec7378c1a92f5a8dde7e8b7a1ddf33d1"}, Role: cure.RoleTool, First: at, Last: at, Count: 1},
			},
		}
	}
	return recs
}

func newEncoder(t testing.TB) *Encoder {
	t.Helper()
	e, err := NewEncoder(testSeed)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func newDecoder(t testing.TB) *Decoder {
	t.Helper()
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// encode writes records as one batch.
func encode(t testing.TB, e *Encoder, recs []cure.Record) []byte {
	t.Helper()
	for i := range recs {
		if err := e.Add(&recs[i]); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
	payload, err := e.Flush(testHeader())
	if err != nil {
		t.Fatal(err)
	}
	return payload
}
