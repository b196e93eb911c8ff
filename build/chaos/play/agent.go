package play

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"os/exec"
	"syscall"

	process "github.com/plumbline-dev/plumbline/sdk/sdktest/agent"

	"github.com/plumbline-dev/plumbline/build/chaos/limit"
)

// Agent is one life of `plumbline agent`.
type Agent struct{ *process.Agent }

// Start starts the agent, again or for the first time, and returns when it answers.
// An agent that ends before is kept, with the error.
func (w *World) Start(ctx context.Context) error {
	a, err := process.Start(ctx, process.Options{
		Program: w.Programs.Agent, Dir: w.Home, Args: []string{"--log-level", "warn"}, Environ: w.Environ,
		Within: limit.Allowed(limit.Start),
		Prepare: func(c *exec.Cmd) {
			c.Stdout = nil
			c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
		},
	})
	w.Agent = nil
	if a != nil {
		w.Agent = &Agent{a}
	}
	return err
}

// Get reads from the API.
func (a *Agent) Get(ctx context.Context, path string, query url.Values, into any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return a.Call(ctx, http.MethodGet, path, nil, into)
}

// All reads a list of the API, from every page.
func All[T any](ctx context.Context, a *Agent, path string, query url.Values) (all []T, err error) {
	for {
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next_cursor"`
		}
		if err := a.Get(ctx, path, query, &page); err != nil {
			return nil, err
		}
		if all = append(all, page.Items...); page.Next == "" {
			return all, nil
		}
		if query = maps.Clone(query); query == nil {
			query = url.Values{}
		}
		query.Set("cursor", page.Next)
	}
}

func largePages() url.Values { return url.Values{"limit": {"1000"}} }

// Post writes to the API.
func (a *Agent) Post(ctx context.Context, path string, body, into any) error {
	return a.Call(ctx, http.MethodPost, path, body, into)
}

// Stop ends the agent as a person would. An agent that does not end is a
// violation.
func (a *Agent) Stop() error { return a.Agent.Stop(limit.Allowed(limit.Stop)) }

// SetToken changes the token of a connection.
func (a *Agent) SetToken(ctx context.Context, alias, token string) error {
	return a.Call(ctx, "PATCH", "/connections/"+alias, map[string]any{"secrets": map[string]string{"token": token}}, nil)
}
