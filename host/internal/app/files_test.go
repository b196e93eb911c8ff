package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
)

func TestFilesAreListedBelowTheRootsOnly(t *testing.T) {
	t.Parallel()
	root, outside := hosttest.Dir(t), hosttest.Dir(t)
	for path, text := range map[string]string{
		filepath.Join(root, "exports", "users.csv"): "id\n", filepath.Join(root, "exports", ".hidden"): "x",
		filepath.Join(root, ".ssh", "id"): "key", filepath.Join(outside, "secret.csv"): "id\n",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"way-out": outside, "file-out": filepath.Join(outside, "secret.csv"), "within": "exports"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	o := options(t, dataDir(t), nil)
	o.Config.FileRoots = []string{root, filepath.Join(outside, "missing")}
	e := open(t, o)
	for path, want := range map[string]string{
		"":                                "exports/ within/",
		root:                              "exports/ within/",
		filepath.Join(root, "exports"):    "users.csv",
		root + "/exports/../exports":      "users.csv",
		filepath.Join(root, "within"):     "users.csv",
		filepath.Join(root, "way-out"):    "refused",
		filepath.Join(root, ".ssh"):       "refused",
		root + "/..":                      "refused",
		outside:                           "refused",
		"/":                               "refused",
		"relative":                        "refused",
		root + "x":                        "refused",
		filepath.Join(root, "nothing"):    "refused",
		filepath.Join(root, "exports/.."): "exports/ within/",
	} {
		listing, err := e.Files(as(t), path)
		got := ""
		for _, entry := range listing.Entries {
			got += " " + entry.Name
			if entry.Directory {
				got += "/"
			}
			if !strings.HasPrefix(entry.Path, root) {
				t.Errorf("%q lists %s", path, entry.Path)
			}
		}
		if err != nil {
			got = " refused"
		}
		if got != " "+want {
			t.Errorf("%q lists%s, want %s (%v)", path, got, want, err)
		}
	}
	if listing, err := e.Files(as(t), filepath.Join(root, "exports")); err != nil || listing.Parent != root || len(listing.Roots) != 1 {
		t.Errorf("the directory above is %q, the roots are %v, %v", listing.Parent, listing.Roots, err)
	}
}
