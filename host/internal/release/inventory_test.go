package release_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/offer"
)

var now = time.Unix(1_700_000_000, 0)

// version puts a signed release of a version into a file. Its program differs from
// that of every other.
func version(t testing.TB, key *release.Key, v string, edits ...func(*offer.Manifest)) string {
	t.Helper()
	own := program + "# " + v + "\n"
	m := manifest(append(edits, func(m *offer.Manifest) {
		m.Version = v
		m.Platforms[0].ReleaseFile = file("linux-amd64/okta", own)
	})...)
	entries := good(t, m, key)
	entries[2].content = own
	return save(t, archive(t, entries))
}

func versions(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "connectors", "okta"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names
}

func TestTheVersionBeforeIsKeptAndCanComeBack(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	s, dir := inventory(t)
	first := activate(t, s, version(t, key, "1.0.0"), release.Options{})
	activate(t, s, version(t, key, "1.1.0"), release.Options{})
	third := activate(t, s, version(t, key, "1.2.0"), release.Options{})
	if got := versions(t, dir); !cmp.Equal(got, []string{"1.1.0", "1.2.0"}) {
		t.Errorf("on disk are %v; want the current one and the one before", got)
	}
	if !third.OnTrial() || third.Previous.Version != "1.1.0" {
		t.Errorf("after the update: %+v", third)
	}
	if err := s.Keep("okta", first.Current.SHA256, now); err != nil {
		t.Fatal(err)
	}
	if e, _ := s.Get("okta"); !e.OnTrial() {
		t.Error("a run of another program ended the trial")
	}
	back, err := s.RollBack("okta", host.RolledBack{By: "host", Reason: "it broke", At: now})
	if err != nil {
		t.Fatal(err)
	}
	want := &host.RolledBack{Version: "1.2.0", To: "1.1.0", By: "host", Reason: "it broke", At: now}
	if diff := cmp.Diff(want, back.RolledBack); diff != "" || back.Current.Version != "1.1.0" {
		t.Errorf("rolled back to %s:\n%s", back.Current.Version, diff)
	}
	if got := versions(t, dir); !cmp.Equal(got, []string{"1.1.0"}) {
		t.Errorf("on disk are %v", got)
	}
	if _, err := s.RollBack("okta", host.RolledBack{}); code(err) != host.CodeConflict {
		t.Errorf("a second roll back: %v", err)
	}
}

func TestAFirstCompleteRunEndsTheTrial(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	s, _ := inventory(t)
	activate(t, s, version(t, key, "1.0.0"), release.Options{})
	e := activate(t, s, version(t, key, "2.0.0"), release.Options{})
	if err := s.Keep("okta", e.Current.SHA256, now); err != nil {
		t.Fatal(err)
	}
	kept, _ := s.Get("okta")
	if kept.OnTrial() || kept.Previous == nil {
		t.Errorf("after a complete run: %+v", kept)
	}
}

func TestOneVersionIsOneRelease(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	s, dir := inventory(t)
	path := version(t, key, "1.0.0")
	before := activate(t, s, path, release.Options{})
	for _, again := range []struct{ path, code string }{
		{path, host.CodeConflict},
		{version(t, key, "1.0.0", func(m *offer.Manifest) { m.Summary = "Changed since." }), host.CodeReleaseDamaged},
	} {
		staged, err := s.Stage(t.Context(), again.path, release.Options{}, quiet)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Activate(staged, now); code(err) != again.code {
			t.Errorf("placed with %v; want %s", err, again.code)
		}
		if err := staged.Discard(); err != nil {
			t.Fatal(err)
		}
	}
	if e, _ := s.Get("okta"); !cmp.Equal(e, before) {
		t.Error("the entry changed")
	}
	if got := versions(t, dir); !cmp.Equal(got, []string{"1.0.0"}) {
		t.Errorf("on disk are %v", got)
	}
}

func TestRemovingLeavesNothingButWhatWasDroppedIn(t *testing.T) {
	t.Parallel()
	s, dir := inventory(t)
	activate(t, s, version(t, newKey(t), "1.0.0"), release.Options{})
	dropped := filepath.Join(dir, "connectors", "other")
	if err := os.WriteFile(dropped, []byte(program), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove("okta"); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); !cmp.Equal(got, []string{"connectors.lock.json", "connectors/other"}) {
		t.Errorf("left are %v", got)
	}
	if err := s.Remove("okta"); code(err) != host.CodeNotFound {
		t.Errorf("removing it again: %v", err)
	}
}

func TestWhatAKilledInstallLeftIsDeletedAtTheNextStart(t *testing.T) {
	t.Parallel()
	s, dir := inventory(t)
	activate(t, s, version(t, newKey(t), "1.0.0"), release.Options{})
	for _, left := range []string{".staging-123/okta", "okta/2.0.0/okta", "gone/1.0.0/gone"} {
		path := filepath.Join(dir, "connectors", left)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o500)); err != nil {
			t.Fatal(err)
		}
	}
	dropped := filepath.Join(dir, "connectors", "other")
	if err := os.WriteFile(dropped, []byte(program), 0o700); err != nil {
		t.Fatal(err)
	}
	before := []string{
		"connectors.lock.json", "connectors/okta/1.0.0/manifest.json", "connectors/okta/1.0.0/manifest.json.minisig",
		"connectors/okta/1.0.0/okta", "connectors/other",
	}
	slices.Sort(before)
	if _, err := release.OpenInventory(dir, here); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, files(t, dir)); diff != "" {
		t.Errorf("after a start (-want +got):\n%s", diff)
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "connectors")); err != nil || len(entries) != 2 {
		t.Errorf("directories are left: %v, %v", entries, err)
	}
}

func TestALockFileThatCannotBeUsedChangesNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]func(string) string{
		"cut off":           func(s string) string { return s[:len(s)/2] },
		"a path leads out":  func(s string) string { return replaced(s, "connectors/okta/1.0.0/okta", "connectors/okta/../../x") },
		"consent was added": func(s string) string { return replaced(s, `"okta.users.read"`, `"okta.users.manage"`) },
		"a newer format":    func(s string) string { return replaced(s, `"format": 1`, `"format": 2`) },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := newKey(t)
			s, dir := inventory(t)
			activate(t, s, version(t, key, "1.0.0"), release.Options{})
			path := filepath.Join(dir, release.LockName)
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			bad := spoil(string(content))
			if bad == string(content) {
				t.Fatal("nothing was spoiled")
			}
			if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
				t.Fatal(err)
			}
			before := files(t, dir)
			again, err := release.OpenInventory(dir, here)
			if err != nil {
				t.Fatal(err)
			}
			if code(again.Problem()) != host.CodeReleaseLock {
				t.Errorf("it says %v", again.Problem())
			}
			if _, err := again.Stage(t.Context(), version(t, key, "2.0.0"), release.Options{}, quiet); code(err) != host.CodeReleaseLock {
				t.Errorf("an install: %v", err)
			}
			if diff := cmp.Diff(before, files(t, dir)); diff != "" || len(again.IDs()) != 0 {
				t.Errorf("knows %v; on disk:\n%s", again.IDs(), diff)
			}
		})
	}
}

func TestWhatIsNewIsFound(t *testing.T) {
	t.Parallel()
	old := manifest().Asks()
	worded := manifest(func(m *offer.Manifest) {
		m.Permissions[0].Reason, m.Network[0].Purpose = "In other words.", "The same"
	}).Asks()
	if more := worded.Beyond(old); !more.None() {
		t.Errorf("other words are new: %+v", more)
	}
	grown := manifest(func(m *offer.Manifest) {
		m.Permissions = append(m.Permissions, host.Permission{ID: "okta.logs.read"})
		m.Network = append(m.Network, host.NetworkHost{Host: "{domain}", Port: 8443})
		m.Files = append(m.Files, host.FileAccess{Path: "/etc/okta"})
	}).Asks()
	want := []string{"permission okta.logs.read", "host {domain}", "file /etc/okta"}
	if diff := cmp.Diff(want, release.AskNames(grown.Beyond(old))); diff != "" {
		t.Errorf("new is (-want +got):\n%s", diff)
	}
}

func TestAProgramHasToSayWhatItsManifestSays(t *testing.T) {
	t.Parallel()
	m := manifest()
	said := host.Connector{ID: m.ID, Version: m.Version, Permissions: m.Permissions, Network: m.Network}
	if err := release.Agree(m, said); err != nil {
		t.Error(err)
	}
	lies := map[string]func(*host.Connector){
		"id":      func(c *host.Connector) { c.ID = "ldap" },
		"version": func(c *host.Connector) { c.Version = "9.0.0" },
		"host": func(c *host.Connector) {
			c.Network = append(c.Network[:1:1], host.NetworkHost{Host: "evil.example", Port: 443})
		},
		"file": func(c *host.Connector) { c.Files = []host.FileAccess{{Path: "/home"}} },
	}
	for name, lie := range lies {
		c := said
		lie(&c)
		if err := release.Agree(m, c); code(err) != host.CodeReleaseMismatch {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestVersionsAreCompared(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{{"1.10.0", "1.9.0", 1}, {"v1.0.0", "1.0.0", 0}, {"2.0.0-rc.1", "2.0.0", -1}} {
		if got := release.CompareVersions(test.a, test.b); got != test.want {
			t.Errorf("%s against %s is %d", test.a, test.b, got)
		}
	}
	for _, bad := range []string{"", "1", "1.0", "latest", "1.0.0/..", "1.0.0+build"} {
		if release.ValidVersion(bad) {
			t.Errorf("%q is a version", bad)
		}
	}
	m := manifest(func(m *offer.Manifest) { m.MinimumHost = "2.0.0" })
	if release.CheckHost(m, "v1.9.9") == nil || release.CheckHost(m, "v2.0.0") != nil || release.CheckHost(m, "dev") != nil {
		t.Error("the oldest host is ignored")
	}
}
