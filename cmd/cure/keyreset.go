package main

import (
	"os"
	"path/filepath"
)

type keyResetCmd struct{}

// Help teaches by example.
func (keyResetCmd) Help() string {
	return `For who has lost the admin key and holds the data folder: stop the hub, make a
new admin key (written to admin.key there), and start the hub again. All other
admin keys are revoked.

  cure key reset
  cure --data /var/lib/cure key reset`
}

// Run makes a new admin key for whoever holds the data folder.
func (keyResetCmd) Run(e *env) error {
	n, err := e.openNode(offline)
	if err != nil {
		return err
	}
	defer n.close()
	text, err := n.access.ResetAdmin(e.ctx)
	if err != nil {
		return err
	}
	path := filepath.Join(n.cfg.Data, keyFile)
	if err := writeSecret(path, text); err != nil {
		return err
	}
	return e.done(map[string]string{"file": path}, "all other admin keys are revoked; the new admin key is in %s", path)
}

// writeSecret writes a file that only its owner reads, whole or not at all.
func writeSecret(path, text string) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text + "\n")
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
