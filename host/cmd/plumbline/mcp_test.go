package main

import (
	"context"
	"os"
	"os/exec"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rogpeppe/go-internal/testscript"
)

// assistant FILE CLIENT TOOL: calls a tool as a client of the protocol does; FILE becomes the text of the answer.
func askAsAssistant(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	program, err := exec.LookPath("plumbline")
	ts.Check(err)
	command := exec.CommandContext(ctx, program, "mcp", "--client", args[1])
	command.Dir = ts.MkAbs(".")
	for _, name := range []string{
		"PATH", "HOME", "TMPDIR", "PLUMBLINE_HOME", "PLUMBLINE_CONNECTORS_DIRS", "PLUMBLINE_SECRETS_KEY", "PLUMBLINE_STORE_MIN_FREE_MIB",
	} {
		command.Env = append(command.Env, name+"="+ts.Getenv(name))
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "script", Version: "1"}, nil)
	session, err := client.Connect(ctx, &mcp.CommandTransport{Command: command}, nil)
	ts.Check(err)
	result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: args[2], Arguments: map[string]any{}})
	ts.Check(err)
	ts.Check(session.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(result.Content[0].(*mcp.TextContent).Text), 0o600))
}
