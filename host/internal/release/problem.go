package release

import (
	"fmt"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/offer"
)

func problem(code, remedy, format string, args ...any) *host.Problem {
	return host.Refused(code, remedy, format, args...)
}

// damaged says that a release differs from its manifest.
func damaged(format string, args ...any) *host.Problem {
	const remedy = "Get the release again, from where its author publishes it."
	return problem(host.CodeReleaseDamaged, remedy, "the release is damaged: "+format, args...)
}

// unsafe says that a release could harm this machine.
func unsafe(format string, args ...any) *host.Problem {
	return problem(host.CodeReleaseUnsafe, "Do not install it, and tell its author.", "the release is not safe to read: "+format, args...)
}

func badManifest(format string, args ...any) *host.Problem {
	return problem(host.CodeReleaseDamaged, "Tell the author of the release.", "the manifest of the release is wrong: "+format, args...)
}

func badSignature(format string, args ...any) *host.Problem {
	return problem(host.CodeReleaseSignature, "Do not install it. Get the release from where its author publishes it.", format, args...)
}

func wrongSigner(got, want string) *host.Problem {
	return problem(host.CodeReleaseSigner,
		"Ask the connector's author whether the key changed. If so, install the release on a terminal, where the change can be confirmed.",
		"the release is signed by %s and not by %s", got, want)
}

func unreadable(source string, err error) *host.Problem {
	return (&host.Problem{
		Code: host.CodeReleaseSource, Message: fmt.Sprintf("%s cannot be read: %v", source, err),
		Remedy: "Check the name, and that this machine can reach it; then try again.", Fault: host.FaultNetwork, Retry: host.RetryAfter,
	}).Because(err)
}

func wrongPlatform(m offer.Manifest, want Platform) *host.Problem {
	var have []string
	for _, p := range m.Platforms {
		have = append(have, p.Platform())
	}
	return problem(host.CodeReleasePlatform, "Ask its author for a release that has one.",
		"%s %s has no program for %s; it has %s", m.ID, m.Version, want, strings.Join(have, ", "))
}
