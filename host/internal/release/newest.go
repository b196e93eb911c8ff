package release

import (
	"context"
	"os"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/plumbline-dev/plumbline/host"
)

// Newest returns where the newest release of source is, and whether it is newer than
// version. A registry lists versions by its tags; a file or directory has one. A
// prerelease counts only for a version that is one, too.
func Newest(ctx context.Context, source, version string) (name string, newer bool, err error) {
	if _, err := os.Stat(source); err == nil {
		return newerFile(ctx, source, version)
	}
	repo, err := repository(source)
	if err != nil {
		return "", false, host.Invalid("source", source, "does not exist any more: this release came from there")
	}
	from := &artifact{name: source, repo: repo}
	defer func() { _ = from.Close() }() // it only closes idle connections
	best := version
	err = repo.Tags(ctx, "", func(tags []string) error {
		for _, tag := range tags {
			finished := semver.Prerelease(dotted(tag)) == "" || semver.Prerelease(dotted(version)) != ""
			if ValidVersion(tag) && finished && CompareVersions(tag, best) > 0 {
				best = tag
			}
		}
		return nil
	})
	if err != nil {
		return "", false, from.explain(err)
	}
	return repo.Reference.Registry + "/" + repo.Reference.Repository + ":" + best, best != version, nil
}

func newerFile(ctx context.Context, source, version string) (string, bool, error) {
	from, err := Open(source)
	if err != nil {
		return "", false, err
	}
	defer from.Close()
	raw, _, err := from.Head(ctx)
	if err != nil {
		return "", false, err
	}
	m, err := ParseManifest(raw)
	if err != nil {
		return "", false, err
	}
	return source, CompareVersions(m.Version, version) > 0, nil
}

// Scheme begins a reference to a registry that could be the name of a file.
const Scheme = "oci://"

// IsReference reports whether a name can only be a reference to a registry.
func IsReference(name string) bool {
	_, err := os.Stat(name)
	return strings.HasPrefix(name, Scheme) || err != nil && !strings.HasPrefix(name, "/") && !strings.HasPrefix(name, ".")
}
