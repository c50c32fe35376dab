package api

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/opencure/cure/client"
)

// Most answers are the client's own types. What a publisher gets when it opens
// its source is not, since the hub's has keys as bytes; this holds the two to
// the same JSON.
func TestClientReadsTheDesk(t *testing.T) {
	sameShape(t, "desk", reflect.TypeOf(desk{}), reflect.TypeOf(client.Desk{}))
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
