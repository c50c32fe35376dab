package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"github.com/opencure/cure"
)

type logUsersCmd struct {
	Sources []cure.Source `arg:"" optional:"" help:"Sources whose publishers send straight to the cluster."`
}

// Help says where the lines go.
func (logUsersCmd) Help() string {
	return `Makes a user for the hubs and one for each source, which may publish the subject
of that source and nothing else, not even read. Prints the part of a NATS
server's configuration that knows them; their passwords, which are shown once
and kept nowhere, go to standard error as addresses for CURE_LOG_URL.

  cure log users cowrie/tokyo1 dionaea/osaka1 >users.conf`
}

// Run prints configuration and passwords.
func (c *logUsersCmd) Run(e *env) error {
	users := []logUser{{name: "hub", publish: ">", subscribe: ">"}}
	for _, src := range c.Sources {
		if err := src.Check(); err != nil {
			return err
		}
		name := strings.TrimPrefix(src.Subject(), "obs.")
		users = append(users, logUser{name: name, publish: src.Subject(), subscribe: "_INBOX." + name + ".>"})
	}
	var b strings.Builder
	b.WriteString("# Include this in the configuration of each server, beside its jetstream,\n# cluster and tls blocks.\nauthorization {\n  users = [\n")
	for _, u := range users {
		password, hash, err := newPassword()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "    {user: %q, password: %q, permissions: {publish: [%q], subscribe: [%q]}}\n", u.name, hash, u.publish, u.subscribe)
		fmt.Fprintf(e.err, "CURE_LOG_URL=tls://%s:%s@SERVER:4222\n", u.name, password)
	}
	b.WriteString("  ]\n}\n")
	_, err := fmt.Fprint(e.out, b.String())
	return err
}

type logUser struct{ name, publish, subscribe string }

// newPassword returns 144 random bits and their bcrypt hash. The least cost is
// enough: nobody guesses that many.
func newPassword() (password, hash string, err error) {
	var raw [18]byte
	rand.Read(raw[:])
	password = base64.RawURLEncoding.EncodeToString(raw[:])
	h, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	return password, string(h), err
}
