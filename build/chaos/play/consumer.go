package play

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"

	"github.com/plumbline-dev/plumbline/build/chaos/upstream"
)

// consumer reads the feed of all changes with a cursor of its own, at any time and
// across the agent's lives.
type consumer struct {
	position string        // in the feed
	taken    []host.Change // in the order they came
	keys     map[string]bool
	last     time.Time // commit time of the last one
}

func newConsumer() consumer { return consumer{keys: map[string]bool{}} }

// changes returns the connection's whole change log, oldest first.
func (w *World) changes(ctx context.Context) ([]host.Change, error) {
	all, err := All[host.Change](ctx, w.Agent, "/connections/"+Alias+"/changes", largePages())
	if !slices.IsSortedFunc(all, func(a, b host.Change) int { return b.At.Compare(a.At) }) {
		w.Complain("log", "the changes are not listed newest first")
	}
	slices.SortStableFunc(all, func(a, b host.Change) int { return a.At.Compare(b.At) }) // of one commit in their order
	return all, err
}

// feedPage is how many changes the consumer takes at once: few, so that pages
// end within commits.
const feedPage = "5"

// read takes what is new from the feed of all changes.
func (c *consumer) read(ctx context.Context, w *World) error {
	for {
		var p struct {
			Items []host.FeedChange `json:"items"`
			Next  string            `json:"next"`
		}
		if err := w.Agent.Get(ctx, "/changes", url.Values{"after": {c.position}, "limit": {feedPage}}, &p); err != nil {
			if w.Agent.Alive() && c.position != "" && strings.Contains(err.Error(), "422") {
				w.Complain("feed", "the position %s, which it gave, is refused: %v", c.position, err)
			}
			return err
		}
		for _, fresh := range p.Items {
			if fresh.At.Before(c.last) {
				w.Complain("log", "commit times do not count up: %s after %s", words(fresh.Change), c.last.Format(time.RFC3339Nano))
			}
			if c.keys[fresh.IdempotencyKey] {
				w.Complain("feed", "%s came twice", words(fresh.Change))
			}
			c.keys[fresh.IdempotencyKey] = true
			c.taken, c.last = append(c.taken, fresh.Change), fresh.At
		}
		if c.position = p.Next; len(p.Items) == 0 {
			return nil
		}
	}
}

// replay returns the state that the changes taken so far amount to.
func (c *consumer) replay() map[string]string {
	state := map[string]string{}
	for _, change := range c.taken {
		if change.Kind == host.ChangeRemoved {
			delete(state, upstream.ID(change.Stream, change.Key))
			continue
		}
		state[upstream.ID(change.Stream, change.Key)] = change.Hash
	}
	return state
}

// feedOracle compares the changes that the consumer took from the feed with the
// connection's log at the end. They must be the same, in the same order.
func (w *World) feedOracle(ctx context.Context) error {
	if err := w.consumer.read(ctx, w); err != nil {
		return err
	}
	whole, err := w.changes(ctx)
	if err != nil {
		return err
	}
	if len(whole) != len(w.consumer.taken) {
		w.Complain("feed", "the consumer took %d changes, the log holds %d", len(w.consumer.taken), len(whole))
		return nil
	}
	for i, c := range whole {
		if c != w.consumer.taken[i] {
			w.Complain("feed", "change %d was %s when it was taken and is now %s", i, words(w.consumer.taken[i]), words(c))
			return nil
		}
	}
	return nil
}

func words(c host.Change) string {
	return fmt.Sprintf("%s %s/%s %.8s by run %s at %s", c.Kind, c.Stream, c.Key, c.Hash, c.Run, c.At.Format(time.RFC3339Nano))
}
