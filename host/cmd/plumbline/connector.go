package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/release"
)

func (a *app) connectorCommand() *cobra.Command {
	c := group("connector", "Show, install, update and trust connectors; write, test, pack and sign them")
	c.AddCommand(a.connectorListCommand(), a.connectorShowCommand())
	c.AddCommand(
		a.connectorInstallCommand(), a.connectorUpdateCommand(), a.connectorRollbackCommand(), a.connectorRemoveCommand(),
		a.connectorTrustCommand(), a.connectorUntrustCommand(),
	)
	c.AddCommand(a.connectorNewCommand(), a.connectorDevCommand(), a.connectorTestCommand(), a.connectorRecordCommand())
	c.AddCommand(a.connectorPackCommand(), a.connectorKeyCommand(), a.connectorSignCommand(), a.connectorVerifyCommand(), a.connectorPushCommand())
	return c
}

func (a *app) connectorListCommand() *cobra.Command {
	var updates bool
	c := &cobra.Command{Use: "list", Short: "List the connectors", Args: exactly(0)}
	c.Flags().BoolVar(&updates, "updates", false, "look for newer releases of what is installed, and list those")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			if updates {
				return a.listUpdates(c.Context(), client)
			}
			connectors, err := client.Connectors(c.Context())
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(a.out, api.Items[host.Connector]{Items: connectors})
			}
			rows := make([][]string, 0, len(connectors))
			for _, k := range connectors {
				if k.Problem != nil {
					rows = append(rows, []string{k.ID, "", "", "", "unusable: " + k.Problem.Message})
					continue
				}
				rows = append(rows, []string{k.ID, k.Version, trustWord(k), words(k.Categories), k.Summary})
			}
			return table(a.out, []string{"ID", "VERSION", "TRUST", "CATEGORIES", "SUMMARY"}, rows)
		})
	}
	return c
}

// trustWord says what a connector is to be taken for, and what it waits for.
func trustWord(k host.Connector) string {
	text := loud(k.Trust)
	if k.Installation == nil {
		return text
	}
	if w := k.Installation.Waiting; w != nil {
		text += fmt.Sprintf(" (%s waiting for consent)", w.Version)
	}
	if back := k.Installation.RolledBack; back != nil {
		text += fmt.Sprintf(" (rolled back from %s)", back.Version)
	}
	return text
}

// loud writes what a program was taken for, so that nobody reads past one that
// nobody vouched for.
func loud(t host.Trust) string {
	switch t {
	case host.TrustUnverified:
		return "UNVERIFIED"
	case host.TrustDevelopment:
		return "IN DEVELOPMENT, unverified"
	default:
		return string(t)
	}
}

func (a *app) listUpdates(ctx context.Context, client *api.Client) error {
	offers, err := client.Updates(ctx, "")
	if err != nil {
		return err
	}
	if a.json {
		return printJSON(a.out, api.Items[host.Offer]{Items: offers})
	}
	rows := make([][]string, 0, len(offers))
	for _, o := range offers {
		current, news := "", "nothing"
		if o.Current != nil {
			current = o.Current.Version
		}
		if !o.New.None() {
			news = strings.Join(release.AskNames(o.New), ", ")
		}
		if o.Problem != nil {
			news = "unusable: " + o.Problem.Message
		}
		rows = append(rows, []string{o.Manifest.ID, current, o.Manifest.Version, news})
	}
	return table(a.out, []string{"ID", "INSTALLED", "NEWER", "ASKS FOR MORE"}, rows)
}

func (a *app) connectorShowCommand() *cobra.Command {
	c := &cobra.Command{Use: "show CONNECTOR", Short: "Show a connector's settings, permissions and setup guide", Args: exactly(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			connector, err := client.Connector(c.Context(), args[0])
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(a.out, connector)
			}
			return printConnector(a.out, connector)
		})
	}
	return c
}

func printConnector(w io.Writer, c host.Connector) error {
	streams := make([]string, len(c.Streams))
	for i, s := range c.Streams {
		streams[i] = fmt.Sprintf("%s (%s)", s.Name, s.Kind)
	}
	if err := pairs(w,
		[2]string{"connector", c.ID}, [2]string{"name", c.Name}, [2]string{"version", c.Version}, [2]string{"vendor", c.Vendor},
		[2]string{"categories", words(c.Categories)}, [2]string{"streams", strings.Join(streams, ", ")},
		[2]string{"program", c.Path}, [2]string{"sha256", c.SHA256}, [2]string{"trust", trustWord(c)}, [2]string{"release", releaseWord(c.Installation)},
	); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n\nSettings\n", host.Visible(c.Summary))
	schema, err := readSchema(c)
	if err != nil {
		return err
	}
	if err := table(w, []string{"  NAME", "GIVE AS", "NEEDED", "MEANING"}, schema.rows()); err != nil {
		return err
	}
	for _, p := range c.Permissions {
		fmt.Fprintf(w, "\nPermission %s\n  %s\n", host.Visible(p.ID), host.Visible(p.Reason))
	}
	fmt.Fprintf(w, "\nReaches\n%s\n", strings.Join(reachLines(c), "\n"))
	printGuide(w, c.Guide)
	return nil
}

// reachLines says which hosts and files a connector may reach, a line each. What a
// setting names stands as the setting.
func reachLines(c host.Connector) (lines []string) {
	for _, n := range c.Network {
		lines = append(lines, fmt.Sprintf("  host  %s: %s", net.JoinHostPort(n.Host, strconv.Itoa(n.Port)), oneLine(n.Purpose)))
	}
	if c.NetworkTCP {
		lines = append(lines, "  network tcp: "+networkTCP)
	}
	for _, f := range c.Files {
		lines = append(lines, fmt.Sprintf("  file  %s: %s", f.Path, oneLine(f.Purpose)))
	}
	if len(lines) == 0 {
		lines = append(lines, "  no host, and no file of this machine")
	}
	return lines
}

// releaseWord says where an installed release came from.
func releaseWord(i *host.Installation) string {
	if i == nil {
		return ""
	}
	text := "from " + i.Source
	if i.Signer != "" {
		text += ", signed by " + i.Signer
	}
	if i.Previous != "" {
		text += ", " + i.Previous + " is kept to go back to"
	}
	if i.Trial {
		text += ", on trial until its first complete sync"
	}
	return text
}

func printGuide(w io.Writer, g host.SetupGuide) {
	fmt.Fprintf(w, "\nSetup")
	if g.Minutes > 0 {
		fmt.Fprintf(w, " (about %d minutes)", g.Minutes)
	}
	fmt.Fprintf(w, "\n%s\n", g.Introduction)
	for _, p := range g.Prerequisites {
		fmt.Fprintln(w, "  -", p)
	}
	for i, s := range g.Steps {
		fmt.Fprintf(w, "\n%d. %s\n%s\n", i+1, s.Title, s.Body)
		if s.ExpectedOutcome != "" {
			fmt.Fprintln(w, "Expected outcome:", s.ExpectedOutcome)
		}
	}
	for _, n := range g.Notes {
		fmt.Fprintln(w, "\nNote:", n)
	}
}

// schema is what the command line needs of a connector's config schema: how to
// read KEY=VALUE.
type schema struct {
	Properties map[string]property `json:"properties"`
	Required   []string            `json:"required"`
}

type property struct {
	Type        any    `json:"type"` // a word, or a list of words
	Title       string `json:"title"`
	Description string `json:"description"`
	WriteOnly   bool   `json:"writeOnly"`
	Default     any    `json:"default"`
	Order       int    `json:"x-order"`
	Items       *struct {
		Type string `json:"type"`
	} `json:"items"`
}

func readSchema(c host.Connector) (schema, error) {
	var s schema
	if err := json.Unmarshal(c.ConfigSchema, &s); err != nil {
		return s, fmt.Errorf("read config schema of %s: %w", c.ID, err)
	}
	return s, nil
}

// is reports whether the property may have the JSON type t.
func (p property) is(t string) bool {
	switch types := p.Type.(type) {
	case string:
		return types == t
	case []any:
		return slices.Contains(types, any(t))
	default:
		return false
	}
}

func (s schema) rows() [][]string {
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := s.Properties[a].Order - s.Properties[b].Order; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	rows := make([][]string, 0, len(names))
	for _, name := range names {
		p := s.Properties[name]
		flag, needed := "--set", "no"
		if p.WriteOnly {
			flag = "--secret"
		}
		if slices.Contains(s.Required, name) {
			needed = "yes"
		}
		if p.Default != nil {
			needed += fmt.Sprintf(" (default %v)", p.Default)
		}
		meaning := p.Title
		if p.Description != "" {
			meaning += ": " + p.Description
		}
		rows = append(rows, []string{"  " + name, flag, needed, meaning})
	}
	return rows
}
