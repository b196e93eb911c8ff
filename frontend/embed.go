// Package frontend holds the built screens. `make build` builds them into dist;
// a program built without them says so on its first page.
package frontend

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Screens returns the built front end, index.html at its root.
func Screens() (fs.FS, error) {
	screens, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open screens: %w", err)
	}
	return screens, nil
}
