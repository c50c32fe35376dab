package observe

import (
	"bytes"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/opencure/cure/internal/publish"
)

// scrubber takes out of the JSON of an alert what is not kept: payloads and
// bodies, and of what an own host asked for, the queries. Names of users,
// passwords and subjects become keyed hashes. It looks at the names of fields
// at any depth. Not safe for concurrent use.
type scrubber struct {
	names *publish.Pseudonyms
	dec   *jsontext.Decoder
	in    bytes.Buffer
	cuts  []splice
	name  []byte
	out   []byte
}

func newScrubber(names *publish.Pseudonyms) *scrubber {
	s := &scrubber{names: names}
	s.dec = jsontext.NewDecoder(&s.in, lenient...)
	return s
}

// dropped are fields whose value is not kept.
var dropped = map[string]bool{
	"payload": true, "payload_printable": true, "packet": true, "packet_info": true, "b64_data": true,
	"http_body": true, "http_body_printable": true, "http_request_body": true, "http_request_body_printable": true,
	"http_response_body": true, "http_response_body_printable": true, "body": true,
	"request_headers": true, "response_headers": true, "full_log": true, "previous_output": true, "previous_log": true,
	"original": true, "message": true,
}

// secrets are fields whose value becomes a keyed hash.
var secrets = map[string]bool{
	"password": true, "username": true, "user": true, "subject": true, "cname": true, "community": true,
	"srcuser": true, "dstuser": true, "user_name": true, "user.name": true, "user.email": true, "user.full_name": true,
}

// paths are fields with a URL.
var paths = map[string]bool{"url": true, "http_refer": true, "redirect": true, "uri": true, "referrer": true, "full": true, "request_url": true}

// replaced stands for what is not kept.
var replaced = jsontext.Value(`"not kept"`)

// text returns what is kept of the record, valid until the next call. The
// subject of a certificate is no mail subject: below "tls" nothing is secret.
func (s *scrubber) text(raw []byte, ownAsks bool) ([]byte, error) {
	s.in = *bytes.NewBuffer(raw)
	s.dec.Reset(&s.in, lenient...)
	s.cuts = s.cuts[:0]
	certificate := 0 // depth of the object "tls", 0 outside
	for {
		depth := s.dec.StackDepth()
		if depth < certificate {
			certificate = 0
		}
		kind, n := s.dec.StackIndex(depth)
		if kind != '{' || n%2 != 0 || s.dec.PeekKind() != '"' {
			if _, err := s.dec.ReadToken(); err == io.EOF {
				break
			} else if err != nil {
				return nil, errBroken
			}
			continue
		}
		name, err := s.dec.ReadValue()
		if err != nil {
			return nil, errBroken
		}
		s.name = append(s.name[:0], bytes.Trim(name, `"`)...)
		if string(s.name) == "tls" && s.dec.PeekKind() == '{' {
			if _, err := s.dec.ReadToken(); err != nil {
				return nil, errBroken
			}
			certificate = s.dec.StackDepth()
			continue
		}
		if err := s.field(ownAsks, certificate > 0); err != nil {
			return nil, errBroken
		}
	}
	s.out = appendSpliced(s.out[:0], raw, s.cuts)
	return s.out, nil
}

// field reads the value of a field that is looked at; others are walked into.
func (s *scrubber) field(ownAsks, certificate bool) error {
	name := string(s.name)
	kind := s.dec.PeekKind()
	last := name[strings.LastIndexByte(name, '.')+1:]
	switch {
	case dropped[last], last == "user" && (kind == '{' || kind == '['):
		return s.cut(func(string) splice { return splice{value: replaced} })
	case secrets[name] && kind == '"' && !certificate:
		return s.cut(func(text string) splice { return splice{text: s.secret(text)} })
	case ownAsks && last == "query" && kind == '"': // of a URL, or the question of a DNS query
		return s.cut(func(text string) splice {
			if strings.ContainsRune(text, '=') {
				return splice{value: replaced}
			}
			return splice{text: text}
		})
	case ownAsks && paths[last] && kind == '"':
		return s.cut(func(text string) splice { return splice{text: cutQuery(text)} })
	}
	return nil
}

func (s *scrubber) secret(text string) string {
	if text == "" || publish.KnownUser(text) || publish.KnownPassword(text) {
		return text
	}
	return s.names.Secret(text)
}

// cut reads a value and notes what takes its place.
func (s *scrubber) cut(by func(text string) splice) error {
	v, err := s.dec.ReadValue()
	if err != nil {
		return err
	}
	text := ""
	if v.Kind() == '"' {
		b, _ := jsontext.AppendUnquote(nil, v) // its error says "invalid UTF-8", which was replaced
		text = strings.ToValidUTF8(string(b), "\uFFFD")
	}
	end := int(s.dec.InputOffset())
	c := by(text)
	c.start, c.end = end-len(v), end
	s.cuts = append(s.cuts, c)
	return nil
}

// lineSecrets and lineTexts are keys of CEF and LEEF: of users, which become
// keyed hashes, and of texts that are not kept.
var (
	lineSecrets = []string{"suser", "duser", "usrName", "suid", "duid"}
	lineTexts   = []string{"rawEvent", "requestContext", "requestCookies", "subject"}
)

// line is text for a line of keys and values.
func (s *scrubber) line(raw []byte, keys map[string]string, ownAsks bool) []byte {
	out := raw
	replace := func(old, by string) {
		if len(old) >= 3 && old != by {
			out = bytes.ReplaceAll(out, []byte(old), []byte(by))
			out = bytes.ReplaceAll(out, []byte(strings.ReplaceAll(old, "=", `\=`)), []byte(by)) // as CEF escapes it
		}
	}
	for _, k := range lineTexts {
		replace(keys[k], "not kept")
	}
	for _, k := range lineSecrets {
		if v := keys[k]; !strings.Contains(v, "@") { // mail addresses are observables
			replace(v, s.secret(v))
		}
	}
	if ownAsks {
		for _, k := range []string{"request", "requestUrl", "url"} {
			replace(keys[k], cutQuery(keys[k]))
		}
	}
	return out
}
