package release

import (
	"regexp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/release/name"
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

	packagePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$`)
	numbersPattern = regexp.MustCompile(`^[0-9]{1,6}(\.[0-9]{1,6}){0,3}$`)
)

// checkName refuses a name that means another place, or another file on another
// system.
func checkName(file string) *host.Problem {
	if why := name.Unsafe(file); why != "" {
		return unsafe("%s", why)
	}
	return nil
}
