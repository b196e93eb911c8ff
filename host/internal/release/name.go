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
	partPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`)
	hashPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
	wordPattern = regexp.MustCompile(`^[a-z0-9]{1,20}$`)

	packagePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$`)
	numbersPattern = regexp.MustCompile(`^[0-9]{1,6}(\.[0-9]{1,6}){0,3}$`)
)

// checkName refuses a name that means another place, or another file on another
// system.
func checkName(name string) *host.Problem {
	switch {
	case name == "" || len(name) > 200:
		return unsafe("a file name is empty or longer than 200 characters")
	case strings.HasPrefix(name, "/") || strings.Contains(name, ":"):
		return unsafe("%q is an absolute name", name)
	case strings.Contains(name, `\`):
		return unsafe("%q has a backslash, which is another place on another system", name)
	case path.Clean(name) != name || name == "." || strings.HasPrefix(name, ".."):
		return unsafe("%q leads out of the release", name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if !partPattern.MatchString(part) || strings.HasSuffix(part, ".") {
			return unsafe("%q has characters that not every system can store", name)
		}
		if reserved(part) {
			return unsafe("%q is a device on Windows", name)
		}
	}
	return nil
}

// reserved reports whether a name is a device on Windows, with any ending.
func reserved(part string) bool {
	base, _, _ := strings.Cut(strings.ToLower(part), ".")
	switch base {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(base) == 4 && (strings.HasPrefix(base, "com") || strings.HasPrefix(base, "lpt")) && base[3] >= '0' && base[3] <= '9'
}
