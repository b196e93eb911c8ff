package fleet

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/insight"
)

// reach remembers how many people causes affect: counting them reads every account.
type reach struct {
	mu     sync.Mutex
	asOf   time.Time // of the accounts that were counted
	masks  map[string]uint16
	people []int
}

// reaching adds to each cause the lists and the people that it affects.
func (f *Fleet) reaching(ctx context.Context, i *Insights, members []member) error {
	of := make(map[string]*host.ConnectionStatus, len(members))
	for k := range members {
		of[members[k].ID] = &members[k].ConnectionStatus
	}
	masks := map[string]uint16{}
	for k := range i.Cause {
		cause := &i.Cause[k]
		for _, a := range cause.Affected {
			masks[a.Connection] |= 1 << k
			addLists(cause, of[a.Connection], a.Streams)
		}
		slices.SortFunc(cause.Lists, func(a, b insight.ListReach) int { return strings.Compare(a.Kind, b.Kind) })
	}
	if len(masks) == 0 {
		return nil
	}
	people, err := f.reached(ctx, masks)
	if err != nil {
		return err
	}
	if people == nil {
		i.Lacking = append(i.Lacking, LackingPart{Part: "people", Reason: "The accounts are still being read."})
		return nil
	}
	for k := range i.Cause {
		i.Cause[k].People = &people[k]
	}
	return nil
}

// addLists adds the streams of a connection to the lists that they are part of.
func addLists(cause *insight.CauseFigures, c *host.ConnectionStatus, streams []string) {
	for _, s := range c.Streams {
		if s.Kind == "" || !slices.Contains(streams, s.Name) {
			continue
		}
		at := slices.IndexFunc(cause.Lists, func(l insight.ListReach) bool { return l.Kind == s.Kind })
		if at < 0 {
			at = len(cause.Lists)
			cause.Lists = append(cause.Lists, insight.ListReach{Kind: s.Kind})
		}
		cause.Lists[at].Streams++
		cause.Lists[at].Records += s.Records
	}
}

// reached counts people by the bits of masks of connections, nil while the accounts are read.
func (f *Fleet) reached(ctx context.Context, masks map[string]uint16) ([]int, error) {
	f.reach.mu.Lock()
	defer f.reach.mu.Unlock()
	position := f.parts.People.Position()
	if f.reach.people != nil && position.AsOf != nil && position.AsOf.Equal(f.reach.asOf) && maps.Equal(masks, f.reach.masks) {
		return slices.Clone(f.reach.people), nil
	}
	people, asOf, err := f.parts.People.Reached(ctx, masks)
	if err != nil || people == nil {
		return nil, err
	}
	f.reach.people, f.reach.masks, f.reach.asOf = people, masks, asOf
	return slices.Clone(people), nil
}
