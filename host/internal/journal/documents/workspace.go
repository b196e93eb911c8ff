package documents

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
)

// workspaceKey is the key of the only document of its collection.
const workspaceKey = "workspace"

// Workspace returns what is true of the whole journal.
func (d *Documents) Workspace() (host.Workspace, error) {
	all, err := d.workspaces.List()
	if err != nil || len(all) == 0 {
		return host.Workspace{}, err
	}
	return all[0].Value, nil
}

// MakeDemo marks a journal as that of a demo. Nothing takes the mark away, and a backup has it too.
func (d *Documents) MakeDemo(ctx context.Context) error {
	_, err := d.workspaces.Put(ctx, workspaceKey, host.Workspace{Demo: true}, 0)
	return err
}
