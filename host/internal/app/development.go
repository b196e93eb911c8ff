package app

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/development"
)

// DevelopmentRequest names a program that is to be used as a connector.
type DevelopmentRequest struct {
	Program string `json:"program" doc:"Absolute path of a program, a *.connector.yaml, or the file that a connector started by hand wrote"`
	Source  string `json:"source,omitempty" doc:"What its author works on, as messages name it; else the program"`
	Attach  bool   `json:"attach,omitempty" doc:"The program is such a file, and its process is used as it is"`
}

// StartDevelopment uses a program as the connector that it says it is, until its lease
// ends.
func (a *App) StartDevelopment(ctx context.Context, request DevelopmentRequest) (host.Development, error) {
	return actor.Act(ctx, func(host.Actor) (host.Development, error) {
		return a.parts.Developments.Start(ctx, development.Request(request))
	})
}

// ReloadDevelopment uses another program from the next run on. A program that cannot
// be used changes nothing: the last good one stays. Runs under way are not disturbed.
func (a *App) ReloadDevelopment(ctx context.Context, id string, request DevelopmentRequest) (host.Development, error) {
	return actor.Act(ctx, func(host.Actor) (host.Development, error) {
		return a.parts.Developments.Reload(ctx, id, development.Request(request))
	})
}

// RenewDevelopment keeps a development for another lease.
func (a *App) RenewDevelopment(ctx context.Context, id string) (host.Development, error) {
	return actor.Act(ctx, func(host.Actor) (host.Development, error) {
		return a.parts.Developments.Renew(id)
	})
}

// EndDevelopment uses the connector's own program again.
func (a *App) EndDevelopment(ctx context.Context, id string) error {
	return actor.Do(ctx, func(host.Actor) error {
		return a.parts.Developments.End(id)
	})
}
