package main

import (
	"os"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish/block"
)

// readBlockList reads a block list; none where no file is named.
func readBlockList(name string) (*block.List, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, cure.Errorf(cure.Invalid, "read block list: %w", err)
	}
	defer f.Close()
	return block.Read(f)
}
