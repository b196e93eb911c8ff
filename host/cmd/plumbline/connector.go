package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/offer"
)

func (a *app) connectorCommand() *cobra.Command {
	return group("connector", "Show, install, update and trust connectors; write, test, pack and sign them",
		a.connectorListCommand(),
		&cobra.Command{
			Use: "show CONNECTOR", Short: "Show a connector's settings, permissions and setup guide", Args: exactly(1),
			RunE: answered(a, ofFirst((*calls.Client).Connector), printConnector),
		},
		a.connectorInstallCommand(), a.connectorUpdateCommand(),
		&cobra.Command{
			Use: "rollback CONNECTOR", Short: "Bring back the version before the current one", Args: exactly(1),
			Example: "  plumbline connector rollback okta",
			RunE:    answered(a, ofFirst((*calls.Client).RollBack), became("is current again")),
		},
		&cobra.Command{
			Use: "remove CONNECTOR", Short: "Remove an installed connector", Args: exactly(1),
			Long:    "Removes every installed version of a connector. A connector that connections use cannot be removed.",
			Example: "  plumbline connector remove okta",
			RunE:    answered(a, gone("removed", (*calls.Client).RemoveConnector), printRemoved),
		},
		a.connectorTrustCommand(),
		&cobra.Command{
			Use: "untrust CONNECTOR", Short: "Withdraw the trust in a connector's program", Args: exactly(1),
			Example: "  plumbline connector untrust okta",
			RunE:    answered(a, ofFirst((*calls.Client).UntrustConnector), became("is no longer trusted")),
		},
		a.connectorNewCommand(), a.connectorImportCommand(), a.connectorDevCommand(), a.connectorTestCommand(), a.connectorRecordCommand(),
		a.connectorPackCommand(), group("key", "Keys that sign releases", a.connectorKeyNewCommand()),
		a.connectorSignCommand(), a.connectorVerifyCommand(), a.connectorPushCommand(),
	)
}

func (a *app) connectorListCommand() *cobra.Command {
	var updates bool
	c := &cobra.Command{Use: "list", Short: "List the connectors", Args: exactly(0)}
	c.Flags().BoolVar(&updates, "updates", false, "fetch and list newer releases of the installed connectors")
	connectors := func(ctx context.Context, client *calls.Client, _ []string) ([]host.Connector, error) {
		return client.Connectors(ctx)
	}
	offers := func(ctx context.Context, client *calls.Client, _ []string) ([]offer.Offer, error) {
		return client.Updates(ctx, "")
	}
	all := listed(a, connectors, []string{"ID", "VERSION", "TRUST", "CATEGORIES", "SUMMARY"}, func(k host.Connector) []string {
		if k.Problem != nil {
			return []string{k.ID, "", "", "", "unusable: " + k.Problem.Message}
		}
		return []string{k.ID, k.Version, trustWord(k), words(k.Categories), k.Summary}
	})
	newer := listed(a, offers, []string{"ID", "INSTALLED", "NEWER", "ASKS FOR MORE"}, offerRow)
	c.RunE = func(c *cobra.Command, args []string) error {
		if updates {
			return newer(c, args)
		}
		return all(c, args)
	}
	return c
}

func offerRow(o offer.Offer) []string {
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
	return []string{o.Manifest.ID, current, o.Manifest.Version, news}
}

// trustWord gives a connector's trust, and the version that waits for consent.
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

// loud writes the trust of a program, in capitals when it is unverified.
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

func printConnector(w io.Writer, c host.Connector) error {
	streams := each(c.Streams, func(s host.StreamInfo) string { return fmt.Sprintf("%s (%s)", s.Name, s.Kind) })
	if err := pairs(w,
		"connector", c.ID, "name", c.Name, "version", c.Version, "vendor", c.Vendor, "categories", words(c.Categories),
		"streams", strings.Join(streams, ", "), "program", c.Path, "sha256", c.SHA256, "trust", trustWord(c),
		"release", releaseWord(c.Installation),
	); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n\nSettings\n", display.Visible(c.Summary))
	schema, err := readSchema(c)
	if err != nil {
		return err
	}
	if err := table(w, []string{"  NAME", "GIVE AS", "NEEDED", "MEANING"}, schema.rows()); err != nil {
		return err
	}
	for _, p := range c.Permissions {
		fmt.Fprintf(w, "\nPermission %s\n  %s\n", display.Visible(p.ID), display.Visible(p.Reason))
	}
	fmt.Fprintf(w, "\nReaches\n%s\n", strings.Join(reachLines(c), "\n"))
	printGuide(w, c.Guide)
	return nil
}

// reachLines lists the hosts and files that a connector may reach.
func reachLines(c host.Connector) []string {
	asks := c.Asks()
	asks.Permissions = nil
	if asks.None() {
		return []string{"  no host, and no file of this machine"}
	}
	return askLines(asks, nil)
}

const networkTCP = "it opens TCP connections by itself, through a port of this host's proxy, and is contained less well"

// askLines lists what a connector or a release asks for, and marks the fresh names. A
// host that a setting names stands as the setting.
func askLines(asks host.Asks, fresh []string) (lines []string) {
	line := func(kind, name, detail, why string) {
		mark := ""
		if slices.Contains(fresh, kind+" "+name) {
			mark = "  NEW"
		}
		lines = append(lines, fmt.Sprintf("  %-10s %s: %s%s", kind, oneLine(name+detail), oneLine(why), mark))
	}
	for _, p := range asks.Permissions {
		line("permission", p.ID, "", p.Reason)
	}
	for _, n := range asks.Network {
		line("host", n.Host, ":"+strconv.Itoa(n.Port), n.Purpose)
	}
	if asks.NetworkTCP {
		line("network", "tcp", "", networkTCP)
	}
	for _, f := range asks.Files {
		line("file", f.Path, "", f.Purpose)
	}
	return lines
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

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

// schema is the part of a connector's config schema that reading KEY=VALUE needs.
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
	names := slices.SortedFunc(maps.Keys(s.Properties), func(a, b string) int {
		return cmp.Or(s.Properties[a].Order-s.Properties[b].Order, strings.Compare(a, b))
	})
	return each(names, func(name string) []string {
		p := s.Properties[name]
		flag, needed, meaning := "--set", "no", p.Title
		if p.WriteOnly {
			flag = "--secret"
		}
		if slices.Contains(s.Required, name) {
			needed = "yes"
		}
		if p.Default != nil {
			needed += fmt.Sprintf(" (default %v)", p.Default)
		}
		if p.Description != "" {
			meaning += ": " + p.Description
		}
		return []string{"  " + name, flag, needed, meaning}
	})
}
