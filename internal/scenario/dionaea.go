package scenario

import (
	"fmt"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// dionaeaRecord is one line of dionaea's log_json: a connection, written when
// it ends. Times are UTC without a zone; the format knows no file hash.
type dionaeaRecord struct {
	Connection  dionaeaConnection `json:"connection"`
	Credentials []dionaeaLogin    `json:"credentials,omitempty"`
	DstIP       string            `json:"dst_ip"`
	DstPort     int               `json:"dst_port"`
	SrcHostname string            `json:"src_hostname"`
	SrcIP       string            `json:"src_ip"`
	SrcPort     int               `json:"src_port"`
	Timestamp   string            `json:"timestamp"`
	Synthetic   string            `json:"note"` // not part of the format; readers skip it
}

type dionaeaConnection struct {
	Protocol  string `json:"protocol"`
	Transport string `json:"transport"`
	Type      string `json:"type"`
}

type dionaeaLogin struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

const dionaeaLayout = "2006-01-02T15:04:05.000000"

var dionaeaServices = []struct {
	protocol string
	port     int
}{{"smbd", 445}, {"httpd", 80}, {"mssqld", 1433}, {"mysqld", 3306}, {"ftpd", 21}}

// dionaea tells what the malware honeypot saw: nine bots that upload over FTP
// and HTTP, noise every ten minutes, and three broken lines. That the upload
// is K1 stands in formats that carry hashes.
func dionaea(t *teller) {
	log := t.journal("dionaea/nagoya1")
	for _, bot := range t.story.Cast.botsOf("dionaea") {
		start := bot.First + 90*time.Second + t.seconds(300)
		for _, service := range []int{1, 4} {
			r := t.dionaea(log, bot.Addr.String(), service)
			if dionaeaServices[service].protocol == "ftpd" {
				r.Credentials = []dionaeaLogin{{"anonymous", "anonymous"}}
			}
			log.write(t.time(start), r)
			start += 20*time.Second + t.seconds(30)
		}
	}
	const block = 3
	for i, moment := 0, begin; moment < -2*time.Minute; i, moment = i+1, moment+10*time.Minute {
		r := t.dionaea(log, noise(block, i), t.rand.IntN(len(dionaeaServices)))
		if r.Connection.Protocol == "mssqld" {
			r.Credentials = []dionaeaLogin{{"sa", ""}, {"sa", "123456"}}
		}
		log.write(t.time(moment+t.seconds(60)), r)
	}
	dionaeaBroken(t, log)
	log.file("dionaea.json", t.story.Now)
}

func (t *teller) dionaea(log *journal, src string, service int) dionaeaRecord {
	t.saw(log.source, cure.KindIP, src)
	if !strings.Contains(src, ":") {
		src = "::ffff:" + src
	}
	return dionaeaRecord{
		Connection: dionaeaConnection{dionaeaServices[service].protocol, "tcp", "accept"},
		DstIP:      "::ffff:" + sensors[string(log.source)],
		DstPort:    dionaeaServices[service].port,
		SrcIP:      src,
		SrcPort:    1024 + t.rand.IntN(60000),
		Synthetic:  "SYNTHETIC",
	}
}

// write gives the record its time: that of the start, though it is written at
// the end of the connection.
func (j *journal) write(at time.Time, r dionaeaRecord) {
	r.Timestamp = at.UTC().Format(dionaeaLayout)
	j.add(at.Add(j.t.seconds(20)), r)
}

func dionaeaBroken(t *teller, log *journal) {
	for i, mistake := range []string{"1970", "cut", "zone"} {
		when := t.time(at(20, 6, 5+11*i))
		src := fmt.Sprintf("247.0.3.%d", i+1)
		stamp := when.UTC().Format(dionaeaLayout)
		switch mistake {
		case "1970":
			stamp = "1970-01-01T00:00:07.000000"
		case "zone":
			stamp = when.Format(dionaeaLayout) + "+25:00"
		}
		text := fmt.Sprintf(`{"connection":{"protocol":"smbd","transport":"tcp","type":"accept"},"dst_ip":"::ffff:%s","dst_port":445,`+
			`"src_hostname":"","src_ip":"::ffff:%s","src_port":4%04d,"timestamp":%q,"note":"SYNTHETIC broken record"}`,
			sensors[string(log.source)], src, i, stamp)
		if mistake == "cut" {
			text = text[:len(text)/3]
		}
		log.broken(when, []byte(text), mistake)
		t.facts.forbid(Forbidden{
			Observable: cure.Observable{Kind: cure.KindIP, Value: src},
			Why:        "stands in a record that must be refused (" + mistake + ")",
		})
	}
}
