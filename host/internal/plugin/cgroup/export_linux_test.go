package cgroup

import (
	"errors"
	"os"
	"path/filepath"
)

var Delegated = delegated

// Pretend returns a home in a plain directory.
func Pretend(dir string, controllers ...string) *Home {
	return &Home{dir: dir, controllers: controllers}
}

// PretendGroup returns a group in a plain directory with these files.
func PretendGroup(dir string, files map[string]string) (g *Group, err error) {
	for name, text := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return &Group{dir: dir}, err
}
