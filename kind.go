package cure

// Kind says what sort of value an observable is. The numbers are part of the
// batch format and of snapshots: add at the end, never renumber.
type Kind uint8

// The kinds, in the order of their table.
const (
	KindNone        Kind = iota
	KindIP               // 198.51.100.7, 2001:db8::1
	KindCIDR             // 198.51.100.0/24, masked
	KindDomain           // www.example.org: lower case, punycode, no dot at the end
	KindHash             // lower-case hex of MD5, SHA-1, SHA-256 or SHA-512
	KindEmail            // user@example.org: domain as above, local part lower case
	KindURL              // http://example.org/a: scheme and host lower case, no fragment
	KindCVE              // CVE-2021-44228
	KindTag              // lower case, one space between words: "mirai", "attack:t1110.001"
	KindPort             // tcp/23, udp/53
	KindFingerprint      // hassh:…, payload:…, template:…
	KindASN              // AS64500

	kindEnd // one past the last
)

// Topic is one of the five channels of the seed design. It is a function of
// the kind: a URL also feeds domain, a CVE also feeds tag.
type Topic string

// The topics.
const (
	TopicIP     Topic = "ip"
	TopicDomain Topic = "domain"
	TopicHash   Topic = "hash"
	TopicEmail  Topic = "email"
	TopicTag    Topic = "tag"
)

// kinds is the one table of kinds: name on the wire and in URLs, topics, and
// the check that a value is in canonical form.
var kinds = [kindEnd]struct {
	name   string
	topics []Topic
	check  func(string) error
}{
	KindIP:          {"ip", []Topic{TopicIP}, checkIP},
	KindCIDR:        {"cidr", []Topic{TopicIP}, checkCIDR},
	KindDomain:      {"domain", []Topic{TopicDomain}, checkDomain},
	KindHash:        {"hash", []Topic{TopicHash}, checkHash},
	KindEmail:       {"email", []Topic{TopicEmail}, checkEmail},
	KindURL:         {"url", []Topic{TopicDomain}, checkURL},
	KindCVE:         {"cve", []Topic{TopicTag}, checkCVE},
	KindTag:         {"tag", []Topic{TopicTag}, checkTag},
	KindPort:        {"port", nil, checkPort},
	KindFingerprint: {"fp", nil, checkFingerprint},
	KindASN:         {"asn", nil, checkASN},
}

// Kinds returns all kinds in table order.
func Kinds() []Kind {
	all := make([]Kind, 0, kindEnd-1)
	for k := KindNone + 1; k < kindEnd; k++ {
		all = append(all, k)
	}
	return all
}

// Valid reports whether k is in the table.
func (k Kind) Valid() bool { return k > KindNone && k < kindEnd }

// String returns the kind's name, "none" for the zero kind and for numbers
// this version does not know.
func (k Kind) String() string {
	if !k.Valid() {
		return "none"
	}
	return kinds[k].name
}

// Topics returns the topics the kind feeds; the caller must not change them.
func (k Kind) Topics() []Topic {
	if !k.Valid() {
		return nil
	}
	return kinds[k].topics
}

// ParseKind returns the kind of that name.
func ParseKind(name string) (Kind, error) {
	for k := KindNone + 1; k < kindEnd; k++ {
		if kinds[k].name == name {
			return k, nil
		}
	}
	return KindNone, Errorf(Invalid, "unknown kind %q", name)
}

// MarshalText writes the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a kind's name.
func (k *Kind) UnmarshalText(b []byte) error {
	v, err := ParseKind(string(b))
	if err == nil {
		*k = v
	}
	return err
}
