package config

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Print writes the effective configuration as a file that [Load] reads, with
// the place of each value that is not the default. Secrets are hidden.
func (c *Config) Print(w io.Writer) error {
	out := bufio.NewWriter(w)
	for _, k := range c.keys() {
		depth := strings.Count(k.path, ".")
		name := k.path[strings.LastIndexByte(k.path, '.')+1:]
		indent := strings.Repeat("  ", depth)
		switch {
		case k.section():
			fmt.Fprintf(out, "%s%s:\n", indent, name)
		case k.kind() == "sources":
			c.printSources(out)
		default:
			line := indent + name + ": " + k.literal()
			if o, ok := c.origin[k.path]; ok {
				line += " # " + o.String()
			}
			fmt.Fprintln(out, strings.TrimRight(line, " "))
		}
	}
	return out.Flush()
}

func (c *Config) printSources(w io.Writer) {
	if len(c.Sources) == 0 {
		return
	}
	fmt.Fprintln(w, "sources:")
	for _, name := range slices.Sorted(maps.Keys(c.Sources)) {
		s := c.Sources[name]
		fmt.Fprintf(w, "  %s:\n", name)
		printKeys(w, "    ", keysOf("", reflect.ValueOf(&s).Elem()))
	}
}

// printKeys prints the keys of a source that are set.
func printKeys(w io.Writer, indent string, keys []key) {
	for _, k := range keys {
		_, name, below := strings.Cut(k.path, ".")
		switch {
		case k.value.IsZero():
		case k.section():
			fmt.Fprintf(w, "%s%s:\n", indent, k.path)
		case below:
			fmt.Fprintf(w, "%s  %s: %s\n", indent, name, k.literal())
		default:
			fmt.Fprintf(w, "%s%s: %s\n", indent, k.path, k.literal())
		}
	}
}

// literal writes the value of a leaf as YAML.
func (k key) literal() string {
	if list, ok := k.value.Interface().([]string); ok {
		items := make([]string, len(list))
		for i, item := range list {
			items[i] = quote(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	text := k.text()
	if k.kind() == "true or false" {
		return text
	}
	if k.path == "log.url" {
		text = redact(text)
	}
	return quote(text)
}

// redact hides user names and passwords of a list of addresses.
func redact(list string) string {
	if !strings.Contains(list, "@") {
		return list
	}
	items := splitList(list)
	for i, item := range items {
		u, err := url.Parse(item)
		switch {
		case err != nil:
			items[i] = "hidden"
		case u.User != nil:
			u.User = url.User("hidden")
			items[i] = u.String()
		}
	}
	return strings.Join(items, ",")
}

// quote writes a text so that YAML reads the same text again.
func quote(s string) string {
	plain := s != ""
	for i := range len(s) {
		c := s[i]
		word := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '/'
		if !word && (i == 0 || !strings.ContainsRune("._-+", rune(c))) {
			plain = false
		}
	}
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off":
		plain = false
	}
	if plain {
		return s
	}
	return strconv.Quote(s)
}
