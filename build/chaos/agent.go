package main

import (
	"context"
	"net/http"
	"net/url"
	"os/exec"
	"syscall"

	process "github.com/plumbline-dev/plumbline/sdk/sdktest/agent"
)

// agent is one life of `plumbline agent`.
type agent struct{ *process.Agent }

// startAgent starts the program and returns when it answers. An agent that ends
// before is returned with the error.
func startAgent(ctx context.Context, program, home string, environ []string) (*agent, error) {
	a, err := process.Start(ctx, process.Options{
		Program: program, Dir: home, Args: []string{"--log-level", "warn"}, Environ: environ, Within: allowed(startLimit),
		Prepare: func(c *exec.Cmd) {
			c.Stdout = nil
			c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
		},
	})
	if a == nil {
		return nil, err
	}
	return &agent{a}, err
}

func (a *agent) get(ctx context.Context, path string, query url.Values, into any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return a.Call(ctx, http.MethodGet, path, nil, into)
}

func (a *agent) post(ctx context.Context, path string, body, into any) error {
	return a.Call(ctx, http.MethodPost, path, body, into)
}

// stop ends the agent as a person would. An agent that does not end is a
// violation.
func (a *agent) stop() error { return a.Stop(allowed(stopLimit)) }

func (a *agent) setToken(ctx context.Context, alias, token string) error {
	return a.Call(ctx, "PATCH", "/connections/"+alias, map[string]any{"secrets": map[string]string{"token": token}}, nil)
}
