package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/assistant"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/mcp"
)

// defaultClient is the name of a client whose entry gives none.
const defaultClient = "assistant"

func (a *app) mcpCommand() *cobra.Command {
	client := defaultClient
	c := &cobra.Command{
		Use: "mcp", Short: "Let an assistant ask about connections, runs and records over standard input and output",
		Long: "Serves the Model Context Protocol on standard input and output to a client such as Claude, Cursor or VS Code, which starts\n" +
			"it. The tools only read: none changes, fetches or returns a secret. Each answer says what it does not know. Each call goes to\n" +
			"the running agent and is an entry of the audit log. Names and addresses of persons are withheld until a person lets the\n" +
			"client read them with `plumbline mcp clients set`.",
		Example: "  plumbline mcp install claude --write\n  plumbline mcp clients set claude --withhold-kind person\n" +
			"  plumbline audit list --collection assistant_call",
		Args: exactly(0),
	}
	c.Flags().StringVar(&client, "client", defaultClient, "name under which the agent knows the client")
	c.RunE = func(c *cobra.Command, _ []string) error { return a.serveMCP(c.Context(), client) }
	c.AddCommand(a.mcpInstallCommand(), a.mcpClientsCommand())
	return c
}

// serveMCP answers one client until it ends. The agent is sought at each call, so it may be restarted meanwhile.
func (a *app) serveMCP(ctx context.Context, client string) error {
	if err := assistant.ValidateClient(client); err != nil {
		return err
	}
	config, err := a.config(nil)
	if err != nil {
		return err
	}
	// The client reads JSON from standard output; what a terminal would obey is escaped in it already.
	return mcp.Serve(ctx, a.in, os.Stdout, version, client, func(ctx context.Context, r assistant.Question) (assistant.Answer, error) {
		agent, ok := calls.Attach(ctx, config.DataDir)
		if !ok {
			return assistant.Answer{}, refusal(host.CodeUnreachable, "no agent runs on this data directory",
				"Start it with `plumbline agent`, or turn on background syncs in the desktop app.")
		}
		return agent.CallAssistantTool(ctx, r)
	})
}

func (a *app) mcpClientsCommand() *cobra.Command {
	header := []string{"CLIENT", "MAY CALL", "PERSONAL", "WITHHELD", "CALLS", "LAST USED", "LAST TOOL", "CALLS ITSELF"}
	list := listed(a, func(ctx context.Context, c *calls.Client, _ []string) ([]assistant.Client, error) {
		return c.Assistants(ctx)
	},
		header, clientRow)
	c := group("clients", "Show and set what each client may read", &cobra.Command{
		Use: "list", Short: "List the clients that have asked or were set up, and what each may read", Args: exactly(0), RunE: list,
	}, a.mcpSetCommand(), &cobra.Command{
		Use: "reset CLIENT", Short: "Take back what was set for a client: it may read what any client may", Args: exactly(1),
		RunE: answered(a, gone("reset", (*calls.Client).RemoveAssistant),
			func(w io.Writer, _ map[string]string) error { return say(w, "Reset.\n") }),
	})
	c.Args, c.RunE = exactly(0), list
	return c
}

func clientRow(c assistant.Client) []string {
	may, personal := "yes", "withheld"
	switch {
	case c.Off:
		may = "no"
	case c.ExpiresAt != nil:
		may = "until " + c.ExpiresAt.Local().Format(time.DateTime)
	}
	if c.Personal {
		personal = "read"
	}
	return []string{
		c.Client, may, personal, strings.Join(append(append([]string{}, c.WithheldKinds...), c.WithheldFields...), ", "), fmt.Sprint(c.Calls),
		ago(c.LastAt), c.LastTool, c.Program,
	}
}

// readingFlags are what `mcp clients set` changes. What is not given stays.
type readingFlags struct {
	personal, on, off bool
	kinds, fields     []string
	expires           string
}

func (a *app) mcpSetCommand() *cobra.Command {
	var f readingFlags
	c := &cobra.Command{
		Use: "set CLIENT", Short: "Set what a client may read", Args: exactly(1),
		Long: "Changes what the flags name and leaves the rest. Personal fields are names, addresses and numbers of persons: with\n" +
			"--personal the client may read them, with --personal=false it may not. An empty value such as --withhold-kind= withholds none.",
		Example: "  plumbline mcp clients set claude --personal --withhold-kind background_check\n" +
			"  plumbline mcp clients set cursor --withhold-field account.groups --expires 2026-12-31\n  plumbline mcp clients set cursor --off",
	}
	flags := c.Flags()
	flags.BoolVar(&f.personal, "personal", false, "let it read names, addresses and numbers of persons")
	flags.StringSliceVar(&f.kinds, "withhold-kind", nil, "kinds of records that it may not read, such as person")
	flags.StringSliceVar(&f.fields, "withhold-field", nil, "fields that it may not read, as FIELD or KIND.FIELD")
	flags.StringVar(&f.expires, "expires", "", "day or time from which on it may call no tool; empty for no end")
	flags.BoolVar(&f.off, "off", false, "let it call no tool")
	flags.BoolVar(&f.on, "on", false, "let it call tools again")
	set := func(ctx context.Context, client *calls.Client, args []string) (assistant.Policy, error) {
		p, err := policyOf(ctx, client, args[0])
		if err != nil {
			return p, err
		}
		if err := f.apply(&p, c.Flags().Changed); err != nil {
			return p, err
		}
		return client.SetAssistant(ctx, p)
	}
	c.RunE = answered(a, set, func(w io.Writer, p assistant.Policy) error {
		row := clientRow(assistant.Client{Policy: p})
		return pairs(w, "client", row[0], "may call", row[1], "personal", row[2], "withheld", row[3])
	})
	return c
}

// policyOf returns what a client may read now.
func policyOf(ctx context.Context, client *calls.Client, name string) (assistant.Policy, error) {
	all, err := client.Assistants(ctx)
	for _, one := range all {
		if one.Client == name {
			return one.Policy, err
		}
	}
	return assistant.Default(name), err
}

func (f *readingFlags) apply(p *assistant.Policy, given func(string) bool) error {
	if f.on && f.off {
		return usagef("give --on or --off, not both")
	}
	if given("personal") {
		p.Personal = f.personal
	}
	if given("withhold-kind") {
		p.WithheldKinds = f.kinds
	}
	if given("withhold-field") {
		p.WithheldFields = f.fields
	}
	if f.off || f.on {
		p.Off = f.off
	}
	if !given("expires") {
		return nil
	}
	if p.ExpiresAt = nil; f.expires == "" {
		return nil
	}
	at, err := time.Parse(time.RFC3339, f.expires)
	if err != nil {
		if at, err = time.ParseInLocation(time.DateOnly, f.expires, time.Local); err != nil {
			return usagef("--expires must be a day such as 2026-12-31 or a time such as 2026-12-31T18:00:00Z, not %q", f.expires)
		}
	}
	at = at.UTC()
	p.ExpiresAt = &at
	return nil
}
