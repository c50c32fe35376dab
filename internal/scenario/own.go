package scenario

import (
	"time"

	"github.com/opencure/cure"
)

// The own organisation of the story, Hinata Electric: what its configuration
// says under "own", and the two hosts that get into trouble.
const (
	OwnNetwork = "203.0.113.0/26"
	OwnDomain  = "hinata.example"
	Camera     = "203.0.113.20" // web camera of a branch: Kagerou gets in
	Office     = "203.0.113.31" // PC of the office: Sazanami's mail is opened there
)

// The flaw of the camera, who publishes it, and where the house finds out that
// its own camera has it.
const (
	Flaw         = "CVE-1337-20261"
	FlawSource   = cure.Source("vuln/cve")
	AssetSource  = cure.Source("assets/own")
	OwnCamera    = "camera-branch-20" // the own asset that the flaw is in
	OwnGateway   = "gateway-branch-1" // another camera's maker, another version: not affected
	cameraVendor = "EV Cameras"
	cameraFirm   = "EV-200 firmware"
	cameraHas    = "1.2.0.0"
	cameraFixed  = "1.2.0.1"
)

// flawText is what the numbering authority wrote, without type and score.
const flawText = "The web interface of the EV-200 network camera with firmware before " + cameraFixed + " passes the ip parameter of " +
	"/ev200/cmd.cgi to a shell, which allows remote unauthenticated attackers to execute arbitrary OS commands via shell metacharacters. SYNTHETIC."

// vulnerability tells that the record of the flaw appears on the 19th at 13:00.
func vulnerability(t *teller) {
	type object = map[string]any
	published := t.time(at(19, 13, 0))
	log := t.journal(FlawSource)
	log.add(published, object{
		"dataType": "CVE_RECORD", "dataVersion": "5.1",
		"cveMetadata": object{
			"cveId": Flaw, "state": "PUBLISHED", "datePublished": published.UTC().Format(time.RFC3339), "dateUpdated": published.UTC().Format(time.RFC3339),
		},
		"containers": object{"cna": object{
			"title":        "Command injection in EV-200 (SYNTHETIC)",
			"descriptions": []object{{"lang": "en", "value": flawText}},
			"affected": []object{{
				"vendor": cameraVendor, "product": cameraFirm, "defaultStatus": "unaffected",
				"versions": []object{{"version": "1.0", "status": "affected", "lessThan": cameraFixed, "versionType": "custom"}},
			}},
		}},
	})
	log.file("cve.jsonl", published)
}

// assets tells what the house knows of its own devices: the camera at the
// branch runs the affected firmware, the gateway a fixed one.
func assets(t *teller) {
	type object = map[string]any
	made := t.time(at(18, 9, 0))
	log := t.journal(AssetSource)
	for _, a := range []struct{ name, version string }{{OwnCamera, cameraHas}, {OwnGateway, cameraFixed}} {
		log.add(made, object{
			"asset": a.name, "format": "cyclonedx", "tool": "SYNTHETIC", "made": made.UTC().Format(time.RFC3339), "inventory": Hash(a.name)[:16],
			"components": []object{{"package": "cpe/ev_cameras/ev-200_firmware", "version": a.version}},
		})
	}
	log.file("assets.jsonl", made)
}

// ExposureFact says that a CVE affects an own asset, or that it does not.
type ExposureFact struct {
	CVE      string `json:"cve"`
	Asset    string `json:"asset"`
	Version  string `json:"version"`
	Affected bool   `json:"affected"`
	Type     string `json:"type"` // that the model must estimate, or one above it
	Band     string `json:"band"` // severity that it must estimate, at least
}

// exposureFacts are what must come of the flaw and the inventories.
func exposureFacts() []ExposureFact {
	return []ExposureFact{
		{Flaw, OwnCamera, cameraHas, true, "CWE-78", "critical"},
		{Flaw, OwnGateway, cameraFixed, false, "CWE-78", "critical"},
	}
}
