package assess

import (
	"context"
	"fmt"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
)

// mostTries is how often tests are judged for one answer while connections are removed.
const mostTries = 5

// settled judges again when a connection was removed meanwhile: its records go in pieces, so what was read of it is less than there
// was, or could not be read.
func (a *Assessor) settled(ctx context.Context, judge func() (map[string]Judged, error)) (map[string]Judged, error) {
	for range mostTries {
		before, err := a.connected()
		if err != nil {
			return nil, err
		}
		judged, wrong := judge()
		after, err := a.connected()
		if err != nil {
			return nil, err
		}
		removed := slices.ContainsFunc(before, func(id string) bool { return !slices.Contains(after, id) })
		if !removed || ctx.Err() != nil {
			return judged, wrong
		}
	}
	return nil, host.Refused(host.CodeConflict, "Ask again when no connection is being removed.",
		"tests cannot be judged, because connections were removed meanwhile")
}

// connected returns the ids of the connections that there are.
func (a *Assessor) connected() (ids []string, err error) {
	all, err := a.parts.Store.Connections()
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	return ids, nil
}
