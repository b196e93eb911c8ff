package people_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
)

// following is an index that follows a company's journal in the background. Its connectors are described when release is closed.
func (c *company) following(release <-chan struct{}) (p *people.People, changes chan string) {
	c.t.Helper()
	changes = make(chan string, 1000)
	p = people.Open(people.Config{
		Journal: c.journal, Limits: limits, Follow: true,
		Connector: func(ctx context.Context, id string) (host.Connector, error) {
			select {
			case <-release:
			case <-ctx.Done():
				return host.Connector{}, ctx.Err()
			}
			return host.Connector{ID: id, Name: strings.ToUpper(id), Categories: []host.Category{categories[id]}}, nil
		},
		Changed: func(id, kind string) { changes <- strings.TrimSpace(kind + " " + id) },
	})
	c.t.Cleanup(p.Close)
	return p, changes
}

func heard(t *testing.T, changes <-chan string, want string) {
	t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case got := <-changes:
			if got == want {
				return
			}
		case <-late:
			t.Fatalf("%q was not heard", want)
		}
	}
}

// TestItSaysThatItIsBeingBuilt makes sure that a list which is not complete does not look complete.
func TestItSaysThatItIsBeingBuilt(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.write("code", map[string]any{"x": acct("octo", "home@z.io")})
	release := make(chan struct{})
	p, changes := c.following(release)
	found, err := p.Accounts(t.Context(), directory.Query{Page: account.PageAll, Limit: 10})
	must(t, err)
	if found.Position.State != "building" || found.Position.Explanation == "" || len(found.Accounts) != 0 {
		t.Errorf("before it is built it answers %+v", found)
	}
	_, _, err = p.Account(t.Context(), directory.AccountID(c.ids["code"], "account", "x"), account.PageAll)
	problem(t, err, host.CodeBusy)
	err = p.Decide(as("ann"), actor("ann"), directory.AccountID(c.ids["code"], "account", "x"), account.Decision{Note: "n"}, nil)
	problem(t, err, host.CodeBusy)
	_, err = p.Accounts(t.Context(), directory.Query{Sort: "shoes"})
	problem(t, err, host.CodeInvalid)
	close(release)
	heard(t, changes, people.ChangeBuilt)
	found, err = p.Accounts(t.Context(), directory.Query{Page: account.PageAll, Limit: 10})
	must(t, err)
	if found.Position.State != "following" || len(found.Accounts) != 1 || found.Position.AsOf == nil || found.Position.Streams != 1 {
		t.Errorf("once it is built it answers %+v", found)
	}
}

// TestChangesAreHeard makes sure that screens get a hint of every change, and that the background takes up what nobody asks for.
func TestChangesAreHeard(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.write("code", map[string]any{"x": acct("octo", "home@z.io")})
	release := make(chan struct{})
	close(release)
	p, changes := c.following(release)
	heard(t, changes, people.ChangeBuilt)
	c.write("hr", map[string]any{"1": hr("Ann", "ann@x.io", "active")})
	heard(t, changes, people.ChangeRecords)
	id := directory.AccountID(c.ids["code"], "account", "x")
	must(t, p.Decide(as("ann"), actor("ann"), id, account.Decision{Note: "n"}, nil))
	heard(t, changes, people.ChangeDecided+" "+id)
	// A decision that another index makes is a change, too.
	must(t, c.people.Decide(as("ben"), actor("ben"), id, account.Decision{Note: "other"}, nil))
	heard(t, changes, people.ChangeRecords)
	_, err := p.SetSources(as("ann"), account.PersonPrecedence{Order: []string{c.ids["hr"]}}, nil)
	must(t, err)
	heard(t, changes, people.ChangeSources)
}

// TestAnswersWhileItFollows asks, decides and reads at the same time; the race detector watches.
func TestAnswersWhileItFollows(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.write("hr", map[string]any{"1": hr("Ann", "ann@x.io", "active")})
	c.write("code", map[string]any{"x": acct("octo", "home@x.io")})
	release := make(chan struct{})
	close(release)
	p, changes := c.following(release)
	heard(t, changes, people.ChangeBuilt)
	id := directory.AccountID(c.ids["code"], "account", "x")
	var wg sync.WaitGroup
	for _, work := range []func() error{
		func() error {
			return p.Decide(as("ann"), actor("ann"), id, account.Decision{Note: time.Now().String()}, nil)
		},
		func() error {
			_, err := p.Accounts(t.Context(), directory.Query{Page: account.PageAll, Limit: 10})
			return err
		},
		func() error { _, err := p.People(t.Context(), directory.Query{Limit: 10}); return err },
		func() error {
			_, err := p.Suggestions(t.Context(), directory.SuggestionQuery{Page: account.PageAll, Limit: 10})
			return err
		},
	} {
		wg.Go(func() {
			for range 30 {
				if err := work(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 10 {
		c.write("hr", map[string]any{"1": hr("Ann", []string{"ann@x.io", "octo@x.io"}[i%2], "active")})
	}
	wg.Wait()
	same(t, "the index after all", c.dump(p), c.dump(c.build()))
}
