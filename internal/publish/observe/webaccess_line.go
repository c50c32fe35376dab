package observe

import (
	"strings"
	"time"
)

// readAccess reads a line of Squid's native log or of the combined and common
// logs.
func readAccess(line string) (visit, error) {
	if i := strings.Index(line, " ["); i > 0 && (strings.Count(line[:i], " ") == 2 || strings.Count(line[:i], " ") == 3) {
		return readCombined(line, i)
	}
	return readSquid(line)
}

// readSquid reads "time elapsed client action/status bytes method URL user
// hierarchy/server type", and a referrer where a format has added one.
func readSquid(line string) (visit, error) {
	w := strings.Fields(line)
	if len(w) < 10 || len(w) > 16 || strings.IndexByte(w[3], '/') < 0 || strings.IndexByte(w[8], '/') < 0 {
		return visit{}, errNoAccess
	}
	_, status, _ := strings.Cut(w[3], "/")
	_, server, _ := strings.Cut(w[8], "/")
	v := visit{log: "squid", time: w[0], client: w[2], status: status, method: w[5], url: w[6], user: dash(w[7]), server: dash(server)}
	if v.method == "CONNECT" {
		v.host, v.url = hostPart(w[6]), ""
	}
	for _, more := range w[10:] {
		if strings.Contains(more, "://") {
			v.referrer = strings.Trim(more, `"`)
		}
	}
	if v.host == "" {
		v.host = hostPart(v.url)
	}
	return v, nil
}

// readJSONAccess reads an access log in JSON by the names that nginx has for its
// variables, or that are usual; ok is false for other JSON.
func readJSONAccess(in fields) (v visit, ok bool) {
	v = visit{
		log: "json", time: in.first("time_iso8601 timestamp @timestamp time msec time_local"), client: in.first("remote_addr client_ip clientip client"),
		method: in.first("request_method method verb"), url: in.first("request_uri uri url"), host: in.first("http_host host server_name vhost"),
		referrer: in.first("http_referer referer http_referrer referrer"), status: in.first("status"), user: dash(in.first("remote_user")),
	}
	if w := strings.Fields(in.first("request")); len(w) >= 2 {
		v.method, v.url = w[0], w[1]
	}
	if t, err := time.Parse("02/Jan/2006:15:04:05 -0700", v.time); err == nil {
		v.time = t.UTC().Format(time.RFC3339)
	}
	v.host, v.referrer = hostPart(v.host), dash(v.referrer)
	return v, v.client != "" && v.url != "" && v.time != ""
}

// readCombined reads `client - user [time] "request" status bytes "referrer"
// "agent"`; the bracket is at i.
func readCombined(line string, i int) (visit, error) {
	head, host := strings.Fields(line[:i]), ""
	if len(head) == 4 { // vhost_combined of Apache: the site first
		host, head = hostPart(head[0]), head[1:]
	}
	at, rest, ok := strings.Cut(line[i+2:], "] ")
	if len(head) != 3 || !ok {
		return visit{}, errNoAccess
	}
	t, err := time.Parse("02/Jan/2006:15:04:05 -0700", at)
	if err != nil {
		return visit{}, errNoAccess
	}
	request, rest, ok := quoted(rest)
	if !ok {
		return visit{}, errNoAccess
	}
	v := visit{log: "combined", time: t.UTC().Format(time.RFC3339), client: head[0], user: dash(head[2]), host: host}
	if w := strings.Fields(request); len(w) >= 2 {
		v.method, v.url = w[0], w[1]
	}
	if v.method == "CONNECT" {
		v.host, v.url = hostPart(v.url), ""
	} else if strings.Contains(v.url, "://") {
		v.host = hostPart(v.url)
	}
	status, rest, _ := strings.Cut(rest, " ")
	v.status = status
	if _, rest, ok = strings.Cut(rest, " "); ok {
		if referrer, _, ok := quoted(rest); ok {
			v.referrer = dash(referrer)
		}
	}
	return v, nil
}

// quoted cuts a text between quotes off, with the space behind it.
func quoted(s string) (text, rest string, ok bool) {
	if s, ok = strings.CutPrefix(s, `"`); !ok {
		return "", "", false
	}
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[:i], strings.TrimPrefix(s[i+1:], " "), true
		}
	}
	return "", "", false
}

func dash(s string) string {
	if s == "-" {
		return ""
	}
	return s
}
