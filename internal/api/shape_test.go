package api

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

// The client has types of its own, since its users cannot name those of the
// hub. This holds them to the same JSON.
func TestClientReadsWhatTheHubWrites(t *testing.T) {
	for _, tt := range []struct{ hub, client any }{
		{access.Answer{}, client.Answer{}},
		{access.Results{}, client.Results{}},
		{access.Timeline{}, client.Timeline{}},
		{access.Neighbours{}, client.Neighbours{}},
		{access.Pivot{}, client.Pivot{}},
		{access.PivotOptions{}, client.PivotOptions{}},
		{access.Opened{}, client.Opened{}},
		{access.Matrix{}, client.Matrix{}},
		{access.Shared{}, client.Shared{}},
		{access.Stats{}, client.Stats{}},
		{access.Status{}, client.Status{}},
		{access.SourceStatus{}, client.SourceStatus{}},
		{access.BadRecord{}, client.BadRecord{}},
		{access.Key{}, client.Key{}},
		{access.Org{}, client.Org{}},
		{access.AuditEvent{}, client.AuditEvent{}},
		{me{}, client.Me{}},
		{desk{}, client.Desk{}},
		{Extracted{}, client.Extracted{}},
	} {
		c := reflect.TypeOf(tt.client)
		t.Run(c.Name(), func(t *testing.T) { sameShape(t, c.Name(), reflect.TypeOf(tt.hub), c) })
	}
}

// sameShape compares what encoding/json makes of two types.
func sameShape(t *testing.T, at string, a, b reflect.Type) {
	t.Helper()
	if a == b {
		return
	}
	if a.Kind() != b.Kind() {
		t.Errorf("%s: %v is not %v", at, a, b)
		return
	}
	switch a.Kind() {
	case reflect.Slice, reflect.Pointer:
		sameShape(t, at+"[]", a.Elem(), b.Elem())
	case reflect.Struct:
		fa, fb := fields(a), fields(b)
		for name, x := range fa {
			if y, ok := fb[name]; ok {
				sameShape(t, at+"."+name, x, y)
			} else {
				t.Errorf("%s: the client has no %s", at, name)
			}
		}
		for name := range fb {
			if _, ok := fa[name]; !ok {
				t.Errorf("%s: the hub has no %s", at, name)
			}
		}
	case reflect.Map:
		sameShape(t, at+"[key]", a.Key(), b.Key())
		sameShape(t, at+"[]", a.Elem(), b.Elem())
	}
}

// fields lists a struct's fields by their name in JSON, those of embedded structs included.
func fields(s reflect.Type) map[string]reflect.Type {
	all := map[string]reflect.Type{}
	for i := range s.NumField() {
		f := s.Field(i)
		tag := f.Tag.Get("json")
		switch {
		case tag == "-" || !f.IsExported():
		case f.Anonymous && tag == "":
			for name, typ := range fields(f.Type) {
				if _, outer := all[name]; !outer {
					all[name] = typ
				}
			}
		default:
			if tag == "" {
				panic(fmt.Sprintf("%v.%s has no json tag", s, f.Name))
			}
			name, _, _ := strings.Cut(tag, ",")
			all[name] = f.Type
		}
	}
	return all
}
