package app_test

import (
	"fmt"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// TestJudgedWhileConnectionsAreRemoved removes connections while tests are judged: every answer is given, and has each list whole or
// not at all.
func TestJudgedWhileConnectionsAreRemoved(t *testing.T) {
	t.Parallel()
	const all = 2
	e := setup(t)
	for i := range all {
		alias := fmt.Sprintf("c%d", i)
		add(t, e, connections.NewConnection{Alias: alias, Settings: raw(`{"streams":[{"name":"users","records":1200,"varied":true}]}`)})
		sync(t, e, alias)
	}
	judge := func() (items map[string]int) {
		items = map[string]int{}
		judged, err := e.Tests(as(t))
		if err != nil {
			t.Errorf("an answer was not given: %v", err)
		}
		for _, one := range judged {
			items[one.ID] = one.Result.Tally.InScope
		}
		return items
	}
	whole := judge()
	removed := make(chan error, 1)
	go func() { // ends when every connection is removed
		for i := range all {
			if err := e.RemoveConnection(as(t), fmt.Sprintf("c%d", i)); err != nil {
				removed <- err
				return
			}
		}
		removed <- nil
	}()
	answers, looked := 0, 0
	for over := false; !over; {
		select {
		case err := <-removed:
			if over = true; err != nil {
				t.Fatal(err)
			}
		default:
		}
		answers++
		for id, items := range judge() {
			if whole[id] == 0 {
				continue
			}
			looked++
			if each := whole[id] / all; items%each != 0 {
				t.Errorf("%s judged %d items, and a list has %d", id, items, each)
			}
		}
	}
	if looked == 0 {
		t.Error("no test judges what was read")
	}
	t.Logf("%d answers while %d connections were removed", answers, all)
}
