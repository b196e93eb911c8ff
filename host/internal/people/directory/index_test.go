package directory_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// TestTheIndexDoesNotContradictItself makes random changes, and looks after each whether rows, persons and addresses agree.
func TestTheIndexDoesNotContradictItself(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			c := &changes{t: t, ix: directory.New(), random: rand.New(rand.NewPCG(seed, 7)), now: time.Unix(1_780_000_000, 0)}
			for step := range 200 {
				c.step()
				if faults := c.ix.Sound(); len(faults) > 0 {
					t.Fatalf("after step %d the index contradicts itself: %q", step, faults)
				}
			}
		})
	}
}

// changes makes random changes to an index.
type changes struct {
	t      *testing.T
	ix     *directory.Index
	random *rand.Rand
	now    time.Time
}

func (c *changes) pick(of ...string) string { return of[c.random.IntN(len(of))] }

func (c *changes) step() {
	c.t.Helper()
	c.now = c.now.Add(time.Duration(c.random.IntN(48)) * time.Hour)
	c.ix.Today(c.now)
	switch c.random.IntN(6) {
	case 0:
		c.connect()
	case 1:
		c.ix.Prefer(account.PersonPrecedence{Order: []string{c.pick("hr", "hr2", "idp")}}, 1)
	case 2:
		id := directory.AccountID(c.pick("idp", "code"), "all", c.pick("1", "2", "3"))
		kind := account.Kind(c.pick("", "service", "human"))
		c.ix.Decide(id, uint64(c.now.Unix()), account.StoredDecision{Decision: account.Decision{Kind: kind}})
	default:
		c.write(c.pick("hr", "hr2", "idp", "code"))
	}
}

// connect drops a connection, or has all.
func (c *changes) connect() {
	without := c.pick("", "hr", "idp")
	var all []*directory.Connection
	for id, category := range map[string]host.Category{
		"hr": host.CategoryHRIS, "hr2": host.CategoryHRIS, "idp": host.CategoryIdentity, "code": host.CategoryVersionControl,
	} {
		if id != without {
			all = append(all, &directory.Connection{ID: id, Alias: id, Categories: []host.Category{category}})
		}
	}
	c.ix.Connect(all)
}

// write adds a version of a record to a stream, or puts a stream with it in the place of what was known.
func (c *changes) write(connection string) {
	c.t.Helper()
	mark := host.StreamMark{Connection: connection, Name: "all", Kind: string(kind.KindAccount)}
	if connection == "hr" || connection == "hr2" {
		mark.Kind = string(kind.KindPerson)
	}
	if !c.ix.Concerns(mark) {
		return
	}
	doc, err := json.Marshal(map[string]string{
		"name": c.pick("Ann", "Bob"), "email": c.pick("", "a@x.io", "b@x.io", "A@X.io", "c@y.io"), "type": c.pick("human", "service", "unknown"),
		"status": c.pick("active", "terminated"),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	v, err := directory.VersionOf(host.Version{Key: c.pick("1", "2", "3"), At: c.now, Removed: c.random.IntN(4) == 0, Doc: doc})
	if err != nil {
		c.t.Fatal(err)
	}
	if _, known := c.ix.Mark(connection, "all"); known && c.random.IntN(5) > 0 {
		c.ix.Extend(mark, []directory.Version{v})
	} else {
		c.ix.Replace(mark, []directory.Version{v})
	}
}
