package release

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path"
	"runtime"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/mod/semver"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/offer"
	"github.com/plumbline-dev/plumbline/sdk"
)

// The bounds of a release, far above what connectors need.
const (
	maxManifest  = 1 << 20
	maxSignature = 4 << 10
	maxFile      = 512 << 20
	maxTotal     = 2 << 30

	maxDescription = 1 << 20
	maxFiles       = 100
	maxRequires    = 20
	maxRatio       = 200     // unpacked to packed
	ratioFrom      = 8 << 20 // unpacked bytes from which the ratio counts
)

// anything is every system, or every processor.
const anything = "any"

// Platform is what a program runs on.
type Platform struct{ OS, Arch string }

// Here returns the platform of this machine.
func Here() Platform { return Platform{OS: runtime.GOOS, Arch: runtime.GOARCH} }

func (p Platform) String() string { return p.OS + "/" + p.Arch }

// Meets reports whether some machine is of both platforms.
func (p Platform) Meets(other Platform) bool {
	same := func(a, b string) bool { return a == b || a == anything || b == anything }
	return same(p.OS, other.OS) && same(p.Arch, other.Arch)
}

// Program returns the program for a platform, or a problem.
func Program(m offer.Manifest, want Platform) (offer.PlatformFile, error) {
	for _, p := range m.Platforms {
		if want.Meets(Platform{p.OS, p.Arch}) {
			return p, nil
		}
	}
	return offer.PlatformFile{}, wrongPlatform(m, want)
}

// ParseManifest reads a manifest and checks it, without its files. Errors are problems.
func ParseManifest(raw []byte) (offer.Manifest, error) {
	var m offer.Manifest
	if len(raw) > maxManifest {
		return m, unsafe("its manifest is longer than %d bytes", maxManifest)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if err := decoder.Decode(&m); err != nil {
		return offer.Manifest{}, badManifest("it is not JSON of the expected shape: %v", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return offer.Manifest{}, badManifest("something follows it")
	}
	if p := checkManifest(m); p != nil {
		return offer.Manifest{}, p
	}
	m.Capabilities, m.Categories, m.Permissions = orNone(m.Capabilities), orNone(m.Categories), orNone(m.Permissions)
	m.Network, m.Files = orNone(m.Network), orNone(m.Files)
	for i := range m.Permissions {
		m.Permissions[i].Streams = orNone(m.Permissions[i].Streams)
	}
	return m, nil
}

func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func checkManifest(m offer.Manifest) *host.Problem {
	switch {
	case m.Format != offer.ManifestFormat:
		return badManifest("format %d is not known; update Plumbline if it is newer", m.Format)
	case !idPattern.MatchString(m.ID) || reserved(m.ID):
		return badManifest("id %q must be lower-case letters, digits and dashes", m.ID)
	case !ValidVersion(m.Version):
		return badManifest("version %q must be a semantic version such as 1.4.0", m.Version)
	case m.MinimumHost != "" && !ValidVersion(m.MinimumHost):
		return badManifest("minimum_host %q must be a semantic version such as 1.4.0", m.MinimumHost)
	case !slices.Contains(m.Protocols, sdk.ProtocolVersion):
		return problem(host.CodeReleaseHost, "Get a release of it that does.",
			"%s %s does not speak version %d of the connector protocol", m.ID, m.Version, sdk.ProtocolVersion)
	case len(m.Platforms) == 0:
		return badManifest("it names no program")
	}
	for _, c := range m.Categories {
		if !c.Known() {
			return badManifest("category %q is not known", c)
		}
	}
	if p := checkPlatforms(m); p != nil {
		return p
	}
	if p := checkRequires(m); p != nil {
		return p
	}
	for _, f := range m.Files {
		if why := f.Refused(""); why != "" {
			return unsafe("its connector asks to read what no connector may read: %s", why)
		}
	}
	if p := checkWords(m); p != nil {
		return p
	}
	return checkContents(m)
}

// checkPlatforms refuses two programs for one machine, and a description that is not
// alone or has another connector's name.
func checkPlatforms(m offer.Manifest) *host.Problem {
	for i, p := range m.Platforms {
		if !wordPattern.MatchString(p.OS) || !wordPattern.MatchString(p.Arch) {
			return badManifest("platform %q must be an OS and an architecture, such as linux/amd64", p.Platform())
		}
		for _, other := range m.Platforms[:i] {
			switch {
			case other.Platform() == p.Platform():
				return badManifest("it names two programs for %s", p.Platform())
			case (Platform{p.OS, p.Arch}).Meets(Platform{other.OS, other.Arch}):
				return badManifest("it names one program for %s and one for %s, which are for the same machines",
					other.Platform(), p.Platform())
			}
		}
		name := path.Base(p.Path)
		switch {
		case !described(name):
		case p.OS != anything || p.Arch != anything:
			return badManifest("%s describes a connector and is for any/any, not for %s", name, p.Platform())
		case name != m.ID+host.DescriptionSuffix:
			return badManifest("%s is the name of another connector's file; that of %s is %s", name, m.ID, m.ID+host.DescriptionSuffix)
		case p.Size > maxDescription:
			return unsafe("%s has %d bytes; a description has at most %d", name, p.Size, int64(maxDescription))
		}
	}
	return nil
}

// checkRequires refuses requirements that cannot be shown or checked.
func checkRequires(m offer.Manifest) *host.Problem {
	if len(m.Requires) > maxRequires {
		return unsafe("it requires %d things of a machine; at most %d are allowed", len(m.Requires), maxRequires)
	}
	for _, r := range m.Requires {
		if !packagePattern.MatchString(r.Name) || r.AtLeast != "" && !numbersPattern.MatchString(r.AtLeast) {
			return badManifest("it requires %.60q, which is neither python3, nor one of its packages, nor connector-files", r.String())
		}
	}
	return nil
}

// checkWords refuses text that could control a terminal.
func checkWords(m offer.Manifest) *host.Problem {
	words := []string{m.Name, m.Vendor, m.Summary, m.Homepage, m.License}
	words = append(words, m.Capabilities...)
	for _, p := range m.Permissions {
		words = append(append(words, p.ID, p.Reason), p.Streams...)
	}
	for _, n := range m.Network {
		words = append(words, n.Host, n.Purpose)
	}
	for _, f := range m.Files {
		words = append(words, f.Path, f.Purpose)
	}
	for _, w := range words {
		if len(w) > 4000 || strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }) {
			return unsafe("its manifest has text that cannot be shown: %.100q", w)
		}
	}
	return nil
}

// checkContents checks the files that a manifest names. Two names that differ only in
// case are one file on some systems.
func checkContents(m offer.Manifest) *host.Problem {
	contents := m.Contents()
	if len(contents) > maxFiles {
		return unsafe("it has %d files; at most %d are allowed", len(contents), maxFiles)
	}
	total := int64(0)
	seen := map[string]string{ManifestName: ManifestName, SignatureName: SignatureName}
	for _, f := range contents {
		if p := checkName(f.Path); p != nil {
			return p
		}
		if other, taken := seen[strings.ToLower(f.Path)]; taken {
			return unsafe("%q and %q are the same file on some systems", other, f.Path)
		}
		seen[strings.ToLower(f.Path)] = f.Path
		if !hashPattern.MatchString(f.SHA256) {
			return badManifest("the hash of %s is not a SHA-256 in lower-case hex", f.Path)
		}
		if f.Size <= 0 || f.Size > maxFile {
			return unsafe("%s has %d bytes; a file has from 1 to %d", f.Path, f.Size, int64(maxFile))
		}
		total += f.Size
	}
	if total > maxTotal {
		return unsafe("its files have %d bytes together; at most %d are allowed", total, int64(maxTotal))
	}
	return nil
}

// ValidVersion reports whether v is a semantic version, with or without a leading v.
func ValidVersion(v string) bool {
	whole, _, _ := strings.Cut(v, "-")
	return plain(v) && semver.IsValid(dotted(v)) && strings.Count(whole, ".") == 2 && !strings.Contains(v, "+")
}

// CompareVersions returns -1, 0 or +1 as a is older than, as old as, or newer than b. What
// is no version is older than all.
func CompareVersions(a, b string) int { return semver.Compare(dotted(a), dotted(b)) }

func dotted(v string) string { return "v" + strings.TrimPrefix(v, "v") }

// CheckHost refuses a release that needs a newer host. A host without a version takes all.
func CheckHost(m offer.Manifest, version string) error {
	if m.MinimumHost == "" || !semver.IsValid(dotted(version)) || CompareVersions(version, m.MinimumHost) >= 0 {
		return nil
	}
	return problem(host.CodeReleaseHost, "Update Plumbline first.",
		"%s %s needs Plumbline %s or newer; this is %s", m.ID, m.Version, m.MinimumHost, version)
}
