package export

import (
	"strings"

	"github.com/opencure/cure"
)

// markingsMade is the time of all marking definitions: that of TLP 2.0's.
const markingsMade = "2022-10-01T00:00:00.000Z"

// tlpExtension is the extension that defines TLP 2.0 (OASIS common objects).
const tlpExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

// tlps are the ids of TLP 2.0's marking definitions, the same for everybody.
var tlps = map[cure.TLP]string{
	cure.TLPClear:       "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
	cure.TLPGreen:       "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
	cure.TLPAmber:       "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
	cure.TLPAmberStrict: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
	cure.TLPRed:         "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

// definitions returns the marking definitions that say what a marking says:
// its TLP, and the rest as a statement. Nothing stated is TLP:AMBER+STRICT.
func definitions(m cure.Marking) []stixObject {
	if m.TLP == cure.TLPDefault {
		m.TLP = cure.TLPAmberStrict
	}
	name := m.TLP.String()
	all := []stixObject{{
		Type: "marking-definition", Spec: "2.1", ID: tlps[m.TLP], Created: markingsMade, Name: "TLP:" + name,
		Extensions: map[string]any{tlpExtension: map[string]string{"extension_type": "property-extension", "tlp_2_0": strings.ToLower(name)}},
	}}
	m.TLP = cure.TLPDefault
	if m.IsDefault() {
		return all
	}
	statement := m.String()
	return append(all, stixObject{
		Type: "marking-definition", Spec: "2.1", ID: "marking-definition--" + uuid5(ownSpace, "statement "+statement), Created: markingsMade,
		DefinedAs: "statement", Definition: map[string]string{"statement": statement},
	})
}
