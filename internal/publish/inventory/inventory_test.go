package inventory_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure/internal/publish/inventory"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

const (
	cyclonedxJSON = `{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"timestamp":"2026-11-20T01:00:00Z","component":{"type":"application","name":"shop","version":"1.4"}},
"components":[{"name":"left","version":"1.1.0","purl":"pkg:npm/%40sample/left@1.1.0","bom-ref":"l",
  "components":[{"name":"inner","version":"0.1","purl":"pkg:npm/inner@0.1"}]},
 {"name":"openssl","version":"1.1.1k-1","purl":"pkg:deb/debian/libssl1.1@1.1.1k-1?arch=amd64&distro=debian-11&upstream=openssl%401.1.1k-1"},
 {"name":"server","version":"7.2","cpe":"cpe:2.3:a:sample:server:7.2:*:*:*:*:*:*:*"},
 {"name":"nothing"}],
"vulnerabilities":[{"id":"CVE-2024-90301","affects":[{"ref":"l"}]},{"id":"CVE-2024-90302","affects":[{"ref":"l"}],"analysis":{"state":"not_affected"}},{"id":"GHSA-xxxx","affects":[{"ref":"l"}]}]}`
	cyclonedxXML = `<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.4"><metadata><timestamp>2026-11-20T01:00:00Z</timestamp>
<component type="application"><name>shop</name></component></metadata>
<components><component type="library" bom-ref="a"><name>left</name><version>1.1.0</version><purl>pkg:npm/left@1.1.0</purl></component></components>
<vulnerabilities><vulnerability><id>CVE-2024-90301</id><affects><target><ref>a</ref></target></affects></vulnerability></vulnerabilities></bom>`
	spdxJSON = `{"spdxVersion":"SPDX-2.3","name":"shop","creationInfo":{"created":"2026-11-20T01:00:00Z","creators":["Organization: Sample","Tool: sampler-1.0"]},
"packages":[{"SPDXID":"SPDXRef-a","name":"Flask","versionInfo":"2.0.1","externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:pypi/flask@2.0.1"},{"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a:palletsprojects:flask:2.0.1:*:*:*:*:*:*:*"}]},{"SPDXID":"SPDXRef-b","name":"shop"}]}`
	spdxText = `SPDXVersion: SPDX-2.3
DocumentName: shop
Creator: Tool: sampler-1.0
Created: 2026-11-20T01:00:00Z
DocumentComment: <text>PackageName: not this
ExternalRef: nor this</text>
PackageName: Flask
PackageVersion: 2.0.1
ExternalRef: PACKAGE-MANAGER purl pkg:pypi/flask@2.0.1
PackageName: nameless
`
	trivy = `{"SchemaVersion":2,"CreatedAt":"2026-11-20T01:00:00Z","ArtifactName":"web:7","Metadata":{"OS":{"Family":"debian","Name":"11.6"}},"Results":[
{"Type":"debian","Packages":[{"Name":"libssl1.1","Version":"1.1.1k","Release":"1","SrcName":"openssl"}],
 "Vulnerabilities":[{"VulnerabilityID":"CVE-2024-90301","PkgName":"libssl1.1","InstalledVersion":"1.1.1k-1","FixedVersion":"1.1.1n-0"}]},
{"Type":"jar","Packages":[{"Name":"org.sample:core","Version":"2.14.1"}]}]}`
	vuls = `{"jsonVersion":4,"serverName":"web1","family":"rocky","release":"8.6","scannedAt":"2026-11-20T01:00:00Z","scannedVersion":"0.25",
"scannedCves":{"CVE-2024-90301":{"cveID":"CVE-2024-90301","affectedPackages":[{"name":"openssl","fixedIn":"1:1.1.1k-9.el8_7"}]},"CVE-2024-90302":{"cveID":"CVE-2024-90302"}},
"packages":{"openssl":{"name":"openssl","version":"1:1.1.1k","release":"7.el8_6"}}}`
)

func TestRead(t *testing.T) {
	type c = inventory.Component
	type f = inventory.Finding
	for _, x := range []struct {
		name, in, asset, format string
		components              []c
		findings                []f
		left                    int
	}{
		{"CycloneDX JSON", cyclonedxJSON, "shop 1.4", "cyclonedx", []c{
			{Package: "cpe/sample/server", Version: "7.2"},
			{Package: "deb/debian/libssl1.1", Also: []string{"deb/debian/openssl"}, Release: "debian-11", Version: "1.1.1k-1"},
			{Package: "npm/@sample/left", Version: "1.1.0"},
			{Package: "npm/inner", Version: "0.1"},
		}, []f{{"CVE-2024-90301", "npm/@sample/left", "1.1.0", ""}}, 2},
		{
			"CycloneDX XML", cyclonedxXML, "shop", "cyclonedx",
			[]c{{Package: "npm/left", Version: "1.1.0"}},
			[]f{{"CVE-2024-90301", "npm/left", "1.1.0", ""}},
			0,
		},
		{"SPDX JSON", spdxJSON, "shop", "spdx", []c{{Package: "pypi/flask", Also: []string{"cpe/palletsprojects/flask"}, Version: "2.0.1"}}, nil, 1},
		{"SPDX tag-value", spdxText, "shop", "spdx", []c{{Package: "pypi/flask", Version: "2.0.1"}}, nil, 1},
		{"Trivy", trivy, "web:7", "trivy", []c{
			{Package: "deb/debian/libssl1.1", Also: []string{"deb/debian/openssl"}, Release: "debian-11.6", Version: "1.1.1k-1"},
			{Package: "maven/org.sample/core", Version: "2.14.1"},
		}, []f{{"CVE-2024-90301", "deb/debian/libssl1.1", "1.1.1k-1", "1.1.1n-0"}}, 0},
		{
			"Vuls", vuls, "web1", "vuls",
			[]c{{Package: "rpm/rocky/openssl", Release: "rocky-8.6", Version: "1:1.1.1k-7.el8_6"}},
			[]f{{"CVE-2024-90301", "rpm/rocky/openssl", "1:1.1.1k-7.el8_6", "1:1.1.1k-9.el8_7"}, {"CVE-2024-90302", "", "", ""}},
			0,
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			in, err := inventory.Read([]byte(x.in), "", now)
			if err != nil {
				t.Fatal(err)
			}
			if in.Asset != x.asset || in.Format != x.format || in.Left != x.left || !in.Made.Equal(now.Add(-11*time.Hour)) {
				t.Errorf("asset %q format %q left %d made %s", in.Asset, in.Format, in.Left, in.Made)
			}
			if diff := cmp.Diff(x.components, in.Components); diff != "" {
				t.Errorf("components (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(x.findings, in.Findings); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"empty": "", "text": "hello", "other JSON": `{"a":1}`, "cut": cyclonedxJSON[:80], "other XML": `<html></html>`,
		"no asset": `{"bomFormat":"CycloneDX"}`, "list": `[1]`,
	} {
		if got, err := inventory.Read([]byte(in), "", now); err == nil {
			t.Errorf("%s was read as %+v", name, got)
		}
	}
}

// TestLines: what is written as lines comes back, each package in one line.
func TestLines(t *testing.T) {
	var b strings.Builder
	b.WriteString("SPDXVersion: SPDX-2.3\nDocumentName: big\n")
	for i := range 1000 {
		b.WriteString("PackageName: x\nPackageVersion: 1." + strings.Repeat("1", i%3) + "0\nExternalRef: PACKAGE-MANAGER purl pkg:npm/p" + string(rune('a'+i%26)) + strings.Repeat("b", i/100) + "@1\n")
	}
	in, err := inventory.Read([]byte(b.String()), "named", now)
	if err != nil {
		t.Fatal(err)
	}
	lines, n, err := inventory.AppendLines(nil, in)
	if err != nil || n < 2 {
		t.Fatalf("%d lines, %v", n, err)
	}
	var all []inventory.Component
	at := map[string]int{}
	for i, line := range bytes.Split(bytes.TrimSpace(lines), []byte("\n")) {
		part, err := inventory.ReadLine(line)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range part.Components {
			if was, ok := at[c.Package]; ok && was != i {
				t.Errorf("%s stands in lines %d and %d", c.Package, was, i)
			}
			at[c.Package] = i
		}
		all = append(all, part.Components...)
	}
	if diff := cmp.Diff(in.Components, all); diff != "" {
		t.Error(diff)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{cyclonedxJSON, cyclonedxXML, spdxJSON, spdxText, trivy, vuls} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := inventory.Read(data, "", now)
		if err != nil {
			return
		}
		lines, _, err := inventory.AppendLines(nil, in)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, line := range bytes.Split(bytes.TrimSpace(lines), []byte("\n")) {
			part, err := inventory.ReadLine(line)
			if err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			n += len(part.Components) + len(part.Findings)
		}
		if n != len(in.Components)+len(in.Findings) {
			t.Fatalf("%d of %d entries came back", n, len(in.Components)+len(in.Findings))
		}
	})
}
