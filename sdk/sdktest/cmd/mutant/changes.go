package main

import (
	"context"
	"errors"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// changeCursor is the cursor of the list of changes.
type changeCursor struct {
	Since int64 `json:"since"`
	Page  int   `json:"page,omitempty"`          // during a run
	Seen  int64 `json:"seen,omitempty"`          // the latest change of this run
	Old   int64 `json:"updated_after,omitempty"` // of the previous release
}

// overlap is the time before the cursor that a run reads again: rows may arrive late.
const overlap = 50

func (m *reader) findings(ctx context.Context, a api, out *sdk.Output) error {
	var at changeCursor
	known, err := out.Cursor(&at)
	if err != nil {
		return err
	}
	switch {
	case m.is("C8") && !known && out.Resuming():
	case m.is("C8") && known && at == changeCursor{}:
		os.Exit(3)
	case m.is("C7") && at.Old > 0:
		return sdk.Errorf(sdk.CodeInternalBug, "the cursor is of another release")
	case at.Old > 0:
		at = changeCursor{Since: at.Old}
	}
	err = m.changes(ctx, a, out, at)
	if sdk.CodeOf(err) == sdk.CodeNotFoundEndpoint && at.Since > 0 { // 410: too long ago
		switch m.fault {
		case "C9":
			return nil
		case "C20":
			return sdk.Errorf(sdk.CodeInternalBug, "the moment is refused")
		}
	}
	return err // the SDK reads everything after a 410
}

// from returns the first moment of the query.
func (m *reader) from(at changeCursor) int64 {
	if m.is("C3") {
		return at.Since // skips a later row with the same moment
	}
	return max(at.Since-overlap, 0)
}

func (m *reader) changes(ctx context.Context, a api, out *sdk.Output, at changeCursor) error {
	at.Page, at.Seen = max(at.Page, 1), max(at.Seen, at.Since)
	var removed []string
	for {
		query := url.Values{"since": {strconv.FormatInt(m.from(at), 10)}, "page": {strconv.Itoa(at.Page)}}
		l, all, err := m.page(ctx, a, "/findings", query)
		if err != nil && m.is("X7") {
			return nil // treats it as the end
		}
		if err != nil && m.is("C12") {
			return errors.Join(out.Checkpoint(changeCursor{Since: 300}), err)
		}
		if err != nil {
			return err
		}
		edge := at.Seen
		for i, one := range all {
			switch {
			case m.is("C4") && at.Page > 1 && one.Updated <= edge, m.is("C5") && one.Updated < at.Since:
				continue
			case one.Deleted && m.is("X1"):
			case one.Deleted && m.is("X5"):
				removed = append(removed, one.ID)
			case one.Deleted:
				err = out.Remove(one.ID)
			default:
				err = m.finding(out, at, one, l.Items[i])
			}
			if err != nil {
				return err
			}
			if one.Updated < time.Now().Unix() || m.is("C6") {
				at.Seen = max(at.Seen, one.Updated)
			}
		}
		if l.Next == 0 {
			break
		}
		at.Page = l.Next
		if err := out.Checkpoint(at); err != nil {
			return err
		}
	}
	for _, id := range removed {
		if err := out.Remove(id); err != nil {
			return err
		}
	}
	return out.Checkpoint(changeCursor{Since: at.Seen})
}

func (m *reader) finding(out *sdk.Output, at changeCursor, one item, raw []byte) error {
	title := one.Title
	if m.is("C2") && at.Since > 0 {
		title += " (again)"
	}
	err := out.PutUpdated(one.ID, kind.Finding{ExternalID: one.ID, Title: title, Severity: "low", Status: "open", Vendor: raw}, updated(one))
	if err != nil && sdk.CodeOf(err) != sdk.CodeLimitRecordTooLarge {
		return err
	}
	return nil
}

// updated is the time of the change, never in the future.
func updated(one item) time.Time { return time.Unix(min(one.Updated, time.Now().Unix()), 0) }
