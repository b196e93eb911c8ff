package assess

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// freshFor is how old a list may always be.
const freshFor = 48 * time.Hour

// lists returns the streams of the connections that there are, with how far each can be relied on, by alias and name.
func (a *Assessor) lists(ctx context.Context, at time.Time) ([]list, error) {
	shared, err := a.parts.Statuses.Shared()
	if err != nil {
		return nil, err
	}
	stored, err := a.parts.Store.Connections()
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	var all []list
	for _, c := range stored {
		if c.Disconnection != nil {
			continue
		}
		status, err := a.parts.Statuses.With(ctx, c, shared)
		if err != nil {
			return nil, err
		}
		part, err := a.parts.Statuses.InPart(c.ID)
		if err != nil {
			return nil, err
		}
		of := monitor.Connection{ID: c.ID, Alias: c.Alias, Connector: c.Connector}
		if len(status.Categories) > 0 {
			of.Category = string(status.Categories[0])
		}
		for _, s := range status.Streams {
			one := list{Reading: readingOf(status, s, slices.Contains(part, s.Name)), connection: of, categories: status.Categories}
			if one.AsOf != nil {
				one.Stale = at.Sub(*one.AsOf) > max(freshFor, 2*a.parts.Statuses.Period(c.Schedule, at))
			}
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(one, two list) int {
		return strings.Compare(one.Alias+"\x00"+one.Stream, two.Alias+"\x00"+two.Stream)
	})
	return all, nil
}

// readingOf says how far a stream can be relied on.
func readingOf(status host.ConnectionStatus, s host.StreamStats, inPart bool) verdict.Reading {
	source := verdict.Reading{
		Connection: status.ID, Alias: status.Alias, Stream: s.Name, Kind: s.Kind, Categories: status.Categories, AsOf: s.LastCompleteAt,
	}
	if status.LastRun != nil {
		source.Run = status.LastRun.ID
	}
	source.Complete = s.LastCompleteAt != nil && !inPart && s.Held == nil
	switch {
	case s.FirstReadAt == nil:
		source.Gaps = []string{"It was never read."}
	case s.Held != nil:
		source.Gaps = []string{s.Held.Explanation}
	case s.LastCompleteAt == nil:
		source.Gaps = []string{"It was never read to its end."}
	case inPart:
		source.Gaps = []string{"The latest run read it in part."}
	}
	return source
}
