package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/opencure/cure"
)

// A key is one leaf or section of the configuration.
type key struct {
	path  string // log.mode
	doc   string
	oneof []string
	value reflect.Value // addressable; of a section the struct
}

// kind says what a key takes.
func (k key) kind() string {
	switch k.value.Interface().(type) {
	case Size:
		return "size"
	case Duration:
		return "duration"
	case Sync:
		return "always or duration"
	case cure.Marking:
		return "marking"
	case cure.Licence:
		return "licence"
	case map[cure.Source]Source:
		return "sources"
	}
	switch k.value.Kind() {
	case reflect.Struct:
		return "section"
	case reflect.Slice:
		return "list"
	case reflect.Int:
		return "number"
	case reflect.Bool:
		return "true or false"
	}
	if k.oneof != nil {
		return strings.Join(k.oneof, " or ")
	}
	return "text"
}

func (k key) section() bool { return k.kind() == "section" }

// keysOf lists the keys of a section below path, sections before their
// content, in the order of the struct.
func keysOf(path string, section reflect.Value) []key {
	var keys []key
	for i := range section.NumField() {
		field := section.Type().Field(i)
		name, ok := field.Tag.Lookup("key")
		if !ok {
			continue
		}
		k := key{path: join(path, name), doc: field.Tag.Get("doc"), value: section.Field(i)}
		if list := field.Tag.Get("oneof"); list != "" {
			k.oneof = strings.Split(list, ",")
		}
		keys = append(keys, k)
		if k.section() {
			keys = append(keys, keysOf(k.path, k.value)...)
		}
	}
	return keys
}

func (c *Config) keys() []key { return keysOf("", reflect.ValueOf(c).Elem()) }

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// set gives a leaf its value from text: the one reading of values, for the
// file and for the environment.
func (k key) set(text string) error {
	if k.oneof != nil && !slices.Contains(k.oneof, text) {
		return fmt.Errorf("%q is not %s", text, strings.Join(k.oneof, " or "))
	}
	switch p := k.value.Addr().Interface().(type) {
	case *cure.Marking:
		m, err := cure.ParseMarking(text)
		if err != nil {
			return err
		}
		*p = m
		return nil
	case encoding.TextUnmarshaler:
		return p.UnmarshalText([]byte(text))
	case *string:
		*p = text
		return nil
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		*p = n
		return nil
	case *bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("%q is not true or false", text)
		}
		*p = text == "true"
		return nil
	}
	return fmt.Errorf("takes a %s", k.kind())
}

// setList gives a list its values.
func (k key) setList(items []string) error {
	p, ok := k.value.Addr().Interface().(*[]string)
	if !ok {
		return fmt.Errorf("takes a %s, not a list", k.kind())
	}
	*p = items
	return nil
}

// text writes the value of a leaf as set reads it.
func (k key) text() string {
	switch v := k.value.Interface().(type) {
	case cure.Marking:
		return v.String()
	case []string:
		return strings.Join(v, ",")
	}
	return fmt.Sprint(k.value.Interface())
}

// env returns the variable that overrides the key, "" for none.
func (k key) env() string {
	if k.section() || k.kind() == "sources" {
		return ""
	}
	return "CURE_" + strings.ToUpper(strings.ReplaceAll(k.path, ".", "_"))
}
