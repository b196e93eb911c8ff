package desktop_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/problemjson"
	"github.com/plumbline-dev/plumbline/host/internal/desktop"
)

func text(content string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	}
}

func TestASavedFileReplacesNone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "Downloads")
	for n, want := range []string{"accounts.csv", "accounts (2).csv", "accounts (3).csv"} {
		path, err := desktop.Save(dir, "accounts.csv", text(want))
		if err != nil {
			t.Fatal(err)
		}
		if raw, err := os.ReadFile(path); err != nil || string(raw) != want || filepath.Base(path) != want {
			t.Errorf("file %d is %s with %q, %v", n+1, path, raw, err)
		}
	}
}

func TestANameStaysInTheDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, want := range map[string]string{
		"../../etc/passwd": "-..-etc-passwd", ".bashrc": "bashrc", "": "plumbline", "..": "plumbline",
		`C:\evil.exe`: "C--evil.exe", "a\x00b\nc.csv": "a-b-c.csv", "\u202egpj.exe": "-gpj.exe",
		strings.Repeat("é", 300) + ".csv": strings.Repeat("é", 98) + ".csv",
	} {
		path, err := desktop.Save(dir, name, text(""))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimPrefix(path, dir+string(filepath.Separator)); got != want && got != want+" (2)" {
			t.Errorf("%q is saved as %q, not as %q", name, got, want)
		}
	}
}

func TestAFileThatIsNotFinishedIsRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broken := errors.New("the disk is gone")
	_, err := desktop.Save(dir, "accounts.csv", func(w io.Writer) error {
		return errors.Join(text("half")(w), broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("it failed with %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}

func TestAnAnswerIsSaved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/exports/x/file" {
			problemjson.Write(w, host.NotFound("export", r.URL.Path, "Look elsewhere."))
			return
		}
		if err := text("a,b\n1,2\n")(w); err != nil {
			t.Error(err)
		}
	})
	path, err := desktop.SaveAnswer(t.Context(), serve, "/api/v1/exports/x/file", dir, "accounts.csv")
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(path); err != nil || string(raw) != "a,b\n1,2\n" {
		t.Errorf("it holds %q, %v", raw, err)
	}
	for _, address := range []string{"/api/v1/exports/y/file", "/etc/passwd", "https://elsewhere.example/api/v1/", "api/v1/exports/x/file"} {
		if path, err := desktop.SaveAnswer(t.Context(), serve, address, dir, "other.csv"); err == nil {
			t.Errorf("%s was saved as %s", address, path)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("it left %v, %v", left, err)
	}
}
