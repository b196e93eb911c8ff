package release

import (
	"context"
	"os"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/plumbline-dev/plumbline/host"
)

// Newest returns where the newest release of what came from source is, when it is
// newer than version. In a registry the tags tell; a file or directory is looked at
// again. A version that is not finished follows only one that was not either.
func Newest(ctx context.Context, source, version string) (name string, newer bool, err error) {
	if _, err := os.Stat(source); err == nil {
		return newerFile(ctx, source, version)
	}
	repo, err := repository(source)
	if err != nil {
		return "", false, host.Invalid("source", source, "is gone: where this release came from cannot be looked at")
	}
	from := &artifact{name: source, repo: repo}
	defer func() { _ = from.Close() }() // it only lets go of idle connections
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

// Scheme begins a reference to a registry where it could be taken for a file.
const Scheme = "oci://"

// IsReference reports whether a name can only be a reference to a registry.
func IsReference(name string) bool {
	_, err := os.Stat(name)
	return strings.HasPrefix(name, Scheme) || err != nil && !strings.HasPrefix(name, "/") && !strings.HasPrefix(name, ".")
}
