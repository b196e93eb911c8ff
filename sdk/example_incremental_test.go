package sdk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// ticketCursor is a position in the list of changes.
type ticketCursor struct {
	Since time.Time `json:"since"`
	Page  string    `json:"page,omitempty"` // in the middle of a run
}

// ticket is a new state of a ticket, or its deletion.
type ticket struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	Updated time.Time `json:"updated"`
	Deleted bool      `json:"deleted"`
}

// ticketOverlap is the time before the cursor that each run reads again, because a change may arrive late.
const ticketOverlap = 10 * time.Minute

// readTickets reads the changes since the cursor. It sends a new cursor after each page.
func readTickets(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	client, err := s.HTTP(sdk.HTTPOptions{BaseURL: ticketsAddress(s)})
	if err != nil {
		return err
	}
	at, begun := ticketCursor{}, time.Now().UTC()
	if _, err := out.Cursor(&at); err != nil { // false: read everything
		return err
	}
	var pages sdk.Pages
	for {
		var body struct {
			Tickets *[]ticket `json:"tickets"`
			Next    string    `json:"next"`
		}
		query := url.Values{"since": {at.Since.Format(time.RFC3339)}, "page": {at.Page}}
		// Acme answers a cursor that is too old with status 410. The SDK then calls Read again
		// without a cursor. If a vendor uses another answer, return CodeCursorExpired.
		answer, err := client.GetJSON(ctx, "/v1/tickets/changes", query, &body)
		if err != nil {
			return err
		}
		if body.Tickets == nil {
			return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer holds no list of tickets")
		}
		if err := pages.Saw(at.Page, answer.Body); err != nil {
			return err
		}
		for _, one := range *body.Tickets {
			if err := sendTicket(out, one); err != nil {
				return err
			}
		}
		if at.Page = body.Next; at.Page == "" {
			// The cursor is never later than the begin of this run. Otherwise the next run
			// would miss a change that happened during this one.
			return out.Checkpoint(ticketCursor{Since: begun.Add(-ticketOverlap)})
		}
		if err := out.Checkpoint(at); err != nil { // the records so far are durable
			return err
		}
	}
}

// ticketsAddress is the setting with the address of the API.
func ticketsAddress(s *sdk.Session) string {
	var settings struct {
		Site  string `json:"site"`
		Limit int    `json:"limit"`
	}
	if err := s.Settings(&settings); err != nil {
		return ""
	}
	return settings.Site
}

// sendTicket sends a change. A ticket is removed only if the vendor reports its deletion. A
// ticket that is not in the answer has not changed.
func sendTicket(out *sdk.Output, one ticket) error {
	if one.Deleted {
		return out.Remove(one.ID)
	}
	return out.PutUpdated(one.ID, kind.Ticket{ExternalID: one.ID, Title: one.Title, Status: "unknown"}, one.Updated)
}

// A stream that reads only changes declares this, and how deletions become visible.
func ExampleStream() {
	tickets := sdk.Stream{
		Name: "tickets", Title: "Tickets", Kind: kind.KindTicket,
		Incremental: true,          // keeps its cursor between runs
		Deletes:     sdk.Tombstone, // the vendor reports deletions
		Read:        readTickets,
	}
	fmt.Println(tickets.Name, tickets.Deletes)
	// Output: tickets tombstone
}

// TestTheIncrementalExample reads everything, then one change and one removal. Then the vendor refuses the cursor.
func TestTheIncrementalExample(t *testing.T) {
	t.Parallel()
	asked := []string{}
	vendor := sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		since := r.URL.Query().Get("since")
		asked = append(asked, since)
		w.Header().Set("Content-Type", "application/json")
		switch since {
		case "0001-01-01T00:00:00Z":
			_, _ = w.Write([]byte(`{"tickets":[{"id":"t1","title":"One"},{"id":"t2","title":"Two"}]}`))
		case "2026-01-02T00:00:00Z":
			w.WriteHeader(http.StatusGone)
		default:
			_, _ = w.Write([]byte(`{"tickets":[{"id":"t1","title":"Uno"},{"id":"t2","deleted":true}]}`))
		}
	}))
	c := connector(nil, incremental, func(c *sdk.Connector) {
		c.Streams[0].Kind, c.Streams[0].Deletes = kind.KindTicket, sdk.Tombstone
		c.Streams[0].Read = readTickets
	})
	for name, test := range map[string]struct {
		cursor  string
		records int
		removed int
	}{
		"first":   {"", 2, 0},
		"changes": {`{"since":"2026-02-03T00:00:00Z"}`, 1, 1},
		"refused": {`{"since":"2026-01-02T00:00:00Z"}`, 2, 0},
	} {
		in := input()
		in.Settings = map[string]any{"site": vendor.URL}
		if test.cursor != "" {
			in.Cursors = map[string]json.RawMessage{"users": json.RawMessage(test.cursor)}
		}
		got := sdktest.NewBench(t, c).Sync(t, in).Streams["users"]
		if got.Result != "complete" || len(got.Records) != test.records || len(got.Removed) != test.removed {
			t.Errorf("%s: %s with %d records, %d removed (%v) after %v", name, got.Result, len(got.Records), len(got.Removed), got.Err, asked)
		}
	}
}
