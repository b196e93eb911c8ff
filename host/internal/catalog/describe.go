package catalog

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/host"
)

const (
	// kindDescribed is the kind of an event of the topic connector: more connectors are known.
	kindDescribed = "described"

	maxDescribed  = 2           // programs asked at one moment in the background
	describedPace = time.Second // between two events that say that more is known
)

// Known returns the connectors that are known without asking a program, sorted by id, and
// how many others there are. The others are described in the background, those that first
// names before the rest. Events of the topic connector, kind described, say when more are
// known; the last of them comes when all are.
func (c *Catalog) Known(first []string) (connectors []host.Connector, describing int, err error) {
	connectors, others, err := c.config.Programs.Known(c.pinned())
	if err != nil {
		return nil, 0, err
	}
	for i := range connectors {
		connectors[i] = c.judged(connectors[i])
	}
	if len(others) > 0 {
		c.describe(others, first)
	}
	return connectors, len(others), nil
}

// describe starts the description of connectors unless one goes on: its last event has the
// caller ask again.
func (c *Catalog) describe(ids, first []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.describing || c.background.Err() != nil {
		return
	}
	inUse := func(id string) bool { return slices.Contains(first, id) }
	slices.SortStableFunc(ids, func(a, b string) int {
		switch {
		case inUse(a) == inUse(b):
			return strings.Compare(a, b)
		case inUse(a):
			return -1
		}
		return 1
	})
	c.describing = true
	c.describers.Go(func() { c.describeAll(ids) }) // ends with Stop or its last connector
}

func (c *Catalog) describeAll(ids []string) {
	var asked errgroup.Group
	asked.SetLimit(maxDescribed)
	told := time.Now()
	for _, id := range ids {
		if c.background.Err() != nil {
			break
		}
		if now := time.Now(); now.Sub(told) >= describedPace {
			told = now
			c.config.Events.Publish("connector", "", kindDescribed)
		}
		asked.Go(func() error {
			// Why it cannot be used is part of what is known from now on.
			_, _ = c.config.Programs.Lookup(c.background, id, c.pinned())
			return nil
		})
	}
	_ = asked.Wait() // no call returns an error
	c.mu.Lock()
	c.describing = false
	c.mu.Unlock()
	c.config.Events.Publish("connector", "", kindDescribed)
}

// Stop ends the description of connectors and waits for it.
func (c *Catalog) Stop() {
	c.mu.Lock()
	c.endBackground() // after it describe starts nothing
	c.mu.Unlock()
	c.describers.Wait()
}
