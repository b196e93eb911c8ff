package assess

import (
	"context"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Stream is a list of a test's world.
type Stream struct{ Connection, Alias, Connector, Name, Kind, Category string }

// Streams makes the lists those that a world has, all read whole and now.
func (a *Assessor) Streams(all func() []Stream) {
	a.listed = func(_ context.Context, at time.Time) ([]list, error) {
		var lists []list
		for _, s := range all() {
			lists = append(lists, list{
				Reading:    verdict.Reading{Connection: s.Connection, Alias: s.Alias, Stream: s.Name, Kind: s.Kind, AsOf: &at, Complete: true},
				connection: monitor.Connection{ID: s.Connection, Alias: s.Alias, Connector: s.Connector, Category: s.Category},
				categories: []host.Category{host.Category(s.Category)},
			})
		}
		return lists, nil
	}
}

// Use makes the rules those of another rulebook, as another version of the product does.
func (a *Assessor) Use(rules *rulebook.Rulebook) {
	a.parts.Rules, a.rules = rules, nil
}

// Overlook makes the assessor take what a variable of joins has as never changed.
func (a *Assessor) Overlook(variable string) {
	a.blind = func(one string) bool { return one == variable }
}

// Evaluate judges every record of every test.
func (a *Assessor) Evaluate(ctx context.Context) (map[string]verdict.Judged, error) {
	rules, err := a.parts.Rules.Rules(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	return a.evaluate(ctx, rules, a.parts.Now(), false)
}

// Judge brings the results up to date as the background does, and records what changed.
func (a *Assessor) Judge(ctx context.Context) error {
	_, err := a.bringUp(ctx, demand{follows: true})
	return err
}

// verdict.Judged returns how many records the latest round judged.
func (a *Assessor) Judged() int { return a.judged }

// Ending returns how long the follower waits at most before it judges again because an exclusion ends.
func (a *Assessor) Ending(most time.Duration) time.Duration { return a.ending(most) }

// Follows makes answers those of an assessor that is followed, without the follower.
func (a *Assessor) Follows(is bool) { a.follows = is }
