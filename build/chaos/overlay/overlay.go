// Package overlay builds the agent and the connector of the fault matrix from edited
// copies of the sources: with moments that the director hears of, with smaller limits,
// with a clock that can be set, and with the mutants, which are asleep.
package overlay

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// helpers are the functions that the edited copies call: of package host, of another
// package of the host, and of one of the SDK.
//
//go:embed helpers
var helpers embed.FS

// Edit replaces an anchor, which must be in the file exactly once. Edits of one
// file are made in the order of the list, each on what the one before left.
type Edit struct {
	name string // of the moment or mutant, or what the edit is for
	file string // from the top of the repository
	old  string
	new  string
}

// apply returns the file with every edit made, or says which anchor is not there.
func apply(source string, edits []Edit) (string, error) {
	for _, e := range edits {
		if n := strings.Count(source, e.old); n != 1 {
			return "", fmt.Errorf("edit %q of %s: its anchor is there %d times instead of once; correct it in build/chaos/overlay:\n%s",
				e.name, e.file, n, e.old)
		}
		source = strings.Replace(source, e.old, e.new, 1)
	}
	return source, nil
}

// Overlaid are the edited copies of root's sources, as -overlay wants them.
func Overlaid(root string, edits []Edit) (map[string]string, error) {
	byFile := map[string][]Edit{}
	packages := map[string]bool{}
	for _, e := range edits {
		byFile[e.file] = append(byFile[e.file], e)
		packages[filepath.Dir(e.file)] = true
	}
	copies := map[string]string{"host/zz_chaos.go": helper("host")}
	var missing error
	for file, list := range byFile {
		source, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			return nil, fmt.Errorf("read source: %w", err)
		}
		if copies[file], err = apply(string(source), list); err != nil {
			missing = errors.Join(missing, err)
		}
	}
	for dir := range packages {
		source := helper("room")
		if strings.HasPrefix(dir, "sdk") {
			source = helper("sdk")
		}
		copies[filepath.Join(dir, "zz_chaos.go")] = strings.Replace(source, "package room", "package "+filepath.Base(dir), 1)
	}
	return copies, missing
}

func helper(name string) string {
	raw, err := helpers.ReadFile("helpers/" + name + ".go.txt")
	if err != nil {
		panic(err) // it is embedded
	}
	return string(raw)
}

// Write puts the copies into dir and returns the file for -overlay.
func Write(root, dir string, copies map[string]string) (string, error) {
	replace := map[string]string{}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make overlay directory: %w", err)
	}
	for file, source := range copies {
		name := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(name, []byte(source), 0o600); err != nil {
			return "", fmt.Errorf("write overlay: %w", err)
		}
		replace[filepath.Join(root, file)] = name
	}
	raw, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", fmt.Errorf("encode overlay: %w", err)
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, raw, 0o600)
}

// Programs are the built programs of a run of the harness.
type Programs struct {
	Root      string
	overlay   string
	Agent     string
	Connector string
}

// Build makes the overlay and both programs below dir.
func Build(ctx context.Context, root, dir string) (*Programs, error) {
	copies, err := Overlaid(root, Edits())
	if err != nil {
		return nil, err
	}
	p := &Programs{Root: root, Agent: filepath.Join(dir, "plumbline"), Connector: filepath.Join(dir, "chaos")}
	if p.overlay, err = Write(root, filepath.Join(dir, "overlay"), copies); err != nil {
		return nil, err
	}
	for output, source := range map[string]string{p.Agent: "./host/cmd/plumbline", p.Connector: "./build/chaos/connector"} {
		if err := p.GoTool(ctx, "build", "-trimpath", "-overlay", p.overlay, "-ldflags", "-s -w", "-o", output, source); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// GoTool runs the go command at the top of the sources.
func (p *Programs) GoTool(ctx context.Context, args ...string) error {
	tool := exec.CommandContext(ctx, "go", args...)
	tool.Dir = p.Root
	tool.Env = append(os.Environ(), "CGO_ENABLED=0")
	var text bytes.Buffer
	tool.Stdout, tool.Stderr = &text, &text
	if err := tool.Run(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args[:1], " "), err, text.String())
	}
	return nil
}
