package connections

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
)

// DraftEdit is what the form of a connection holds when a person leaves it.
type DraftEdit struct {
	Connector     string          `json:"connector" doc:"Id of the connector"`
	Connection    string          `json:"connection,omitempty" doc:"Id or alias of the connection that is edited"`
	Base          uint64          `json:"base,omitempty" doc:"Revision of the connection that the edit began with"`
	Alias         string          `json:"alias,omitempty"`
	Settings      json.RawMessage `json:"settings,omitempty" doc:"As far as they were entered; a secret is refused"`
	Schedule      string          `json:"schedule,omitempty"`
	Owner         string          `json:"owner,omitempty"`
	Prerequisites []string        `json:"prerequisites,omitempty" doc:"Lines of the guide's prerequisites that are ticked"`
	Steps         []string        `json:"steps,omitempty" doc:"Ids of the guide's steps that are done"`
}

// PutDraft stores a draft under an id that its author chose. It refuses the change when
// ifRevision is not the draft's revision; 0 means any.
func (k *Keeper) PutDraft(ctx context.Context, id string, ifRevision uint64, edit DraftEdit) (host.Draft, error) {
	return actor.Act(ctx, func(host.Actor) (host.Draft, error) {
		draft := host.Draft{
			ID: id, Connector: edit.Connector, Base: edit.Base, Alias: edit.Alias, Settings: edit.Settings, Schedule: edit.Schedule,
			Owner: edit.Owner, Prerequisites: edit.Prerequisites, Steps: edit.Steps,
		}
		if !setting.Given(draft.Settings) {
			draft.Settings = json.RawMessage("{}")
		}
		if edit.Connection != "" {
			connection, err := k.parts.Store.Connection(edit.Connection)
			if err != nil {
				return host.Draft{}, err
			}
			draft.Connection, draft.Connector = connection.ID, connection.Connector
		}
		connector, err := k.parts.Catalog.Lookup(ctx, draft.Connector)
		if err != nil {
			return host.Draft{}, err
		}
		if err := setting.CheckDraft(connector, draft.Settings); err != nil {
			return host.Draft{}, err
		}
		if draft, err = k.parts.Store.PutDraft(ctx, draft, ifRevision); err != nil {
			return host.Draft{}, err
		}
		draft.ConnectorName = connector.Name
		k.parts.Events.Publish("draft", id, "changed")
		return draft, nil
	})
}

// Drafts returns the drafts of a connection, of a connector or, when neither is named, all
// of them, the latest changed first.
func (k *Keeper) Drafts(ctx context.Context, connector, ref string) ([]host.Draft, error) {
	connection := ""
	if ref != "" {
		c, err := k.parts.Store.Connection(ref)
		if err != nil {
			return nil, err
		}
		connection = c.ID
	}
	all, err := k.parts.Store.Drafts()
	if err != nil {
		return nil, err
	}
	drafts := make([]host.Draft, 0, len(all))
	for _, d := range all {
		if (connector == "" || d.Connector == connector) && (connection == "" || d.Connection == connection) {
			drafts = append(drafts, k.named(ctx, d))
		}
	}
	return drafts, nil
}

// Draft returns one draft.
func (k *Keeper) Draft(ctx context.Context, id string) (host.Draft, error) {
	draft, err := k.parts.Store.Draft(id)
	if err != nil {
		return host.Draft{}, err
	}
	return k.named(ctx, draft), nil
}

// named enters the connector's name into a draft.
func (k *Keeper) named(ctx context.Context, draft host.Draft) host.Draft {
	draft.ConnectorName = draft.Connector
	if connector, err := k.parts.Catalog.Lookup(ctx, draft.Connector); err == nil && connector.Name != "" {
		draft.ConnectorName = connector.Name
	}
	return draft
}

// DeleteDraft discards a draft.
func (k *Keeper) DeleteDraft(ctx context.Context, id string) error {
	return actor.Do(ctx, func(host.Actor) error {
		if err := k.parts.Store.DeleteDraft(ctx, id); err != nil {
			return err
		}
		k.parts.Events.Publish("draft", id, "removed")
		return nil
	})
}

// endDraft discards the draft that has become a saved connection. The connection is saved
// already, so a draft that cannot be deleted is only logged.
func (k *Keeper) endDraft(ctx context.Context, id string) {
	if id == "" {
		return
	}
	var problem *host.Problem
	if err := k.DeleteDraft(ctx, id); err != nil && (!errors.As(err, &problem) || problem.Code != host.CodeNotFound) {
		k.parts.Logger.Warn("delete the draft of a saved connection", "draft", id, "err", err)
	}
}

// endDraftsOf discards the drafts of a deleted connection.
func (k *Keeper) endDraftsOf(ctx context.Context, connection string) {
	drafts, err := k.parts.Store.Drafts()
	if err != nil {
		k.parts.Logger.Warn("read the drafts of a deleted connection", "connection", connection, "err", err)
	}
	for _, draft := range drafts {
		if draft.Connection == connection {
			k.endDraft(ctx, draft.ID)
		}
	}
}
