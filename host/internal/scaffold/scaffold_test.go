package scaffold_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/scaffold"
)

// sources returns the top of this repository.
func sources(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestWhatIsWrittenCompilesAndPassesItsOwnTests builds it outside the repository,
// as its author would, against the SDK in here. Its tests include the conformance
// suite.
func TestWhatIsWrittenCompilesAndPassesItsOwnTests(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "acme-hr")
	files, err := scaffold.Write(scaffold.Options{ID: "acme-hr", Category: "hris", Dir: dir, SDK: sources(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, err := os.Stat(filepath.Join(dir, f)); err != nil {
			t.Error(err)
		}
	}
	for _, args := range [][]string{{"mod", "tidy"}, {"vet", "./..."}, {"test", "./..."}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	formatted, err := exec.CommandContext(t.Context(), "gofmt", "-l", dir).CombinedOutput()
	if err != nil || len(formatted) > 0 {
		t.Errorf("not as gofmt would have it: %s %v", formatted, err)
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "mine.go"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(full, "mine.go")
	for name, test := range map[string]struct {
		options scaffold.Options
		field   string
	}{
		"a bad name":          {scaffold.Options{ID: "Acme HR", Category: "hris", SDK: sources(t)}, "name"},
		"a path for a name":   {scaffold.Options{ID: "../acme", Category: "hris", SDK: sources(t)}, "name"},
		"no such category":    {scaffold.Options{ID: "acme", Category: "everything", SDK: sources(t)}, "category"},
		"a full directory":    {scaffold.Options{ID: "acme", Category: "hris", SDK: sources(t), Dir: full}, "dir"},
		"a file for a place":  {scaffold.Options{ID: "acme", Category: "hris", SDK: sources(t), Dir: file}, "dir"},
		"no sources":          {scaffold.Options{ID: "acme", Category: "hris", SDK: full}, "sdk"},
		"no released version": {scaffold.Options{ID: "acme", Category: "hris"}, "sdk"},
		"no Python library":   {scaffold.Options{ID: "acme", Category: "hris", Language: scaffold.Python, Version: "v1.0.0"}, "sdk"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.options.Dir == "" {
				test.options.Dir = filepath.Join(t.TempDir(), "new")
			}
			files, err := scaffold.Write(test.options)
			var p *host.Problem
			if !errors.As(err, &p) || len(p.Fields) != 1 || p.Fields[0].Field != test.field || len(files) > 0 {
				t.Errorf("wrote %v, %v", files, err)
			}
			if strings.HasSuffix(test.options.Dir, "new") {
				if _, err := os.Stat(test.options.Dir); err == nil {
					t.Error("the directory was left behind")
				}
			}
		})
	}
	if entries, err := os.ReadDir(full); err != nil || len(entries) != 1 {
		t.Errorf("%d files in the full directory, %v", len(entries), err)
	}
}

// TestTheDeclarativeOneIsTheExample keeps the file that is written and the one that
// the program's tests read the same.
func TestTheDeclarativeOneIsTheExample(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "acme")
	files, err := scaffold.Write(scaffold.Options{ID: "acme", Category: "user_access_review", Dir: dir, Language: scaffold.Declarative})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(files, " ") != "README.md acme.connector.yaml" {
		t.Errorf("wrote %v", files)
	}
	got, err := os.ReadFile(filepath.Join(dir, "acme.connector.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(sources(t), "plugins", "declarative", "testdata", "acme.yaml"))
	if err != nil || string(got) != string(want) {
		t.Errorf("it is not the example (%v):\n%s", err, got)
	}
}

// TestThePythonOneIsWhole sees that its modules import each other by a name that no
// id can make another one's, and that what builds it can be run.
func TestThePythonOneIsWhole(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	files, err := scaffold.Write(scaffold.Options{ID: "7-json", Category: "hris", Dir: dir, SDK: sources(t), Language: scaffold.Python})
	if err != nil {
		t.Fatal(err)
	}
	const want = ".gitignore README.md __init__.py __main__.py build.sh config.json connector.py exampleapi/serve.py guide.md people.py"
	if got := strings.Join(files, " "); got != want {
		t.Errorf("wrote %s", got)
	}
	build, err := os.ReadFile(filepath.Join(dir, "build.sh"))
	if err != nil || !strings.Contains(string(build), "connector_7_json") || !strings.Contains(string(build), sources(t)) {
		t.Errorf("it is built by %s, %v", build, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "build.sh")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("build.sh: %v, %v", info, err)
	}
}

func TestSourcesAreFoundFromInside(t *testing.T) {
	t.Parallel()
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "go.mod"), []byte("module example.com/other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(sources(t), "sdk", "kind")
	for name, test := range map[string]struct {
		dirs []string
		want string
	}{
		"the checkout itself":  {[]string{sources(t)}, sources(t)},
		"a directory in it":    {[]string{inside}, sources(t)},
		"the second directory": {[]string{other, inside}, sources(t)},
		"another module":       {[]string{other}, ""},
		"no directory":         {nil, ""},
	} {
		if got := scaffold.Sources(test.dirs...); got != test.want {
			t.Errorf("%s: found %q, want %q", name, got, test.want)
		}
	}
}
