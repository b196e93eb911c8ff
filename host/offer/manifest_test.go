package offer_test

import (
	"testing"

	"github.com/plumbline-dev/plumbline/host/offer"
)

func TestTheFilesOfAReleaseAreThereOnce(t *testing.T) {
	t.Parallel()
	script := offer.ReleaseFile{Path: "okta"}
	m := offer.Manifest{SBOM: &offer.ReleaseFile{Path: "sbom.json"}, Platforms: []offer.PlatformFile{
		{OS: "linux", Arch: "amd64", ReleaseFile: script}, {OS: "linux", Arch: "arm64", ReleaseFile: script},
	}}
	if files := m.Contents(); len(files) != 2 || m.Platforms[1].Platform() != "linux/arm64" {
		t.Errorf("its files are %+v", files)
	}
}

func TestARequirementSaysWhatItNeeds(t *testing.T) {
	t.Parallel()
	for want, requires := range map[string]offer.Requirement{
		"python3 3.11 or newer": {Name: "python3", AtLeast: "3.11"}, "ldap3": {Name: "ldap3"},
	} {
		if got := requires.String(); got != want {
			t.Errorf("it requires %q, want %q", got, want)
		}
	}
}
