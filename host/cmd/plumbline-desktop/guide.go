//go:build desktop

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	window "github.com/wailsapp/wails/v2/pkg/runtime"
)

// openGuide opens the documentation that came with the program, in the system's reader.
func (s *Shell) openGuide(ctx context.Context) {
	guide := findGuide()
	if guide == "" {
		s.tell(ctx, "Documentation", "The documentation is the file README.md that came with Plumbline. It is not beside this program.")
		return
	}
	name, args := "xdg-open", []string{guide}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", guide}
	}
	if err := exec.CommandContext(ctx, name, args...).Run(); err != nil {
		s.logger.Warn("open the documentation", "file", guide, "err", err)
		s.tell(ctx, "Documentation", "No program opened the documentation. It is "+guide)
	}
}

// findGuide returns the file of the documentation: of the package, or beside the program.
func findGuide() string {
	places := []string{"/usr/share/doc/plumbline/README.md"}
	if self, err := os.Executable(); err == nil {
		if target, err := filepath.EvalSymlinks(self); err == nil {
			self = target
		}
		beside := filepath.Dir(self)
		for _, dir := range []string{".", "..", "../Resources"} {
			places = append(places, filepath.Join(beside, dir, "README.md"))
		}
	}
	for _, place := range places {
		if info, err := os.Stat(place); err == nil && info.Mode().IsRegular() {
			return place
		}
	}
	return ""
}

func (s *Shell) about(ctx context.Context) {
	s.tell(ctx, "About Plumbline", "Plumbline "+version+"\nConnects a company's systems to its compliance work.\n\nData: "+s.dataDir)
}

// tell shows a message until the person closes it. It does not wait for that: a menu's
// callback would hold up the menu.
func (s *Shell) tell(ctx context.Context, title, message string) {
	go func() { // ends when the person closes the message
		if _, err := window.MessageDialog(ctx, window.MessageDialogOptions{Type: window.InfoDialog, Title: title, Message: message}); err != nil {
			s.logger.Warn("show a message", "err", err)
		}
	}()
}
