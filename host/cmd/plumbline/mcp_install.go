package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// mcpEntry is the entry of a client that starts `plumbline mcp`.
type mcpEntry struct {
	Client string         `json:"client"`
	File   string         `json:"file"`
	Entry  map[string]any `json:"entry"`
	Wrote  bool           `json:"written"`
}

var mcpClients = []string{"claude", "cursor", "vscode"}

func (a *app) mcpInstallCommand() *cobra.Command {
	var write bool
	var file string
	c := &cobra.Command{
		Use: "install claude|cursor|vscode", Short: "Print the entry with which a client starts this program, or write it", Args: exactly(1),
		Long: "Prints the entry and the file that the client reads it from. With --write it is written there: other entries stay, and an\n" +
			"entry called plumbline is replaced. Start the client again afterwards.",
		Example:   "  plumbline mcp install claude\n  plumbline mcp install vscode --write",
		ValidArgs: mcpClients,
	}
	c.Flags().BoolVar(&write, "write", false, "write the entry into the client's file")
	c.Flags().StringVar(&file, "file", "", "the client's file, where it is not the usual one")
	c.RunE = func(_ *cobra.Command, args []string) error {
		entry, err := a.mcpEntryOf(args[0], file)
		if err != nil {
			return err
		}
		if write {
			if err := entry.write(); err != nil {
				return err
			}
		}
		return emit(a, entry, printMCPEntry)
	}
	return c
}

func printMCPEntry(w io.Writer, e mcpEntry) error {
	if e.Wrote {
		return say(w, "Wrote the entry plumbline into %s. Start the client again.\n", e.File)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(e.Entry); err != nil {
		return fmt.Errorf("encode entry: %w", err)
	}
	return say(w, "Add this to %s, or run the command again with --write:\n\n%s", e.File, &text)
}

// mcpEntryOf returns the entry of a client, for the data directory in use.
func (a *app) mcpEntryOf(client, file string) (mcpEntry, error) {
	if !slices.Contains(mcpClients, client) {
		return mcpEntry{}, usagef("the client must be claude, cursor or vscode, not %q", client)
	}
	config, err := a.config(nil)
	if err != nil {
		return mcpEntry{}, err
	}
	program, err := os.Executable()
	if err != nil {
		return mcpEntry{}, fmt.Errorf("find this program: %w", err)
	}
	if file == "" {
		if file, err = mcpFile(client); err != nil {
			return mcpEntry{}, err
		}
	}
	server := map[string]any{"command": program, "args": []string{"mcp", "--client", client, "--data-dir", config.DataDir}}
	if client == "vscode" {
		server["type"] = "stdio"
	}
	return mcpEntry{Client: client, File: file, Entry: map[string]any{mcpMember(client): map[string]any{"plumbline": server}}}, nil
}

// mcpMember is the member of a client's file that has the servers.
func mcpMember(client string) string {
	if client == "vscode" {
		return "servers"
	}
	return "mcpServers"
}

// mcpFile returns the file that a client of this user reads its servers from.
func mcpFile(client string) (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find home directory: %w", err)
	}
	if client == "cursor" {
		return filepath.Join(home, ".cursor", "mcp.json"), nil
	}
	configs, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find configuration directory: %w", err)
	}
	if client == "vscode" {
		return filepath.Join(configs, "Code", "User", "mcp.json"), nil
	}
	return filepath.Join(configs, "Claude", "claude_desktop_config.json"), nil
}

// write adds the entry to the client's file and leaves the rest as it is.
func (e *mcpEntry) write() error {
	doc := map[string]json.RawMessage{}
	raw, err := os.ReadFile(e.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return unreadable("file", e.File, err)
	case len(bytes.TrimSpace(raw)) == 0:
	case json.Unmarshal(raw, &doc) != nil:
		return host.Invalid("file", e.File, "is no JSON object, perhaps because it has comments; add the entry by hand")
	}
	member := mcpMember(e.Client)
	servers := map[string]json.RawMessage{}
	if held, ok := doc[member]; ok && json.Unmarshal(held, &servers) != nil {
		return host.Invalid("file", e.File, "has a member "+member+" that is no object; add the entry by hand")
	}
	for name, server := range e.Entry[member].(map[string]any) {
		if servers[name], err = json.Marshal(server); err != nil {
			return fmt.Errorf("encode entry: %w", err)
		}
	}
	if doc[member], err = json.Marshal(servers); err != nil {
		return fmt.Errorf("encode entries: %w", err)
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return fmt.Errorf("encode file: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(e.File), 0o700); err != nil {
		return fmt.Errorf("create directory: %w", err)
	}
	mode := fs.FileMode(0o600)
	if info, err := os.Stat(e.File); err == nil {
		mode = info.Mode().Perm()
	}
	if err := durable.WriteBytes(e.File, mode, append(text, '\n')); err != nil {
		return fmt.Errorf("write %s: %w", e.File, err)
	}
	e.Wrote = true
	return nil
}
