package release

import (
	"path"
	"regexp"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

// Names in every release. They come first, in this order.
const (
	ManifestName  = "manifest.json"
	SignatureName = "manifest.json.minisig"
)

var (
	idPattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	hashPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
	wordPattern = regexp.MustCompile(`^[a-z0-9]{1,20}$`)
	partPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`)

	packagePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$`)
	numbersPattern = regexp.MustCompile(`^[0-9]{1,6}(\.[0-9]{1,6}){0,3}$`)
)

// checkName refuses a file name that leads out of the release, or that some system cannot
// store or takes for another file.
func checkName(file string) *host.Problem {
	switch {
	case file == "" || len(file) > 200:
		return unsafe("a file name is empty or longer than 200 characters")
	case strings.HasPrefix(file, "/") || strings.Contains(file, ":"):
		return unsafe("%q is an absolute name", file)
	case strings.Contains(file, `\`):
		return unsafe("%q has a backslash, which separates directories on Windows", file)
	case path.Clean(file) != file || file == "." || strings.HasPrefix(file, ".."):
		return unsafe("%q leads out of the release", file)
	}
	for part := range strings.SplitSeq(file, "/") {
		if !plain(part) || strings.HasSuffix(part, ".") {
			return unsafe("%q has characters that not every system can store", file)
		}
		if reserved(part) {
			return unsafe("%q is a device on Windows", file)
		}
	}
	return nil
}

// plain reports whether every system can store a part of a path.
func plain(part string) bool { return partPattern.MatchString(part) }

// reserved reports whether a name is a device on Windows, with any ending.
func reserved(part string) bool {
	base, _, _ := strings.Cut(strings.ToLower(part), ".")
	switch base {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(base) == 4 && (strings.HasPrefix(base, "com") || strings.HasPrefix(base, "lpt")) && base[3] >= '0' && base[3] <= '9'
}
