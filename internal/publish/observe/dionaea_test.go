package observe_test

import (
	"testing"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
)

func TestDionaeaGolden(t *testing.T) { golden(t, "dionaea", observe.Dionaea(), "dionaea/osaka", nil) }

func TestDionaeaBroken(t *testing.T) {
	golden(t, "dionaea-broken", observe.Dionaea(), "dionaea/osaka", nil)
}

func FuzzDionaea(f *testing.F) {
	f.Add([]byte(`{"sqlite":"dionaea","rowid":3,"connection_type":"connect","connection_timestamp":1795137121.75,"connection_root":{"rowid":2,"connection_timestamp":1},"remote_host":"198.51.100.23","logins":[{"login_username":"a"}],"dcerpcrequests":[{"dcerpcrequest_uuid":"x","dcerpcrequest_opnum":31}],"p0fs":[{"p0f_genre":"W"}]}`))
	f.Add([]byte(`{"captured":"5eb63bbbe01eeed093cb22bb8f5acdc3","size":1,"md5":"5eb63bbbe01eeed093cb22bb8f5acdc3","time":"2026-11-20T01:40:00Z"}`))
	fuzzDecoder(f, observe.Dionaea(), publish.Options{Source: "dionaea/a"}, "dionaea.in", "dionaea-broken.in", "dionaea-hpfeeds.in", "dionaea-incidents.in")
}
