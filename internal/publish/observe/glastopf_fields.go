package observe

import (
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/opencure/cure/internal/publish"
)

// field takes one member of a record of either program.
func (d *glastopf) field(f field) {
	switch string(f.name) {
	case "time", "timestamp":
		d.time = d.obj.text(f.value)
	case "source":
		d.source(f)
	case "source_ip":
		d.src = d.obj.text(f.value)
	case "source_port":
		d.srcPort = d.obj.text(f.value)
	case "peer":
		d.members(f, map[string]*string{"ip": &d.src, "port": &d.srcPort})
	case "sensorid", "uuid":
		d.sensor = d.obj.text(f.value)
	case "sensor_ip":
		d.sensorIP = d.obj.text(f.value)
	case "sensor_port":
		d.sensorPort = d.obj.text(f.value)
	case "http_host":
		d.host = d.obj.text(f.value)
	case "request_url", "path":
		d.path = d.masked(f)
	case "request_raw":
		d.request = d.masked(f)
	case "pattern":
		d.pattern = d.obj.text(f.value)
	case "file_sha256":
		d.file = d.obj.text(f.value)
	case "filename":
		d.md5 = d.obj.text(f.value)
	case "method":
		d.method = d.obj.text(f.value)
	case "headers":
		d.headers(f)
	case "post_data":
		d.postData(f)
	case "cookies":
		d.members(f, map[string]*string{"sess_uuid": &d.session})
	case "response_msg":
		d.response(f)
	}
}

// source is ["address", port] or "address:port".
func (d *glastopf) source(f field) {
	if f.value.Kind() == '[' {
		var pair []any
		if json.Unmarshal(f.value, &pair, lenientList) == nil && len(pair) > 0 {
			d.src, _ = pair[0].(string)
		}
		return
	}
	d.src = d.obj.text(f.value)
	if i := strings.LastIndexByte(d.src, ':'); i >= 0 && (strings.Count(d.src, ":") == 1 || strings.HasSuffix(d.src[:i], "]")) {
		d.src, d.srcPort = d.src[:i], d.src[i+1:]
	}
	d.src = strings.Trim(d.src, "[]")
}

// members reads texts of an inner object.
func (d *glastopf) members(f field, into map[string]*string) {
	_ = d.inner.each(f.value, func(m field) { // a broken one says nothing
		if to := into[string(m.name)]; to != nil {
			*to = d.inner.text(m.value)
		}
	})
}

// headers are those of TANNER: one object.
func (d *glastopf) headers(f field) {
	_ = d.inner.each(f.value, func(m field) {
		value := d.inner.text(m.value)
		switch strings.ToLower(string(m.name)) {
		case "host":
			d.host = value
		case "user-agent":
			d.agent = value
		case "authorization", "proxy-authorization", "cookie":
			d.cuts = append(d.cuts, splice{start: f.start + m.start, end: f.start + m.end, text: d.names.Secret(value)})
		}
	})
}

// postData is an object of the fields of a form.
func (d *glastopf) postData(f field) {
	_ = d.inner.each(f.value, func(m field) {
		name, value := string(m.name), d.inner.text(m.value)
		if secretName.MatchString(name) && !publish.KnownPassword(value) {
			value = d.names.Secret(value)
			d.cuts = append(d.cuts, splice{start: f.start + m.start, end: f.start + m.end, text: value})
		}
		d.body += name + "=" + value + "&"
	})
}

// response is what TANNER thinks of the request.
func (d *glastopf) response(f field) {
	var r struct {
		Response struct {
			Message struct {
				Detection struct {
					Name string `json:"name"`
				} `json:"detection"`
				Session string `json:"sess_uuid"`
			} `json:"message"`
		} `json:"response"`
	}
	if json.Unmarshal(f.value, &r, lenientList) == nil {
		d.pattern = strings.ToValidUTF8(r.Response.Message.Detection.Name, "")
		if s := strings.ToValidUTF8(r.Response.Message.Session, ""); s != "" {
			d.session = s
		}
	}
}

// readRequest takes a raw request apart: Glastopf logs nothing else of it.
func (d *glastopf) readRequest() {
	head, body, _ := strings.Cut(strings.ReplaceAll(d.request, "\r\n", "\n"), "\n\n")
	line, rest, _ := strings.Cut(head, "\n")
	if words := strings.Fields(line); len(words) >= 2 {
		d.method = words[0]
		if d.path == "" {
			d.path = words[1]
		}
	}
	for h := range strings.SplitSeq(rest, "\n") {
		name, value, _ := strings.Cut(h, ":")
		switch strings.ToLower(name) {
		case "host":
			if d.host == "" {
				d.host = strings.TrimSpace(value)
			}
		case "user-agent":
			d.agent = strings.TrimSpace(value)
		}
	}
	d.body = body
}

var (
	secretName  = regexp.MustCompile(`(?i)pass|pwd|psw|passwd|secret`)
	secretValue = regexp.MustCompile(`(?i)([?&\s]|^)([a-z0-9_\-\[\]]*(?:pass|pwd|psw)[a-z0-9_\-\[\]]*=)([^&\s"]*)`)
	secretLine  = regexp.MustCompile(`(?im)^((?:proxy-)?authorization|cookie):[ \t]*(\S[^\r\n]*)`)
)

// masked returns a text of the record with its secrets masked, there too.
func (d *glastopf) masked(f field) string {
	was := d.obj.text(f.value)
	now := secretValue.ReplaceAllStringFunc(was, func(s string) string {
		m := secretValue.FindStringSubmatch(s)
		if publish.KnownPassword(unescape(m[3])) {
			return s
		}
		return m[1] + m[2] + d.names.Secret(m[3])
	})
	now = secretLine.ReplaceAllStringFunc(now, func(s string) string {
		m := secretLine.FindStringSubmatch(s)
		return m[1] + ": " + d.names.Secret(m[2])
	})
	if now != was {
		d.cuts = append(d.cuts, splice{start: f.start, end: f.end, text: now})
	}
	return now
}
