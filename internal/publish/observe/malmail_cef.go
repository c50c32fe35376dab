package observe

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// cefMail says which of the names of [readAppliance] a key of CEF is. Keys that
// the vendor names (cs1Label=Subject cs1=…) have that name themselves.
var cefMail = map[string]string{
	"rt": "messagetime", "start": "time", "end": "received", "src": "senderip", "sourceAddress": "srcip", "c6a2": "clientip",
	"suser": "sender", "sourceUserName": "mailfrom", "duser": "recipient", "destinationUserName": "recipients",
	"externalId": "guid", "request": "url", "requestUrl": "urls", "dvchost": "server", "deviceHostName": "server",
}

// readMailCEF reads what an appliance says of a mail in a line of CEF, behind a
// header of syslog or without.
func readMailCEF(line string, zone *time.Location) (*mailSaid, error) {
	header, rest, _ := strings.Cut(line, "CEF:")
	_, rest, _ = strings.Cut(rest, "|")
	for range 6 { // vendor, product, version, number, name, severity
		var ok bool
		if _, rest, ok = cutEscaped(rest, '|'); !ok {
			return nil, errCEF
		}
	}
	x := cefExtension(rest)
	object := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(x)) {
		name, v := cefMail[key], x[key]
		if label := x[key+"Label"]; label != "" && !strings.HasSuffix(key, "Label") {
			name = strings.ReplaceAll(label, " ", "")
		}
		if name == "" {
			name = key
		}
		switch name {
		case "messagetime", "time", "received":
			v = lineTime(v, zone)
		case "recipient", "recipients":
			v = strings.ReplaceAll(v, ";", ",")
		}
		if _, twice := object[name]; v != "" && !twice {
			object[name] = v
		}
	}
	if when, _ := syslog(header); when != "" && object["messagetime"] == nil {
		object["messagetime"] = when
	}
	if file := cefFile(x); file != nil {
		object["attachments"] = []any{file}
	}
	return readAppliance(plainNames(object), zone)
}

// cefFile is the attachment that a line names, nil for none.
func cefFile(x map[string]string) map[string]any {
	hash := x["fileHash"]
	algorithm := map[int]string{32: "md5", 40: "sha1", 64: "sha256"}[len(hash)]
	if algorithm == "" {
		return nil
	}
	return map[string]any{"name": x["fname"] + x["fileName"], "type": x["fileType"], algorithm: hash}
}
