package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/assistant"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// assistantPolicies is what each client may read, where a person has set it.
func (a *App) assistantPolicies() *documents.Collection[assistant.Policy] {
	return documents.NewCollection(a.parts.Store.Documents, "assistant", func(p assistant.Policy) string { return p.Client })
}

// assistantCalls has the latest call of each client. The audit log has every one.
func (a *App) assistantCalls() *documents.Collection[assistant.Call] {
	return documents.NewCollection(a.parts.Store.Documents, "assistant_call", func(c assistant.Call) string { return c.Tool })
}

// AssistantPolicy returns what a client may read.
func (a *App) AssistantPolicy(client string) (assistant.Policy, error) {
	stored, err := a.assistantPolicies().Get(client)
	if host.IsNotFound(err) {
		return assistant.Default(client), assistant.ValidateClient(client)
	}
	return stored.Value, err
}

// Assistants returns the clients that have called a tool or have a policy of their own, by name.
func (a *App) Assistants() ([]assistant.Client, error) {
	policies, err := a.assistantPolicies().List()
	if err != nil {
		return nil, err
	}
	calls, err := a.assistantCalls().List()
	if err != nil {
		return nil, err
	}
	list := make([]assistant.Client, 0, len(policies)+len(calls))
	for _, p := range policies {
		list = append(list, assistant.Client{Policy: p.Value, Stored: true})
	}
	for _, c := range calls {
		at := slices.IndexFunc(list, func(one assistant.Client) bool { return one.Client == c.Key })
		if at < 0 {
			at = len(list)
			list = append(list, assistant.Client{Policy: assistant.Default(c.Key)})
		}
		last := c.UpdatedAt.UTC()
		list[at].Calls, list[at].LastAt, list[at].LastTool, list[at].Program = c.Value.Calls, &last, c.Value.Tool, c.Value.Program
	}
	slices.SortFunc(list, func(a, b assistant.Client) int { return strings.Compare(a.Client, b.Client) })
	return list, nil
}

// SetAssistant sets what a client may read.
func (a *App) SetAssistant(ctx context.Context, p assistant.Policy) (assistant.Policy, error) {
	return actor.Act(ctx, func(host.Actor) (assistant.Policy, error) {
		if p.WithheldKinds == nil {
			p.WithheldKinds = []string{}
		}
		if p.WithheldFields == nil {
			p.WithheldFields = []string{}
		}
		if err := p.Validate(kindNames()); err != nil {
			return p, err
		}
		stored, err := a.assistantPolicies().Get(p.Client)
		if err != nil && !host.IsNotFound(err) {
			return p, err
		}
		if _, err := a.assistantPolicies().Put(ctx, p.Client, p, stored.Revision); err != nil {
			return p, err
		}
		a.parts.Events.Publish("assistant", p.Client, "changed")
		return p, nil
	})
}

// RemoveAssistant takes back what was set for a client: it may read what any client may.
func (a *App) RemoveAssistant(ctx context.Context, client string) error {
	return actor.Do(ctx, func(host.Actor) error {
		if err := a.assistantPolicies().Delete(ctx, client, 0); err != nil {
			return err
		}
		a.parts.Events.Publish("assistant", client, "changed")
		return nil
	})
}

// RecordAssistantCall enters a call into the audit log and returns it with its number. The actor is the assistant.
func (a *App) RecordAssistantCall(ctx context.Context, call assistant.Call) (assistant.Call, error) {
	return actor.Act(ctx, func(host.Actor) (assistant.Call, error) {
		before, err := a.assistantCalls().Get(call.Client)
		if err != nil && !host.IsNotFound(err) {
			return call, err
		}
		call.Calls = before.Value.Calls + 1
		if _, err := a.assistantCalls().Put(ctx, call.Client, call, before.Revision); err != nil {
			return call, fmt.Errorf("enter call of an assistant into the audit log: %w", err)
		}
		a.parts.Events.Publish("assistant", call.Client, "called")
		return call, nil
	})
}

// kindNames returns the names of every kind.
func kindNames() []string {
	names := make([]string, 0, len(kind.Kinds()))
	for _, k := range kind.Kinds() {
		names = append(names, string(k))
	}
	return names
}
