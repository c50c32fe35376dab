package export

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/opencure/cure"
)

// scoSpace is the name space of cyber observables (STIX 2.1, 2.9).
var scoSpace = [16]byte{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7}

// ownSpace is the name space of everything else, of our making.
var ownSpace = [16]byte{0x6b, 0x1f, 0x0a, 0x5d, 0x27, 0xd4, 0x5c, 0x1e, 0x9a, 0x3b, 0x70, 0xc5, 0x12, 0xe8, 0x44, 0x9f}

// uuid5 computes a UUID version 5 (RFC 9562, 5.5). SHA-1 names here, it
// protects nothing.
func uuid5(space [16]byte, name string) string {
	h := sha1.New()
	h.Write(space[:])
	h.Write([]byte(name))
	u := h.Sum(nil)[:16]
	u[6], u[8] = u[6]&0x0f|0x50, u[8]&0x3f|0x80
	s := hex.EncodeToString(u)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// id names an object of the producer.
func (b *bundle) id(kind string, parts ...string) string {
	return kind + "--" + uuid5(ownSpace, cure.NewID(append([]string{kind, b.sheet.Producer}, parts...)...).String())
}

// observableOf returns the cyber observable object of a value; false where
// STIX has none.
func observableOf(o cure.Observable) (out stixObject, ok bool) {
	switch o.Kind {
	case cure.KindIP, cure.KindCIDR:
		out.Type, out.Value = "ipv4-addr", o.Value
		if strings.Contains(o.Value, ":") {
			out.Type = "ipv6-addr"
		}
	case cure.KindDomain:
		out.Type, out.Value = "domain-name", o.Value
	case cure.KindURL:
		out.Type, out.Value = "url", o.Value
	case cure.KindEmail:
		out.Type, out.Value = "email-addr", o.Value
	case cure.KindHash:
		out.Type, out.Hashes = "file", map[string]string{hashName(o.Value): o.Value}
	case cure.KindASN:
		n, err := strconv.ParseInt(strings.TrimPrefix(o.Value, "AS"), 10, 64)
		if err != nil {
			return out, false
		}
		out.Type, out.AS = "autonomous-system", n
	default:
		return out, false
	}
	// The canonical JSON of what contributes to the id (RFC 8785).
	var contributes any = map[string]string{"value": o.Value}
	switch o.Kind {
	case cure.KindHash:
		contributes = map[string]any{"hashes": out.Hashes}
	case cure.KindASN:
		contributes = map[string]int64{"number": out.AS}
	}
	out.ID = out.Type + "--" + uuid5(scoSpace, canonicalJSON(contributes))
	return out, true
}

// canonicalJSON is RFC 8785 for objects of at most one key on each level, of
// texts and small numbers.
func canonicalJSON(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func hashName(hex string) string {
	switch len(hex) {
	case 32:
		return "MD5"
	case 40:
		return "SHA-1"
	case 128:
		return "SHA-512"
	}
	return "SHA-256"
}

// patternOf returns the STIX pattern that finds the value; "" where there is
// none.
func patternOf(o cure.Observable) string {
	sco, ok := observableOf(o)
	if !ok || o.Kind == cure.KindASN {
		return ""
	}
	path, how, value := sco.Type+":value", "=", sco.Value
	switch o.Kind {
	case cure.KindHash:
		path, value = "file:hashes.'"+hashName(o.Value)+"'", o.Value
	case cure.KindCIDR:
		how = "ISSUBSET"
	}
	return "[" + path + " " + how + " '" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "']"
}

// named adds the object that a tag or CVE stands for and returns its id; "" for
// tags that are words and no names.
func (b *bundle) named(tag cure.Observable, m cure.Marking) string {
	o := stixObject{Name: tag.Value}
	if tag.Kind == cure.KindCVE {
		o.Type, o.References = "vulnerability", []stixReference{{"cve", tag.Value}}
	} else {
		kind, name, _ := strings.Cut(tag.Value, ":")
		if name == "" {
			return ""
		}
		o.Name = name
		switch kind {
		case "malware":
			family := true
			o.Type, o.Family = "malware", &family
		case "group":
			o.Type = "intrusion-set"
		case "campaign":
			o.Type = "campaign"
		case "tool":
			o.Type = "tool"
		case "attack":
			number := strings.ToUpper(name)
			if !strings.HasPrefix(number, "T") || len(number) < 5 || number[1] < '0' || number[1] > '9' {
				return "" // a tactic
			}
			o.Type, o.Name, o.References = "attack-pattern", number, []stixReference{{"mitre-attack", number}}
		default:
			return ""
		}
	}
	o.ID = b.id(o.Type, o.Name)
	return b.put(o, m)
}

// relationOf returns the relationship that STIX has between two objects.
func relationOf(from, to string) string {
	kind, _, _ := strings.Cut(from, "--")
	to, _, _ = strings.Cut(to, "--")
	if kind == "indicator" && to != "vulnerability" {
		return "indicates"
	}
	return "related-to"
}
