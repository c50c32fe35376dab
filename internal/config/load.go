package config

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/opencure/cure"
)

// maxFile is the size in bytes over which a file is not a configuration.
const maxFile = 256 << 10

// origin says where the value of a key came from.
type origin struct {
	file   string
	line   int
	column int
	env    string
}

func (o origin) String() string {
	if o.env != "" {
		return o.env
	}
	return fmt.Sprintf("%s:%d:%d", o.file, o.line, o.column)
}

// Load reads the file (none for ""), applies the environment, and checks the
// result. The error is of kind Invalid and lists every mistake, one a line,
// each with its place.
func Load(path string, h Host) (*Config, error) {
	if path == "" {
		return Parse("", nil, h)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, cure.Errorf(cure.Invalid, "read configuration: %w", err)
	}
	if info.Size() > maxFile {
		return nil, cure.Errorf(cure.Invalid, "configuration %s has %d bytes, limit %d", path, info.Size(), maxFile)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, cure.Errorf(cure.Invalid, "read configuration: %w", err)
	}
	return Parse(path, data, h)
}

// Parse is Load for a file that was read already; name stands in the messages.
func Parse(name string, data []byte, h Host) (*Config, error) {
	c := Default(h)
	problems := c.readFile(name, data)
	problems = append(problems, c.readEnv(h)...)
	if len(problems) == 0 {
		problems = c.check()
	}
	if len(problems) > 0 {
		return nil, &cure.Error{Kind: cure.Invalid, Err: errors.Join(problems...)}
	}
	return c, nil
}

// readEnv applies the overrides that are set and not empty.
func (c *Config) readEnv(h Host) []error {
	var problems []error
	for _, k := range c.keys() {
		name := k.env()
		if name == "" {
			continue
		}
		text := h.getenv(name)
		if text == "" {
			continue
		}
		var err error
		if k.kind() == "list" {
			err = k.setList(splitList(text))
		} else {
			err = k.set(text)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %s: %w", name, k.path, err))
			continue
		}
		c.origin[k.path] = origin{env: name}
	}
	return problems
}

func splitList(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
