// Package name says which file names every system can store where they say.
package name

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

var partPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`)

// Unsafe says why a name means another place, or another file on another system; "" if
// it does not.
func Unsafe(name string) string {
	switch {
	case name == "" || len(name) > 200:
		return "a file name is empty or longer than 200 characters"
	case strings.HasPrefix(name, "/") || strings.Contains(name, ":"):
		return fmt.Sprintf("%q is an absolute name", name)
	case strings.Contains(name, `\`):
		return fmt.Sprintf("%q has a backslash, which is another place on another system", name)
	case path.Clean(name) != name || name == "." || strings.HasPrefix(name, ".."):
		return fmt.Sprintf("%q leads out of the release", name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if !Plain(part) || strings.HasSuffix(part, ".") {
			return fmt.Sprintf("%q has characters that not every system can store", name)
		}
		if Reserved(part) {
			return fmt.Sprintf("%q is a device on Windows", name)
		}
	}
	return ""
}

// Plain reports whether every system can store a part of a path.
func Plain(part string) bool { return partPattern.MatchString(part) }

// Reserved reports whether a name is a device on Windows, with any ending.
func Reserved(part string) bool {
	base, _, _ := strings.Cut(strings.ToLower(part), ".")
	switch base {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(base) == 4 && (strings.HasPrefix(base, "com") || strings.HasPrefix(base, "lpt")) && base[3] >= '0' && base[3] <= '9'
}
