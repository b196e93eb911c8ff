package release_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// with returns the entries of a good release and more of them.
func with(more ...entry) func(*testing.T, *release.Key) []byte {
	return func(t *testing.T, key *release.Key) []byte {
		return archive(t, append(good(t, manifest(), key), more...))
	}
}

// claiming returns an archive whose signed manifest was edited.
func claiming(edit func(*offer.Manifest)) func(*testing.T, *release.Key) []byte {
	return func(t *testing.T, key *release.Key) []byte {
		m := manifest(edit)
		text := raw(t, m)
		signature, err := release.SignManifest([]byte(text), key.Private, "")
		if err != nil {
			// What cannot even be signed is signed by force: an attacker has a tool of their own.
			signature = forced(t, text, key)
		}
		return archive(t, []entry{plain(release.ManifestName, text), plain(release.SignatureName, string(signature)),
			plain("linux-amd64/okta", program), plain("windows-amd64/okta.exe", "MZ another")})
	}
}

func special(kind byte, name, target string) entry {
	return entry{tar.Header{Typeflag: kind, Name: name, Linkname: target, Mode: 0o777}, ""}
}

func spoiled(spoil func([]byte) []byte) func(*testing.T, *release.Key) []byte {
	return func(t *testing.T, key *release.Key) []byte { return spoil(with()(t, key)) }
}

// bomb is an archive of a few KiB that unpacks to 64 MiB and says so.
func bomb(t *testing.T, key *release.Key) []byte {
	zeros := strings.Repeat("\x00", 64<<20)
	m := manifest(func(m *offer.Manifest) { m.Platforms[0].ReleaseFile = file("linux-amd64/okta", zeros) })
	entries := good(t, m, key)
	entries[2].content = zeros
	return archive(t, entries)
}

func changedProgram(t *testing.T, key *release.Key) []byte {
	entries := good(t, manifest(), key)
	entries[2].content = strings.Replace(program, "echo", "ohce", 1)
	return archive(t, entries)
}

func shortProgram(t *testing.T, key *release.Key) []byte {
	entries := good(t, manifest(), key)
	entries[2].content = program[:5]
	return archive(t, entries)
}

func changedManifest(t *testing.T, key *release.Key) []byte {
	entries := good(t, manifest(), key)
	entries[0].content = strings.Replace(entries[0].content, "okta.users.read", "okta.users.edit", 1)
	return archive(t, entries)
}

func manyEntries(t *testing.T, key *release.Key) []byte {
	m := manifest(func(m *offer.Manifest) {
		for i := range 101 {
			m.Platforms = append(m.Platforms, offer.PlatformFile{OS: "os" + fmt.Sprint(i), Arch: "any", ReleaseFile: file("p"+fmt.Sprint(i), "x")})
		}
	})
	return archive(t, []entry{plain(release.ManifestName, raw(t, m)), plain(release.SignatureName, string(forced(t, raw(t, m), key)))})
}

// refusals are the archives that must not be installed, one for each way to hurt.
func refusals() map[string]struct {
	make  func(*testing.T, *release.Key) []byte
	code  string
	words string
} {
	type row = struct {
		make  func(*testing.T, *release.Key) []byte
		code  string
		words string
	}
	name := func(path string) func(*offer.Manifest) {
		return func(m *offer.Manifest) { m.Platforms[0].Path = path }
	}
	return map[string]row{
		"changed program":         {changedProgram, host.CodeReleaseDamaged, "its hash differs"},
		"program of another size": {shortProgram, host.CodeReleaseDamaged, "5 bytes"},
		"changed manifest":        {changedManifest, host.CodeReleaseSignature, "signature of the release is wrong"},
		"another's signature": {func(t *testing.T, _ *release.Key) []byte { return with()(t, newKey(t)) }, host.CodeReleaseSigner,
			"is signed by"},
		"no signature": {func(t *testing.T, _ *release.Key) []byte { return with()(t, nil) }, host.CodeReleaseSigner, "is not signed"},
		"broken signature": {func(t *testing.T, key *release.Key) []byte {
			entries := good(t, manifest(), key)
			entries[1].content = "untrusted comment: x\nnonsense"
			return archive(t, entries)
		}, host.CodeReleaseSignature, "cannot be read"},
		"no program for here": {claiming(func(m *offer.Manifest) { m.Platforms[0].Arch = "arm64" }), host.CodeReleasePlatform,
			"no program for linux/amd64"},
		"absolute name":       {with(plain("/etc/cron.d/x", "x")), host.CodeReleaseUnsafe, "absolute"},
		"drive letter":        {with(plain("c:/x", "x")), host.CodeReleaseUnsafe, "absolute"},
		"name with ..":        {with(plain("../../home/x", "x")), host.CodeReleaseUnsafe, "leads out"},
		"name with .. inside": {with(plain("a/../../x", "x")), host.CodeReleaseUnsafe, "leads out"},
		"backslash":           {with(plain(`..\x`, "x")), host.CodeReleaseUnsafe, "backslash"},
		"reserved name":       {with(plain("linux-amd64/NUL.txt", "x")), host.CodeReleaseUnsafe, "device on Windows"},
		"trailing dot":        {with(plain("linux-amd64/okta.", "x")), host.CodeReleaseUnsafe, "characters"},
		"control characters":  {with(plain("linux-amd64/\x1b[2J", "x")), host.CodeReleaseUnsafe, "characters"},
		"symbolic link":       {with(special(tar.TypeSymlink, "linux-amd64/link", "/etc/passwd")), host.CodeReleaseUnsafe, "is a link"},
		"hard link":           {with(special(tar.TypeLink, "linux-amd64/link", "../../lock")), host.CodeReleaseUnsafe, "is a link"},
		"device":              {with(special(tar.TypeChar, "linux-amd64/null", "")), host.CodeReleaseUnsafe, "is a device"},
		"pipe":                {with(special(tar.TypeFifo, "linux-amd64/pipe", "")), host.CodeReleaseUnsafe, "is a device"},
		"directory":           {with(special(tar.TypeDir, "linux-amd64", "")), host.CodeReleaseUnsafe, "a directory"},
		"extra file":          {with(plain("linux-amd64/helper", "x")), host.CodeReleaseDamaged, "does not name"},
		"file twice":          {with(plain("linux-amd64/okta", program)), host.CodeReleaseUnsafe, "twice"},
		"manifest twice":      {with(plain(release.ManifestName, "{}")), host.CodeReleaseUnsafe, "twice"},
		"missing file": {func(t *testing.T, key *release.Key) []byte { return archive(t, good(t, manifest(), key)[:3]) },
			host.CodeReleaseDamaged, "is missing"},
		"manifest not first": {func(t *testing.T, key *release.Key) []byte {
			e := good(t, manifest(), key)
			e[0], e[1] = e[1], e[0]
			return archive(t, e)
		}, host.CodeReleaseDamaged, "does not come first"},
		"bomb":                      {bomb, host.CodeReleaseUnsafe, "times its size"},
		"huge file":                 {claiming(func(m *offer.Manifest) { m.Platforms[0].Size = 1 << 40 }), host.CodeReleaseUnsafe, "a file has"},
		"negative size":             {claiming(func(m *offer.Manifest) { m.Platforms[0].Size = -1 }), host.CodeReleaseUnsafe, "a file has"},
		"too many entries":          {manyEntries, host.CodeReleaseUnsafe, "at most 100"},
		"names that differ in case": {claiming(name("Windows-AMD64/okta.EXE")), host.CodeReleaseUnsafe, "the same file"},
		"takes the manifest's name": {claiming(name("Manifest.json")), host.CodeReleaseUnsafe, "the same file"},
		"manifest names ..":         {claiming(name("../okta")), host.CodeReleaseUnsafe, "leads out"},
		"text that clears screens": {claiming(func(m *offer.Manifest) { m.Permissions[0].Reason = "\x1b[2Jnothing at all" }),
			host.CodeReleaseUnsafe, "cannot be shown"},
		"id that is a path": {claiming(func(m *offer.Manifest) { m.ID = "../okta" }), host.CodeReleaseDamaged, "id"},
		"version that is a path": {claiming(func(m *offer.Manifest) { m.Version = "1.0.0/../.." }), host.CodeReleaseDamaged,
			"semantic version"},
		"another protocol": {claiming(func(m *offer.Manifest) { m.Protocols = []int{9} }), host.CodeReleaseHost, "protocol"},
		"two for one platform": {claiming(func(m *offer.Manifest) { m.Platforms[1].OS = "linux" }), host.CodeReleaseDamaged,
			"two programs"},
		"another format": {claiming(func(m *offer.Manifest) { m.Format = 2 }), host.CodeReleaseDamaged, "format 2"},
		"for any machine and for one": {claiming(func(m *offer.Manifest) { m.Platforms[1].OS, m.Platforms[1].Arch = "any", "any" }),
			host.CodeReleaseDamaged, "linux/amd64 and one for any/any, which are for the same machines"},
		"for any processor and one": {claiming(func(m *offer.Manifest) { m.Platforms[1].OS, m.Platforms[1].Arch = "linux", "any" }),
			host.CodeReleaseDamaged, "for the same machines"},
		"another one's description": {claiming(description("any-any/acme.connector.yaml", "any")), host.CodeReleaseDamaged,
			"that of okta is okta.connector.yaml"},
		"description for one system": {claiming(description("linux-any/okta.connector.yaml", "linux")), host.CodeReleaseDamaged,
			"is for any/any, not for linux/any"},
		"description without an end": {claiming(func(m *offer.Manifest) {
			description("any-any/okta.connector.yaml", "any")(m)
			m.Platforms[0].Size = 1<<20 + 1
		}), host.CodeReleaseUnsafe, "a description has at most"},
		"requires a command": {claiming(func(m *offer.Manifest) { m.Requires = []offer.Requirement{{Name: "x; rm -r /"}} }),
			host.CodeReleaseDamaged, "it requires"},
		"requires an odd version": {claiming(func(m *offer.Manifest) { m.Requires = []offer.Requirement{{Name: "grpcio", AtLeast: "new"}} }),
			host.CodeReleaseDamaged, "it requires"},
		"requires without end": {claiming(func(m *offer.Manifest) { m.Requires = make([]offer.Requirement, 21) }), host.CodeReleaseUnsafe,
			"at most 20"},
		"cut off":                   {spoiled(func(b []byte) []byte { return b[:len(b)/2] }), host.CodeReleaseDamaged, "cut off"},
		"cut off at the end":        {spoiled(func(b []byte) []byte { return b[:len(b)-4] }), host.CodeReleaseDamaged, "cut off"},
		"something behind it":       {spoiled(func(b []byte) []byte { return append(b, "more"...) }), host.CodeReleaseDamaged, "follows its end"},
		"another archive behind it": {spoiled(func(b []byte) []byte { return append(b, b...) }), host.CodeReleaseDamaged, "follows its end"},
		"hidden behind the tar": {func(t *testing.T, key *release.Key) []byte { return hidden(t, good(t, manifest(), key)) },
			host.CodeReleaseDamaged, "follows its end"},
		"no archive":    {func(*testing.T, *release.Key) []byte { return []byte("just text") }, host.CodeReleaseDamaged, "gzipped"},
		"empty":         {func(*testing.T, *release.Key) []byte { return nil }, host.CodeReleaseDamaged, "gzipped"},
		"a flipped bit": {spoiled(func(b []byte) []byte { b[len(b)-6] ^= 4; return b }), host.CodeReleaseDamaged, "checksum"},
	}
}

// description makes the release one of a file that describes a connector.
func description(path, system string) func(*offer.Manifest) {
	return func(m *offer.Manifest) {
		m.Platforms = []offer.PlatformFile{{OS: system, Arch: "any", ReleaseFile: file(path, "plumbline: 1\n")}}
	}
}

// hidden puts bytes between the end of the tar and the end of the gzip.
func hidden(t *testing.T, entries []entry) []byte {
	t.Helper()
	unzip, err := gzip.NewReader(bytes.NewReader(archive(t, entries)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	var plainTar bytes.Buffer
	if _, err := plainTar.ReadFrom(unzip); err != nil {
		t.Fatal(err)
	}
	if _, err := zip.Write(append(plainTar.Bytes(), "hidden"...)); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestABadReleaseIsRefusedAndLeavesNothing(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	for name, test := range refusals() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, save(t, test.make(t, key)), release.Options{Signer: key.Signer}, test.code, test.words)
		})
	}
}

func TestAnUnsignedReleaseNeedsToBeAskedFor(t *testing.T) {
	t.Parallel()
	path := save(t, archive(t, good(t, manifest(), nil)))
	refused(t, path, release.Options{}, host.CodeReleaseUnsigned, "not signed")
	s, _ := inventory(t)
	if e := activate(t, s, path, release.Options{Unsigned: true}); e.Current.Signer != "" {
		t.Errorf("signed by %q", e.Current.Signer)
	}
}

func TestWithoutAKeyThatDecidesTheSignatureSaysWhose(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	r, err := release.Verify(t.Context(), save(t, archive(t, good(t, manifest(), key))), release.Options{})
	if err != nil || r.Signer != key.Signer {
		t.Errorf("signed by %q, %v; want %q", r.Signer, err, key.Signer)
	}
	refused(t, save(t, changedManifest(t, key)), release.Options{}, host.CodeReleaseSignature, "is wrong")
}

func TestAnInstallThatIsCancelledLeavesNothing(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	s, dir := inventory(t)
	big := make([]byte, 1<<20)
	for i := range big {
		big[i] = byte(rand.Uint32())
	}
	m := manifest(func(m *offer.Manifest) { m.Platforms[0].ReleaseFile = file("linux-amd64/okta", string(big)) })
	entries := good(t, m, key)
	entries[2].content = string(big)
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	_, err := s.Stage(ctx, save(t, archive(t, entries)), release.Options{}, func(int64, int64) { cancel(enough) })
	if !errors.Is(err, enough) {
		t.Errorf("ended with %v", err)
	}
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("left on disk: %v", left)
	}
}
