package advisory

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const nvd2Page = `{"resultsPerPage":2,"format":"NVD_CVE","vulnerabilities":[
{"cve":{"id":"CVE-2024-0101","sourceIdentifier":"cna@vendor.example","published":"2024-01-02T03:04:05.678","lastModified":"2024-02-03T00:00:00.000","vulnStatus":"Analyzed",
"descriptions":[{"lang":"es","value":"Un desbordamiento"},{"lang":"en","value":"A heap overflow in the parser of Sample Server allows remote attackers to run code."}],
"metrics":{"cvssMetricV40":[{"source":"x","type":"Secondary","cvssData":{"version":"4.0","vectorString":"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N","baseScore":9.3}}],
"cvssMetricV31":[{"source":"cna","type":"Secondary","cvssData":{"vectorString":"CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","baseScore":8.4}},{"source":"nvd@nist.gov","type":"Primary","cvssData":{"vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","baseScore":9.8}}]},
"weaknesses":[{"source":"nvd@nist.gov","type":"Primary","description":[{"lang":"en","value":"CWE-787"}]},{"source":"cna@vendor.example","type":"Secondary","description":[{"lang":"en","value":"CWE-122"}]}],
"configurations":[{"nodes":[{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:sample:server\\:pro:*:*:*:*:*:*:*:*","versionEndExcluding":"2.3"},{"vulnerable":false,"criteria":"cpe:2.3:o:other:os:-:*:*:*:*:*:*:*"}]}]}],
"references":[{"url":"https://vendor.example/a"}]}},
{"cve":{"id":"CVE-2024-0102","published":"2024-01-02T03:04:05.678","vulnStatus":"Rejected","descriptions":[{"lang":"en","value":"Rejected reason: not used."}]}},
{"cve":17}
]}`

const nvd11Feed = `{"CVE_data_type":"CVE","CVE_Items":[{"cve":{"CVE_data_meta":{"ID":"CVE-2019-0103"},"problemtype":{"problemtype_data":[{"description":[{"lang":"en","value":"NVD-CWE-Other"},{"lang":"en","value":"CWE-79"}]}]},"references":{"reference_data":[{"url":"https://a.example/"}]},"description":{"description_data":[{"lang":"en","value":"Cross-site scripting in Sample Wiki."}]}},
"configurations":{"nodes":[{"operator":"AND","children":[{"operator":"OR","cpe_match":[{"vulnerable":true,"cpe23Uri":"cpe:2.3:a:sample:wiki:1.0:*:*:*:*:*:*:*"}]}]}]},
"impact":{"baseMetricV3":{"cvssV3":{"vectorString":"CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N","baseScore":6.1}},"baseMetricV2":{"cvssV2":{"vectorString":"AV:N/AC:M/Au:N/C:N/I:P/A:N","baseScore":4.3}}},"publishedDate":"2019-03-04T05:06Z","lastModifiedDate":"2019-04-01T00:00Z"}]}`

const cve5Record = `{
  "dataType": "CVE_RECORD", "dataVersion": "5.1",
  "cveMetadata": {"cveId": "CVE-2024-0104", "state": "PUBLISHED", "datePublished": "2024-05-06T07:08:09Z", "dateUpdated": "2024-05-07T00:00:00Z"},
  "containers": {"cna": {"title": "SQL injection in Shop",
      "descriptions": [{"lang": "en-US", "value": "SQL injection in the search of Sample Shop."}],
      "affected": [{"vendor": "Sample", "product": "Shop", "versions": [{"version": "1.0", "status": "affected", "lessThan": "1.4"}, {"version": "2.0", "status": "unaffected"}]}],
      "problemTypes": [{"descriptions": [{"lang": "en", "description": "CWE-89: SQL Injection", "type": "CWE"}]}],
      "metrics": [{"cvssV3_1": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "baseScore": 7.5}}],
      "references": [{"url": "https://shop.example/"}]},
    "adp": [{"title": "CISA ADP Vulnrichment", "problemTypes": [{"descriptions": [{"cweId": "CWE-564", "lang": "en", "description": "Hibernate"}]}]}]}
}`

const osvRecord = `{"id":"GHSA-aaaa-bbbb-cccc","modified":"2024-06-01T00:00:00Z","published":"2024-05-31T00:00:00Z","aliases":["CVE-2024-0105"],"summary":"Path traversal in samplelib","details":"samplelib joins paths without a check.","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],"affected":[{"package":{"ecosystem":"npm","name":"samplelib"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.2.3"}]}]}],"references":[{"type":"WEB","url":"https://lib.example/"}],"database_specific":{"cwe_ids":["CWE-22"],"severity":"HIGH"}}`

const jvnVuldef = `<?xml version="1.0" encoding="UTF-8"?>
<VULDEF-Document xmlns="http://jvn.jp/vuldef/" xml:lang="ja"><Vulinfo><VulinfoID>JVNDB-2024-000001</VulinfoID><VulinfoData>
<Title>見本サーバにおけるクロスサイトスクリプティングの脆弱性</Title><VulinfoDescription><Overview>見本サーバには、クロスサイトスクリプティングの脆弱性が存在します。</Overview></VulinfoDescription>
<Affected><AffectedItem><Name>見本</Name><ProductName>見本サーバ</ProductName><VersionNumber>1.2 およびそれ以前</VersionNumber></AffectedItem></Affected>
<Impact><Cvss version="3.0"><Severity type="Base">Medium</Severity><Base>6.1</Base><Vector>CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N</Vector></Cvss></Impact>
<Related><RelatedItem type="advisory"><Name>Common Vulnerabilities and Exposures (CVE)</Name><VulinfoID>CVE-2024-0106</VulinfoID><URL>https://cve.example/CVE-2024-0106</URL></RelatedItem><RelatedItem type="cwe"><VulinfoID>CWE-79</VulinfoID></RelatedItem></Related>
<DatePublic>2024-01-10T00:00:00+09:00</DatePublic><DateLastUpdated>2024-01-11T00:00:00+09:00</DateLastUpdated></VulinfoData></Vulinfo></VULDEF-Document>`

const jvnFeed = `<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:sec="http://jvn.jp/rss/mod_sec/3.0/" xml:lang="en">
<channel rdf:about="x"><title>JVNDB</title></channel>
<item rdf:about="y"><title>Sample Router vulnerable to OS command injection</title><link>https://jvndb.example/JVNDB-2024-000002</link><description>Sample Router contains an OS command injection vulnerability.</description><sec:identifier>JVNDB-2024-000002</sec:identifier>
<sec:references source="CVE" id="CVE-2024-0107">https://cve.example/CVE-2024-0107</sec:references><sec:references id="CWE-78" title="OS Command Injection">https://cwe.example/78.html</sec:references>
<sec:cpe version="2.2" vendor="Sample" product="Router">cpe:/h:sample:router</sec:cpe><sec:cvss score="9.8" severity="Critical" vector="CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" version="3.0" type="Base" /><dcterms:issued>2024-02-01T10:00+09:00</dcterms:issued><dcterms:modified>2024-02-02T10:00+09:00</dcterms:modified></item></rdf:RDF>`

// readText reads bytes as a file and returns its records as lines.
func readText(t *testing.T, name string, data []byte) (records, refused []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return readPath(t, path)
}

func readPath(t *testing.T, path string) (records, refused []string) {
	t.Helper()
	rd := Reader{
		Emit: func(_ string, r Record) error {
			b, err := Append(nil, &r)
			records = append(records, string(b))
			return err
		},
		Refuse: func(place string, err error) { refused = append(refused, filepath.Base(place)+": "+err.Error()) },
	}
	if err := rd.Read(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	return records, refused
}

func TestFormats(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string
		refused  int
	}{
		{"nvd 2.0", nvd2Page, []string{
			`{"id":"CVE-2024-0101","date":"2024-01-02","modified":"2024-02-03","desc":"A heap overflow in the parser of Sample Server allows remote attackers to run code.","cwe":["CWE-787"],"lab":"nvd","cwe_cna":["CWE-122"],"cvss4":"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N","cvss3":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","score3":9.8,"products":[{"vendor":"sample","name":"server:pro","versions":"\u003c 2.3"}],"affects":[{"package":"cpe/sample/server:pro","range":"\u003c2.3"}],"links":["https://vendor.example/a"],"src":"nvd"}`,
			`{"id":"CVE-2024-0102","date":"2024-01-02","state":"rejected","desc":"Rejected reason: not used.","src":"nvd"}`,
		}, 1},
		{"nvd 1.1", nvd11Feed, []string{
			`{"id":"CVE-2019-0103","date":"2019-03-04","modified":"2019-04-01","desc":"Cross-site scripting in Sample Wiki.","cwe":["CWE-79"],"lab":"nvd","cvss3":"CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N","score3":6.1,"cvss2":"AV:N/AC:M/Au:N/C:N/I:P/A:N","score2":4.3,"products":[{"vendor":"sample","name":"wiki","versions":"1.0"}],"affects":[{"package":"cpe/sample/wiki","range":"=1.0"}],"links":["https://a.example/"],"src":"nvd"}`,
		}, 0},
		{"cve 5", cve5Record, []string{
			`{"id":"CVE-2024-0104","date":"2024-05-06","modified":"2024-05-07","title":"SQL injection in Shop","desc":"SQL injection in the search of Sample Shop.","cwe":["CWE-89"],"lab":"cna","cwe_cna":["CWE-89"],"cwe_adp":["CWE-564"],"cvss3":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N","score3":7.5,"products":[{"vendor":"Sample","name":"Shop","versions":"1.0 to \u003c 1.4"}],"affects":[{"package":"cpe/sample/shop","range":"\u003e=1.0 \u003c1.4"}],"links":["https://shop.example/"],"src":"cve"}`,
		}, 0},
		{"osv", osvRecord, []string{
			`{"id":"GHSA-aaaa-bbbb-cccc","aliases":["CVE-2024-0105"],"date":"2024-05-31","modified":"2024-06-01","title":"Path traversal in samplelib","desc":"samplelib joins paths without a check.","cwe":["CWE-22"],"lab":"ghsa","cvss3":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N","products":[{"vendor":"npm","name":"samplelib","versions":"\u003c 1.2.3"}],"affects":[{"package":"npm/samplelib","range":"\u003c1.2.3"}],"links":["https://lib.example/"],"src":"ghsa"}`,
		}, 0},
		{"jvn vuldef", jvnVuldef, []string{
			`{"id":"JVNDB-2024-000001","aliases":["CVE-2024-0106"],"date":"2024-01-10","modified":"2024-01-11","lang":"ja","title":"見本サーバにおけるクロスサイトスクリプティングの脆弱性","desc":"見本サーバには、クロスサイトスクリプティングの脆弱性が存在します。","cwe":["CWE-79"],"lab":"jvn","cvss3":"CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N","score3":6.1,"products":[{"vendor":"見本","name":"見本サーバ","versions":"1.2 およびそれ以前"}],"links":["https://cve.example/CVE-2024-0106"],"src":"jvn"}`,
		}, 0},
		{"jvn feed", jvnFeed, []string{
			`{"id":"JVNDB-2024-000002","aliases":["CVE-2024-0107"],"date":"2024-02-01","modified":"2024-02-02","title":"Sample Router vulnerable to OS command injection","desc":"Sample Router contains an OS command injection vulnerability.","cwe":["CWE-78"],"lab":"jvn","cvss3":"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","score3":9.8,"products":[{"vendor":"Sample","name":"Router","versions":"2.2"}],"links":["https://jvndb.example/JVNDB-2024-000002","https://cve.example/CVE-2024-0107","https://cwe.example/78.html"],"src":"jvn"}`,
		}, 0},
		{"own lines", `{"id":"CVE-2024-0108","desc":"x","cwe":["nonsense","CWE-79: XSS","CWE-99999999"],"score3":17}` + "\n{broken\n\n" + `{"id":"CVE-2024-0109","state":"reserved"}` + "\n" + `{"id":"","desc":"x"}`, []string{
			`{"id":"CVE-2024-0108","desc":"x","cwe":["CWE-79"]}`,
			`{"id":"CVE-2024-0109","state":"reserved"}`,
		}, 2},
		{"list of records", "[" + osvRecord + ",17," + nvd11Feed + "]", []string{
			`{"id":"GHSA-aaaa-bbbb-cccc","aliases":["CVE-2024-0105"],"date":"2024-05-31","modified":"2024-06-01","title":"Path traversal in samplelib","desc":"samplelib joins paths without a check.","cwe":["CWE-22"],"lab":"ghsa","cvss3":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N","products":[{"vendor":"npm","name":"samplelib","versions":"\u003c 1.2.3"}],"affects":[{"package":"npm/samplelib","range":"\u003c1.2.3"}],"links":["https://lib.example/"],"src":"ghsa"}`,
		}, 2},
		{"cut", nvd2Page[:len(nvd2Page)-900], nil, 1},
		{"empty", "", nil, 1},
		{"html", "<html><body>404</body></html>", nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			records, refused := readText(t, "in.json", []byte(tt.in))
			if d := cmp.Diff(tt.want, records); d != "" {
				t.Error(d)
			}
			if len(refused) != tt.refused {
				t.Errorf("refused %q, want %d", refused, tt.refused)
			}
		})
	}
}

func TestArchivesAndFolders(t *testing.T) {
	dir := t.TempDir()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, text := range map[string]string{"cves/2024/a.json": cve5Record, "cves/broken.json": `{"cveMetadata":`, "README.md": "x", "b.json": osvRecord} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("all.zip", buf.Bytes())
	write("cut.zip", buf.Bytes()[:buf.Len()/2])
	var packed bytes.Buffer
	g := gzip.NewWriter(&packed)
	if _, err := g.Write([]byte(nvd11Feed)); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	write("feed.json.gz", packed.Bytes())
	write("notes.txt", []byte("no record"))
	records, refused := readPath(t, dir)
	if len(records) != 3 || len(refused) != 2 {
		t.Errorf("%d records, refused %q; want 3 and 2", len(records), refused)
	}
}

func TestEmitStops(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl")
	if err := os.WriteFile(path, []byte(strings.Repeat(`{"id":"CVE-2024-0001","desc":"x"}`+"\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	n := 0
	rd := Reader{Emit: func(string, Record) error { n++; return enough }, Refuse: func(string, error) {}}
	if err := rd.Read(context.Background(), path); !errors.Is(err, enough) || n != 1 {
		t.Errorf("got %v after %d records", err, n)
	}
}

func TestLongLineCostsOnlyItself(t *testing.T) {
	long := `{"id":"CVE-2024-0001","desc":"` + strings.Repeat("x", maxRecord) + `"}`
	records, refused := readText(t, "a.jsonl", []byte("{\"id\":\"A-1\",\"desc\":\"x\"}\n"+long+"\n{\"id\":\"A-2\",\"desc\":\"x\"}"))
	if len(records) != 2 || len(refused) != 1 {
		t.Errorf("%d records, refused %d", len(records), len(refused))
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{nvd2Page, nvd11Feed, cve5Record, osvRecord, `{"id":"CVE-2024-0108","desc":"x"}`, `{"vulns":[{}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = Parse(b, func(r Record) {
			line, err := Append(nil, &r)
			if err != nil {
				t.Fatal(err)
			}
			again := 0
			if err := Parse(line, func(Record) { again++ }, func(error) {}); err != nil || again != 1 && r.Text+string(r.State) != "" {
				t.Fatalf("%s: read again %d times, %v", line, again, err)
			}
		}, func(error) {})
	})
}

func FuzzReadJVN(f *testing.F) {
	f.Add([]byte(jvnVuldef))
	f.Add([]byte(jvnFeed))
	f.Add([]byte("<a><item>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &meter{r: bytes.NewReader(b)}
		_ = readJVN(m, func(r Record) {
			if r.ID == "" || len(r.Text) > maxText {
				t.Fatalf("%+v", r)
			}
		}, func(error) {})
	})
}
