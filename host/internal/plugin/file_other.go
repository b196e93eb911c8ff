//go:build !unix

package plugin

import (
	"io/fs"
	"strings"
)

// ours is left to the access list of the directory above.
func ours(fs.FileInfo) bool { return true }

func executable(info fs.FileInfo) bool {
	return info.Mode().IsRegular() && strings.HasSuffix(strings.ToLower(info.Name()), ".exe")
}
