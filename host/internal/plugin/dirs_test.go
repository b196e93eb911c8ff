package plugin_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
)

func TestDirectoriesThatWereClearedAwayAreMadeAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	connector := b.fake(t)
	if err := os.RemoveAll(filepath.Join(b.work, "connector-work")); err != nil {
		t.Fatal(err)
	}
	b.start(t, connector)
}

func TestASocketDirectoryOfAnotherUserIsNotUsed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	connector := b.fake(t)
	if err := os.RemoveAll(b.launcher.SocketDir()); err != nil {
		t.Fatal(err)
	}
	// A link leads wherever its maker wants; so does a directory of his.
	if err := os.Symlink(t.TempDir(), b.launcher.SocketDir()); err != nil {
		t.Fatal(err)
	}
	_, err := b.launcher.Start(t.Context(), plugin.ProgramOf(connector), plugin.Allowance{})
	var p *host.Problem
	if !errors.As(err, &p) || p.Code != host.CodeConnectorStart || p.Remedy == "" {
		t.Fatalf("got %v", err)
	}
}

func TestAProgramThatCannotBeStartedLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	connector := b.fake(t)
	program := plugin.Program{ID: connector.ID, Path: connector.Path + "-gone", SHA256: connector.SHA256}
	_, err := b.launcher.Start(t.Context(), program, plugin.Allowance{})
	if err == nil {
		t.Fatal("a program that does not exist was started")
	}
	left, err := os.ReadDir(b.launcher.SocketDir())
	if err != nil || len(left) > 0 {
		t.Fatalf("%v is left: %v", left, err)
	}
}
