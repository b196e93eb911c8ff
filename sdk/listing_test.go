package sdk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// numbered is a list in pages of ten that a test changes while it is read.
type numbered struct {
	rows   []string
	totals bool
	before func(n *numbered, request int) // called before a request is answered
	more   func(last bool) *bool          // what an answer says of a further page
	asked  int
}

func (n *numbered) page(_ context.Context, at sdk.Place) (sdk.ListPage, error) {
	n.asked++
	if n.before != nil {
		n.before(n, n.asked)
	}
	page := sdk.ListPage{Rows: []json.RawMessage{}}
	for i := at.Offset; i < min(at.Offset+10, len(n.rows)); i++ {
		page.Rows = append(page.Rows, json.RawMessage(n.rows[i]))
	}
	if n.more != nil {
		page.More = n.more(at.Offset+10 >= len(n.rows))
	}
	if n.totals {
		total := len(n.rows)
		page.Total = &total
	}
	return page, nil
}

// insert and remove change the list as if a person joined or left.
func (n *numbered) insert(at int, row string) { n.rows = slices.Insert(n.rows, at, row) }
func (n *numbered) remove(at int)             { n.rows = slices.Delete(n.rows, at, at+1) }

func rowOf(id string) string { return fmt.Sprintf(`{"id":%q}`, id) }

func newNumbered(rows int, totals bool) *numbered {
	n := &numbered{totals: totals}
	for i := range rows {
		n.rows = append(n.rows, rowOf(fmt.Sprintf("r%03d", i)))
	}
	return n
}

// readNumbered reads the list as a stream of a connector.
func readNumbered(t *testing.T, n *numbered) *sdktest.Stream {
	t.Helper()
	c := New()
	key := func(row json.RawMessage) string {
		var r struct {
			ID string `json:"id"`
		}
		_ = json.Unmarshal(row, &r) // what is no object has no key
		return r.ID
	}
	c.Streams[0].Read = func(ctx context.Context, _ *sdk.Session, out *sdk.Output) error {
		list := sdk.Listing{Name: "users", Page: n.page, Key: key, Put: func(row json.RawMessage) error {
			if key(row) == "" {
				out.Gap("a user", sdk.Errorf(sdk.CodeSchemaKeyMissing, "a user has no id"))
				return nil
			}
			return out.Put(key(row), kind.Account{ExternalID: key(row), Vendor: row})
		}}
		return list.Read(ctx, out)
	}
	return sdktest.NewBench(t, c).Sync(t, sdktest.Input{Secrets: map[string]string{"token": "x"}}).Streams["users"]
}

func TestListingThatHoldsStillIsComplete(t *testing.T) {
	t.Parallel()
	for _, totals := range []bool{true, false} {
		for _, rows := range []int{0, 1, 9, 10, 11, 20, 45} {
			s := readNumbered(t, newNumbered(rows, totals))
			if s.Result != "complete" || len(s.Records) != rows || len(s.Keys) != rows {
				t.Errorf("%d rows, totals %v: %s with %d records in %d puts (%v)", rows, totals, s.Result, len(s.Records), len(s.Keys), s.Err)
			}
		}
	}
}

// TestListingThatMovesOnceIsReadAgain adds and removes rows between two pages, once. Every row that exists
// during the whole run must be read.
func TestListingThatMovesOnceIsReadAgain(t *testing.T) {
	t.Parallel()
	// Request 2 is for page 2, so a change before it is between the pages.
	for name, change := range map[string]func(n *numbered){
		"a row of the first page leaves":         func(n *numbered) { n.remove(3) },
		"the last row of the first page leaves":  func(n *numbered) { n.remove(9) },
		"a row joins at the front":               func(n *numbered) { n.insert(0, rowOf("new")) },
		"one leaves, one joins at the end":       func(n *numbered) { n.remove(3); n.insert(len(n.rows), rowOf("new")) },
		"a row of the last page moves to first":  func(n *numbered) { row := n.rows[len(n.rows)-1]; n.remove(len(n.rows) - 1); n.insert(0, row) },
		"a row of the first page moves to last":  func(n *numbered) { row := n.rows[2]; n.remove(2); n.insert(len(n.rows), row) },
		"a row without an id joins at the front": func(n *numbered) { n.insert(0, `{"name":"x"}`) },
	} {
		for _, totals := range []bool{true, false} {
			for _, rows := range []int{11, 20, 25} {
				n := newNumbered(rows, totals)
				n.before = func(n *numbered, request int) {
					if request == 2 {
						change(n)
					}
				}
				s := readNumbered(t, n)
				for _, row := range n.rows {
					if id := row[7 : len(row)-2]; strings.HasPrefix(row, `{"id"`) && s.Records[id] == nil {
						t.Errorf("%s, %d rows, totals %v: %s is %s and lacks %s", name, rows, totals, "the list", s.Result, id)
					}
				}
				if gapped := strings.Contains(name, "without an id"); s.Result != "complete" && !gapped {
					t.Errorf("%s, %d rows, totals %v: %s (%v)", name, rows, totals, s.Result, s.Gaps)
				}
			}
		}
	}
}

// TestListingThatNeverRestsIsAGap removes a row before every second request.
func TestListingThatNeverRestsIsAGap(t *testing.T) {
	t.Parallel()
	for _, totals := range []bool{true, false} {
		n := newNumbered(60, totals)
		n.before = func(n *numbered, request int) {
			if request%2 == 0 {
				n.remove(0)
			}
		}
		s := readNumbered(t, n)
		gap := s.Gaps["users"]
		if s.Result != "complete_with_gaps" || gap == nil || !strings.Contains(gap.Message, "changed each time it was read") ||
			!strings.Contains(gap.Remedy, "Nothing was removed") {
			t.Errorf("totals %v: %s, gaps %v", totals, s.Result, s.Gaps)
		}
	}
}

// TestListingWithUnsteadyOrder serves equal rows in another order on each page, so one row appears twice and
// another one never.
func TestListingWithUnsteadyOrder(t *testing.T) {
	t.Parallel()
	n := newNumbered(15, false)
	n.rows[10] = n.rows[9] // page 2 begins with the last row of page 1; r010 is never shown
	s := readNumbered(t, n)
	if s.Result != "complete_with_gaps" || s.Gaps["users"] == nil ||
		!strings.Contains(s.Gaps["users"].Message, "some rows were on two pages") {
		t.Errorf("%s, gaps %v", s.Result, s.Gaps)
	}
	n = newNumbered(15, true)
	n.rows[10] = n.rows[9]
	s = readNumbered(t, n)
	if s.Result != "complete_with_gaps" || s.Gaps["users"] == nil ||
		!strings.Contains(s.Gaps["users"].Message, "14 different rows, and its total is 15") {
		t.Errorf("with a total: %s, gaps %v", s.Result, s.Gaps)
	}
}

func TestListingWithoutAnEndFails(t *testing.T) {
	t.Parallel()
	endless := 0
	n := &numbered{}
	n.before = func(n *numbered, request int) {
		endless++
		n.rows = append(n.rows, rowOf(fmt.Sprintf("e%d", endless)))
	}
	s := readNumbered(t, n)
	if s.Result != "failed" || s.Err == nil || !strings.Contains(s.Err.Message, "does not end after 10000 pages") {
		t.Errorf("%s, %v, %v", s.Result, s.Err, s.Gaps)
	}
}

func TestListingOfAnswersWithoutAListFails(t *testing.T) {
	t.Parallel()
	c := New()
	c.Streams[0].Read = func(ctx context.Context, _ *sdk.Session, out *sdk.Output) error {
		return (&sdk.Listing{
			Name: "users",
			Page: func(context.Context, sdk.Place) (sdk.ListPage, error) { return sdk.ListPage{}, nil },
		}).Read(ctx, out)
	}
	s := sdktest.NewBench(t, c).Sync(t, sdktest.Input{Secrets: map[string]string{"token": "x"}}).Streams["users"]
	if s.Result != "failed" || s.Err == nil || s.Err.Message != "an answer holds no list of users" {
		t.Errorf("%s, %v", s.Result, s.Err)
	}
}

// TestAnAnswerMaySayThatItIsTheLast ends a list without asking for an empty page, and
// does not end one that goes on behind an empty page.
func TestAnAnswerMaySayThatItIsTheLast(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for _, rows := range []int{0, 1, 10, 25} {
		n := newNumbered(rows, false)
		n.more = func(last bool) *bool {
			if last {
				return &no
			}
			return &yes
		}
		pages := max((rows+9)/10, 1)
		if s := readNumbered(t, n); s.Result != "complete" || len(s.Records) != rows || n.asked != 2*pages-1 {
			t.Errorf("%d rows: %s with %d after %d requests", rows, s.Result, len(s.Records), n.asked)
		}
	}
	n := newNumbered(10, false)
	n.before = func(n *numbered, request int) {
		if request == 5 { // the third page, behind one that is empty
			n.more = func(bool) *bool { return &no }
		}
	}
	n.more = func(bool) *bool { return &yes }
	if s := readNumbered(t, n); s.Result != "complete" || len(s.Records) != 10 {
		t.Errorf("%s with %d, %v", s.Result, len(s.Records), s.Gaps)
	}
}
