package read

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// cursor is what a stream of changes keeps between runs: everything that changed before
// Since was read.
type cursor struct {
	Since time.Time `json:"since"`
}

func (c cursor) String() string { return "changes since " + c.Since.Format(time.RFC3339) }

// span is a time for which changes are asked, and the latest change that was seen in it.
type span struct {
	from, to time.Time
	latest   time.Time
}

// scope returns the window for expressions.
func (s span) scope(format string) plan.Scope {
	return plan.Scope{"window": map[string]any{"from": written(s.from, format), "to": written(s.to, format)}}
}

// written returns a moment as the system wants it.
func written(at time.Time, format string) any {
	at = at.UTC()
	switch format {
	case "", "rfc3339":
		return at.Format(time.RFC3339)
	case "date":
		return at.Format(time.DateOnly)
	case "unix":
		return at.Unix()
	case "unix_ms":
		return at.UnixMilli()
	}
	return at.Format(format)
}

// spanOf returns the whole time of a stream of changes, from its start until now.
func (d *reading) spanOf(ctx context.Context, s *plan.Stream) (span, error) {
	text, err := s.Incremental.Start.Value(ctx, d.caller.Scope)
	if err != nil || text == nil {
		return span{}, sdk.Errorf(sdk.CodeConfigInvalid, "stream %s has no start: %v", s.File.Name, err)
	}
	from, err := moment(text)
	if err != nil {
		return span{}, sdk.Errorf(sdk.CodeConfigInvalid, "the start of stream %s is not a moment: %v", s.File.Name, text)
	}
	return span{from: from, to: d.plan.Now().UTC()}, nil
}

// moment reads a moment as the expressions yield it, or as vendors write it.
func moment(value any) (time.Time, error) {
	text := fmt.Sprint(value)
	if at, err := kind.ParseTime(text); err == nil && !at.IsZero() {
		return at.Time, nil
	}
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return at, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return time.Time{}, fmt.Errorf("read moment: %w", err)
	case n > 100_000_000_000: // milliseconds
		return time.UnixMilli(n), nil
	}
	return time.Unix(n, 0), nil
}

// note remembers when an item changed. What is dated after the beginning of the read says
// nothing: a cursor taken from it would leave out what changes until then.
func (d *reading) note(ctx context.Context, view plan.Scope) {
	i := d.stream.Incremental
	if i == nil {
		return
	}
	value, err := i.Cursor.Value(ctx, view)
	if err != nil || value == nil {
		return
	}
	at, err := moment(value)
	if err != nil || at.After(d.since.to) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if at.After(d.since.latest) {
		d.since.latest = at
	}
}

// changes reads what changed since the last run, one window after the other. A window
// that left gaps is read again by the next run, with those behind it.
func (d *reading) changes(ctx context.Context) error {
	i := d.stream.Incremental
	whole, err := d.spanOf(ctx, d.stream)
	if err != nil {
		return err
	}
	d.since.to = whole.to
	var known cursor
	goesOn, err := d.out.Cursor(&known)
	if err != nil {
		return err
	}
	if goesOn && known.Since.After(whole.from) {
		d.since.latest = known.Since
		whole.from = latest(whole.from, known.Since.Add(-i.Overlap))
	}
	for _, window := range cutInto(whole, i.Window) {
		if err := d.once(ctx, d.caller.Scope.With(window.scope(i.Format))); err != nil {
			return err
		}
		if d.gapCount() > 0 {
			continue
		}
		d.mu.Lock()
		if window.to.Before(whole.to) {
			d.since.latest = latest(d.since.latest, window.to)
		}
		reached := cursor{Since: d.since.latest.UTC()}
		d.mu.Unlock()
		if reached.Since.IsZero() {
			continue // nothing ever changed: the next run begins at the start
		}
		if err := d.out.Checkpoint(reached); err != nil {
			return err
		}
	}
	return nil
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// cutInto returns the windows of a time, none longer than length. 0 is one window.
func cutInto(whole span, length time.Duration) (all []span) {
	for from := whole.from; ; {
		to := from.Add(length)
		if length == 0 || !to.Before(whole.to) {
			return append(all, span{from: from, to: whole.to})
		}
		all = append(all, span{from: from, to: to})
		from = to
	}
}
