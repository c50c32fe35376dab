// Package config answers one question: how shall this hub run? In goes one
// YAML file and the environment, out comes a checked [Config].
//
// The file is strict: an unknown key, a key given twice, an anchor or a value
// of the wrong kind is refused with file, line, column, the key, and what
// would be right; all mistakes of a file are told at once. Every key has a
// default, so that no file is needed. CURE_ and the key in capitals
// (CURE_LOG_MODE for log.mode) overrides the file. There are no secrets in the
// file: a key that leads to one names a file that holds it.
//
// One struct describes the keys; the reference docs/config.md, the overrides,
// the checks and the effective print come from it. Loading reads files and
// environment once; a Config does not change afterwards and may be read by
// any number of goroutines.
package config

import (
	"path/filepath"
	"time"
	_ "time/tzdata" // zones of sources must be known on machines without zone files

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

// Config is the whole configuration of a hub.
type Config struct {
	Listen string `key:"listen" doc:"Address and port of the API and the page. Keep it on loopback unless tls is on or a proxy with TLS stands before it."`
	Data   string `key:"data" doc:"Folder for everything durable: log, snapshots, admin.key. One hub at a time."`

	Log          Log                    `key:"log" doc:"The durable log."`
	Memory       Memory                 `key:"memory" doc:"The in-memory index."`
	Retention    Retention              `key:"retention" doc:"How long things stay searchable, counted from their arrival."`
	Snapshot     Snapshot               `key:"snapshot" doc:"Snapshots make a restart quick; the log alone is enough to restore everything."`
	Quarantine   Quarantine             `key:"quarantine" doc:"Records that could not be read, with the reason."`
	Warninglists Warninglists           `key:"warninglists" doc:"Lists of well-known values that are labelled, never dropped."`
	Vuln         Vuln                   `key:"vuln" doc:"Weakness and severity of vulnerabilities, estimated from their texts."`
	Sources      map[cure.Source]Source `key:"sources" doc:"What is special about a source, by its name publisher/instance."`
	Feeds        Feeds                  `key:"feeds" doc:"The open feeds."`
	Own          Own                    `key:"own" doc:"What belongs to the own organisation: publishers replace it by pseudonyms in all that they send, but for those of alerts, which are about it."`
	TLS          TLS                    `key:"tls" doc:"Encryption of the API and the page."`
	SIEM         SIEM                   `key:"siem" doc:"The search of your own log store, which the page of own alerts leads to."`
	API          API                    `key:"api" doc:"The HTTP interface."`
	Limits       Limits                 `key:"limits" doc:"Bounds on single records, for cure publish."`
	Logging      Logging                `key:"logging" doc:"What the process says about itself, on standard error."`
	Pprof        string                 `key:"pprof" doc:"Loopback address for Go's profiler, empty for none."`

	origin map[string]origin
}

// Log says where the durable log is and when a record counts as written.
type Log struct {
	Mode     string   `key:"mode" doc:"embedded: inside this process, below data. cluster: an external NATS cluster at url." oneof:"embedded,cluster"`
	Sync     Sync     `key:"sync" doc:"When the embedded log writes to disk: always (before each acknowledgement) or an interval of 1s to 2m, which a power failure may lose."`
	URL      string   `key:"url" doc:"Addresses of the cluster, nats:// or tls://, separated by commas."`
	Creds    string   `key:"creds" doc:"NATS credentials file for the cluster."`
	CA       string   `key:"ca" doc:"PEM file of the authority that signed the cluster's certificates."`
	Cert     string   `key:"cert" doc:"PEM file of the client certificate for the cluster."`
	Key      string   `key:"key" doc:"PEM file of the key to cert."`
	Replicas int      `key:"replicas" doc:"Copies in a cluster: 1, 3 or 5."`
	MaxBytes Size     `key:"max_bytes" doc:"Size at which the log takes no more and publishers wait, 0 for no limit."`
	MaxAge   Duration `key:"max_age" doc:"Age at which the log drops batches, 0 for no limit. Not below retention.segments."`
}

// Memory bounds the index.
type Memory struct {
	Budget Size `key:"budget" doc:"Memory for the index: a warning at 80 %, and at 90 % the oldest segments are shed. 0 for half of the memory of the machine or container."`
}

// Retention says how long things stay searchable, counted from arrival.
type Retention struct {
	Segments Duration `key:"segments" doc:"Single observations: timelines, records, events."`
	Pairs    Duration `key:"pairs" doc:"That a source saw a value at all: first, last, count. Not below segments."`
}

// Snapshot says how often the index is saved.
type Snapshot struct {
	Interval Duration `key:"interval" doc:"Time between two snapshots."`
}

// Quarantine bounds the stream of refused records.
type Quarantine struct {
	MaxBytes Size     `key:"max_bytes" doc:"Size at which the oldest entries are dropped."`
	MaxAge   Duration `key:"max_age" doc:"Age at which entries are dropped."`
}

// Warninglists says where the warning lists are.
type Warninglists struct {
	Path     string   `key:"path" doc:"Folder of warning lists, empty for none."`
	Disabled []string `key:"disabled" doc:"Names of lists that are not used."`
}

// Vuln says what vulnerabilities are estimated with.
type Vuln struct {
	Model string `key:"model" doc:"File of a model made by 'cure vuln train', empty for the one in the binary, off for no estimates."`
}

// Source is what differs from the publisher's defaults at one source.
type Source struct {
	Marking   cure.Marking `key:"marking" doc:"Data grade of its records when it first opens, as in \"TLP:AMBER PAP:GREEN\"; later with: cure source regrade."`
	Licence   cure.Licence `key:"licence" doc:"How far its terms let its data go: public, members or internal."`
	Zone      string       `key:"zone" doc:"Time zone of times without one, as in Asia/Tokyo; UTC unless set."`
	Keywords  string       `key:"keywords" doc:"Of reports, social and tickets: file of names to look for, a STIX file of ATT&CK or lines 'malware:kagerou = name, name'."`
	Blocklist string       `key:"blocklist" doc:"Of webaccess: file of addresses, domains and URLs, one a line; what matches none of them is not published."`
	Enabled   bool         `key:"enabled" doc:"Switches on a source that is off by default: those of social."`
	Packets   int          `key:"packets" doc:"Of amppot: requests that make a flood; 100 unless set."`
	Gap       Duration     `key:"gap" doc:"Of amppot: silence after which requests are another flood; 1m unless set."`
	Fields    Fields       `key:"fields" doc:"Of alerts: where the JSON of a product that is not known has what. Each is a path, names between dots; of several between blanks the first that is there counts."`
	Follow    string       `key:"follow" doc:"The hub reads this log while it is written."`
	Watch     string       `key:"watch" doc:"The hub reads the files that come into this folder; they move to done in it."`
	Listen    string       `key:"listen" doc:"The hub takes what is sent to this address: syslog+tcp, syslog+udp, syslog+tls, netflow, http or https://HOST:PORT, or packet://INTERFACE?net=RANGE. One of follow, watch and listen."`
}

// Fields says where the JSON of a product has what, as publish.Paths.
type Fields struct {
	Product    string `key:"product" doc:"What its alerts are called: own unless set."`
	Marks      string `key:"marks" doc:"Paths that must all be there for an alert to be of this product; those of time and rule unless set."`
	Time       string `key:"time" doc:"ISO 8601, or seconds or milliseconds since 1970."`
	Sensor     string `key:"sensor" doc:"Name of the machine that raised it; it is masked."`
	Host       string `key:"host" doc:"Name of the own host."`
	Rule       string `key:"rule" doc:"What raised it, in words."`
	ID         string `key:"id" doc:"Number of the rule; alerts are grouped by it."`
	Category   string `key:"category" doc:"Kind of rule: says what the remote side is."`
	Severity   string `key:"severity" doc:"A word (low, high …), or a number when levels says what it means."`
	Action     string `key:"action" doc:"What was done."`
	Levels     string `key:"levels" doc:"Four numbers: from which on a severity is low, medium, high and critical, as in '4 7 12 15'."`
	Src        string `key:"src" doc:"Address that it came from."`
	SrcPort    string `key:"src_port" doc:"Port that it came from."`
	Dst        string `key:"dst" doc:"Address that it went to."`
	DstPort    string `key:"dst_port" doc:"Port that it went to."`
	Proto      string `key:"proto" doc:"tcp, udp …"`
	App        string `key:"app" doc:"Protocol above: http, dns …"`
	URLs       string `key:"urls" doc:"URLs that the client asked for."`
	Names      string `key:"names" doc:"Names of the server."`
	Hashes     string `key:"hashes" doc:"Hashes of files."`
	Senders    string `key:"senders" doc:"Mail addresses of senders."`
	Recipients string `key:"recipients" doc:"Mail addresses of recipients."`
	CVEs       string `key:"cves" doc:"CVE numbers."`
	Techniques string `key:"techniques" doc:"Techniques of ATT&CK."`
}

// Feeds says which feeds exist.
type Feeds struct {
	Definitions string   `key:"definitions" doc:"File or folder of feed definitions besides the built-in ones."`
	Enabled     []string `key:"enabled" doc:"Names of feeds that the hub polls. Without it none: nothing is fetched that is not switched on here or with 'cure feeds enable'."`
	Secrets     string   `key:"secrets" doc:"Folder with the secrets that definitions name, one file each."`
}

// Own is what belongs to the own organisation.
type Own struct {
	Networks []string `key:"networks" doc:"Address ranges in CIDR form."`
	Domains  []string `key:"domains" doc:"Domains, each with all names below it."`
	Mail     []string `key:"mail" doc:"Domains of mail addresses."`
}

// SIEM says how own alerts are found in the own log store.
type SIEM struct {
	Link string `key:"link" doc:"Address of a search there, as in https://siem.example.org/search?q={value}&from={from}&to={to}: {value}, {kind}, {from} and {to} (RFC 3339) are filled in when somebody selects it. Empty for no link."`
}

// TLS says with which certificate the hub serves.
type TLS struct {
	Mode string `key:"mode" doc:"off: plain http. file: certificate and key of two files, read again when they change. own: an authority of the hub's own in the data folder, tls/ca.pem, that clients trust with --ca; 'cure doctor' prints its fingerprint." oneof:"off,file,own"`
	Cert string `key:"cert" doc:"PEM file of the certificate and those between it and its authority."`
	Key  string `key:"key" doc:"PEM file of the key to cert."`
}

// API names and bounds the HTTP interface.
type API struct {
	Hosts []string `key:"hosts" doc:"Host names that the hub is reached by, beside addresses and localhost; its own authority certifies them. Requests for others are refused, against DNS rebinding."`
	Rate  int      `key:"rate" doc:"Requests a second that one key may make."`
	Burst int      `key:"burst" doc:"Requests that one key may make at once."`
}

// Limits bounds single records.
type Limits struct {
	Line Size `key:"line" doc:"Longest raw record, at most 1MiB. The beginning of a longer one goes to the quarantine and the rest goes on."`
}

// Logging says how the process logs.
type Logging struct {
	Level  string `key:"level" doc:"Least level that is written. Observable values appear at debug only." oneof:"debug,info,warn,error"`
	Format string `key:"format" doc:"text for people, json for machines." oneof:"text,json"`
}

// Default returns the data grade that the records of the source have unless
// they say otherwise: its marking with its licence.
func (s Source) Default() cure.Marking {
	m := s.Marking
	if s.Licence != cure.LicenceDefault {
		m.Licence = s.Licence
	}
	return m
}

// Host is what the defaults depend on.
type Host struct {
	Getenv func(string) string // nil: an empty environment
	Root   bool                // runs as the superuser
}

func (h Host) getenv(name string) string {
	if h.Getenv == nil {
		return ""
	}
	return h.Getenv(name)
}

// Default returns the configuration that holds without a file.
func Default(h Host) *Config {
	return &Config{
		Listen:     "127.0.0.1:8080",
		Data:       dataFolder(h),
		Log:        Log{Mode: "embedded", Replicas: 1},
		Retention:  Retention{Segments: days(90), Pairs: days(400)},
		Snapshot:   Snapshot{Interval: Duration(10 * time.Minute)},
		Quarantine: Quarantine{MaxBytes: 256 << 20, MaxAge: days(30)},
		TLS:        TLS{Mode: "off"},
		API:        API{Rate: 2000, Burst: 4000},
		Limits:     Limits{Line: feed.MaxRecord},
		Logging:    Logging{Level: "info", Format: "text"},
		origin:     map[string]origin{},
	}
}

// dataFolder follows the XDG base directory specification, and the file
// hierarchy standard for a system service.
func dataFolder(h Host) string {
	if h.Root {
		return "/var/lib/cure"
	}
	if dir := h.getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "cure")
	}
	if home := h.getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "share", "cure")
	}
	return "cure-data"
}
