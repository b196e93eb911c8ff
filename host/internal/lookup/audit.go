package lookup

import (
	"context"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

// AuditQuery asks for entries of the audit log.
type AuditQuery = journal.AuditQuery

// Audit returns who changed what, newest first, and the cursor of the following page.
func (l *Lookup) Audit(ctx context.Context, q AuditQuery) ([]host.Entry, string, error) {
	return l.parts.Store.Audit(ctx, q)
}

// When parses a bound of a span of time: an RFC 3339 time, or a date, which stands for the
// beginning or the end of that day in the time zone of schedules. Empty is the zero time.
func (l *Lookup) When(field, text string, end bool) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	date, err := time.ParseInLocation(time.DateOnly, text, l.parts.Location)
	if err != nil {
		return time.Time{}, host.Invalid(field, text, "must be a time such as 2026-01-31T12:00:00Z or a date such as 2026-01-31")
	}
	if !end {
		return date, nil
	}
	return date.AddDate(0, 0, 1).Add(-1), nil
}
