package owned_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/owned"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	self := os.Geteuid()
	tests := map[string]struct {
		mode   os.FileMode
		self   int
		says   string // "" = no refusal
		remedy string
	}{
		"ours":                {0o700, self, "", ""},
		"ours, readable":      {0o755, self, "", ""},
		"writable by a group": {0o770, self, "can be written to by other users (mode 0770)", "chmod 700 "},
		"writable by all":     {0o707, self, "can be written to by other users (mode 0707)", "chmod 700 "},
		"another user's": {0o700, self + 1, "belongs to the user " + owned.Name(self) + ", and this command runs as",
			"-u " + owned.Name(self) + " -- plumbline run list 'it'\\''s'"},
	}
	for name, test := range tests {
		if err := os.Chmod(dir, test.mode); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		err = owned.Judge(dir, info, test.self, []string{"plumbline", "run", "list", "it's"})
		var p *host.Problem
		switch {
		case test.says == "" && err != nil:
			t.Errorf("%s: refused: %v", name, err)
		case test.says == "":
		case !errors.As(err, &p) || !strings.Contains(p.Message, test.says) || !strings.Contains(p.Remedy, test.remedy):
			t.Errorf("%s: %v, %+v; want %q and the remedy %q", name, err, p, test.says, test.remedy)
		}
	}
}

func TestADirectoryOfAnotherUserIsRefused(t *testing.T) {
	t.Parallel()
	dir := "/usr" // for a user who is not root, root is another one
	if os.Geteuid() == 0 {
		dir = t.TempDir()
		if err := os.Chown(dir, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	if err := owned.Ours(dir); err == nil {
		t.Error("it was taken")
	}
	if err := owned.Ours(dir + "/missing"); err != nil {
		t.Errorf("a directory that does not exist was refused: %v", err)
	}
}
