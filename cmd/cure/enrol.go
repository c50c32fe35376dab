package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/publish/table"
)

type enrolCmd struct {
	Publisher string        `arg:"" help:"What the sensor writes: see 'cure publishers'."`
	Instance  string        `required:"" help:"Name of this sensor, as in tokyo1: the source is PUBLISHER/NAME." placeholder:"NAME"`
	TTL       time.Duration `default:"1h" name:"ttl" help:"The line has to be used within this time."`
	Address   string        `help:"Where the sensor reaches the hub; default: where this command does." placeholder:"https://HOST:PORT"`
	Follow    string        `xor:"in" help:"Log that the sensor writes." placeholder:"FILE"`
	Watch     string        `xor:"in" help:"Folder into which its files come." placeholder:"DIR"`
	Listen    string        `xor:"in" help:"Address at which it sends them." placeholder:"ADDRESS"`
}

// Help teaches by example.
func (enrolCmd) Help() string {
	return `Makes a key that may write one source and nothing else, and prints the line to
run on the sensor. The key ends unless the line is run within the time; then it
lives on until it is revoked. Without --follow, --watch or --listen the line
reads its standard input.

  cure enrol cowrie --instance tokyo1 --follow /var/log/cowrie/cowrie.json
  cure enrol dionaea --instance osaka --ttl 24h --address https://hub.example`
}

// Run makes the key and prints the line.
func (c *enrolCmd) Run(e *env) error {
	p, err := table.Lookup(c.Publisher)
	if err != nil {
		return err
	}
	src := cure.Source(p.Name + "/" + c.Instance)
	if err := src.Check(); err != nil {
		return err
	}
	if c.TTL < time.Minute {
		return cure.Errorf(cure.Invalid, "--ttl %s: want at least 1m", c.TTL)
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	address := c.Address
	if address == "" {
		address = cl.Address()
	}
	ca, err := fingerprint(e.authority())
	if err != nil {
		return err
	}
	key, made, err := cl.CreateKey(e.ctx, client.KeySpec{
		Name: "enrolled " + string(src), Role: client.RolePublisher, Sources: []string{string(src)}, UseBy: e.now().Add(c.TTL),
	})
	if err != nil {
		return err
	}
	line := "CURE_URL=" + shellWord(address) + " CURE_KEY=" + key
	if ca != "" && strings.HasPrefix(address, "https:") {
		line += " CURE_CA=" + ca
	}
	line += " cure publish " + p.Name + " --source " + string(src) + c.input()
	if e.flags.JSON {
		return e.printJSON(map[string]any{"line": line, "key": made})
	}
	fmt.Fprintln(e.out, line)
	fmt.Fprintf(e.err, "run it on the sensor before %s; end it with: cure key revoke %s\n", minute(made.UseBy), made.ID)
	return nil
}

func (c *enrolCmd) input() string {
	switch {
	case c.Follow != "":
		return " --follow " + shellWord(c.Follow)
	case c.Watch != "":
		return " --watch " + shellWord(c.Watch)
	case c.Listen != "":
		return " --listen " + shellWord(c.Listen)
	}
	return " -"
}

// fingerprint returns the one of an authority: as it is, or that of a file.
func fingerprint(authority string) (string, error) {
	if authority == "" || strings.HasPrefix(authority, "sha256:") {
		return authority, nil
	}
	b, err := os.ReadFile(authority)
	if err != nil {
		return "", err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return "", cure.Errorf(cure.Invalid, "no certificate in %s", authority)
	}
	sum := sha256.Sum256(block.Bytes)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// shellWord quotes a word for a shell where it needs it.
func shellWord(s string) string {
	plain := s != ""
	for _, r := range s {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:+@%=,", r) {
			plain = false
		}
	}
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
