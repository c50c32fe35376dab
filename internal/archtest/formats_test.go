package archtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestOwnFormats holds the schemas of the formats that we have defined true:
// the samples that the publishers are tested with fit them, each field of a
// schema is in a sample, and a sample without what is required fits not.
func TestOwnFormats(t *testing.T) {
	schemas, err := filepath.Glob(filepath.Join(root, "docs", "formats", "*.schema.json"))
	if err != nil || len(schemas) == 0 {
		t.Fatal("no schemas", err)
	}
	for _, path := range schemas {
		name := strings.TrimSuffix(filepath.Base(path), ".schema.json")
		t.Run(name, func(t *testing.T) {
			s := readJSON[schema](t, path)
			used := map[string]bool{}
			lines := samples(t, name)
			for _, v := range lines {
				if err := s.check(v); err != nil {
					t.Errorf("%v: %v", err, v)
				}
				for field := range v {
					used[field] = true
				}
				for _, field := range s.Required {
					less := map[string]any{}
					for k, x := range v {
						if k != field {
							less[k] = x
						}
					}
					if s.check(less) == nil {
						t.Errorf("without %s it fits too", field)
					}
				}
			}
			for field := range s.Properties {
				if !used[field] {
					t.Errorf("no sample has %s", field)
				}
			}
		})
	}
}

func readJSON[T any](t *testing.T, path string) (v T) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		t.Fatal(path, err)
	}
	return v
}

// samples are the lines of the publisher's sample that are of its own format.
func samples(t *testing.T, name string) (all []map[string]any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "internal", "publish", "observe", "testdata", name+".in"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var v map[string]any
		if json.Unmarshal(line, &v) == nil && v[name] != nil {
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		t.Fatalf("no line of %s.in has the field %s", name, name)
	}
	return all
}

// schema is as much of JSON Schema (2020-12) as our formats use.
type schema struct {
	Type       string            `json:"type"`
	Required   []string          `json:"required"`
	AnyOf      []schema          `json:"anyOf"`
	Properties map[string]schema `json:"properties"`
	Const      any               `json:"const"`
	Enum       []any             `json:"enum"`
	Minimum    *float64          `json:"minimum"`
	Maximum    *float64          `json:"maximum"`
	MinLength  int               `json:"minLength"`
	MaxLength  *int              `json:"maxLength"`
	Pattern    string            `json:"pattern"`
}

// check says how a value does not fit.
func (s *schema) check(v any) error {
	switch {
	case s.Const != nil && v != s.Const:
		return fmt.Errorf("%v is not %v", v, s.Const)
	case s.Enum != nil && !slices.Contains(s.Enum, v):
		return fmt.Errorf("%v is none of %v", v, s.Enum)
	case len(s.AnyOf) > 0 && !slices.ContainsFunc(s.AnyOf, func(a schema) bool { return a.check(v) == nil }):
		return fmt.Errorf("fits none of %d", len(s.AnyOf))
	}
	switch v := v.(type) {
	case string:
		return s.text(v)
	case float64:
		if s.Type == "integer" && v != float64(int64(v)) || s.Type != "" && s.Type != "integer" && s.Type != "number" ||
			s.Minimum != nil && v < *s.Minimum || s.Maximum != nil && v > *s.Maximum {
			return fmt.Errorf("%v is no %s between its bounds", v, s.Type)
		}
	case map[string]any:
		return s.object(v)
	}
	return nil
}

func (s *schema) text(v string) error {
	if s.Type != "" && s.Type != "string" || len(v) < s.MinLength || s.MaxLength != nil && len(v) > *s.MaxLength {
		return fmt.Errorf("%q is no %s of the length", v, s.Type)
	}
	if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(v) {
		return fmt.Errorf("%q does not match %s", v, s.Pattern)
	}
	return nil
}

func (s *schema) object(v map[string]any) error {
	if s.Type != "" && s.Type != "object" {
		return fmt.Errorf("an object is no %s", s.Type)
	}
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			return fmt.Errorf("%s is missing", name)
		}
	}
	for name, x := range v {
		if p, ok := s.Properties[name]; ok {
			if err := p.check(x); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}
