package rulebook

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/history"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// ExclusionQuery asks for exclusions; what is empty is not asked for.
type ExclusionQuery struct {
	Test       string
	Connection string // id or alias
	States     []verdict.ExclusionState
}

// Exclude takes an item out of a test.
func (b *Rulebook) Exclude(ctx context.Context, test string, n verdict.NewExclusion) (verdict.ItemExclusion, error) {
	return actor.Act(ctx, func(by host.Actor) (verdict.ItemExclusion, error) {
		r, err := b.rule(test)
		if err != nil {
			return verdict.ItemExclusion{}, err
		}
		now := b.parts.Now().UTC()
		e := verdict.ItemExclusion{Test: test, ItemRef: n.ItemRef, Exclusion: verdict.Exclusion{By: by, At: now}}
		if e.Reason, err = reason(n.Reason, "say why the item is taken out: the test and the packs repeat it"); err != nil {
			return verdict.ItemExclusion{}, err
		}
		if e.Until, err = b.end(n.Until, now); err != nil {
			return verdict.ItemExclusion{}, err
		}
		if err := b.item(r.Program.Test, &e); err != nil {
			return verdict.ItemExclusion{}, err
		}
		if e.ID, err = b.exclusionID(&e, now); err != nil {
			return verdict.ItemExclusion{}, err
		}
		e.State = verdict.ExclusionStands
		stored, err := b.exclusions().Put(ctx, e.ID, e, 0)
		if err != nil {
			return verdict.ItemExclusion{}, err
		}
		b.parts.Events.Publish("test", test, "changed")
		e.Revision = stored.Revision
		return e, nil
	})
}

// reason returns a compulsory text.
func reason(text, rule string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", host.Invalid("reason", nil, "is missing: "+rule)
	}
	if len(text) > maxReason {
		return "", host.Invalid("reason", nil, fmt.Sprintf("has %d bytes: at most %d are allowed", len(text), maxReason))
	}
	return text, nil
}

// end returns when an exclusion ends; nil for an empty text.
func (b *Rulebook) end(text string, now time.Time) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		day, err := time.ParseInLocation(time.DateOnly, text, b.parts.Location)
		if err != nil {
			return nil, host.Invalid("until", text, "must be a day such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z")
		}
		at = day.AddDate(0, 0, 1)
	}
	if !at.After(now) {
		return nil, host.Invalid("until", text, "is over: give a day to come, or leave it out")
	}
	at = at.UTC()
	return &at, nil
}

// item finds the item that an exclusion is of, and enters what it is called.
func (b *Rulebook) item(t verdict.Test, e *verdict.ItemExclusion) error {
	counts := t.Count != nil
	switch {
	case counts && (e.Stream != "" || e.Key != ""):
		return host.Invalid("key", e.Key, "is of one record, but the test judges counts: name the connection alone")
	case counts && t.Count.By == verdict.CountByAll:
		if e.Connection != "" {
			return host.Invalid("connection", e.Connection, "is given, but the test judges one count of everything: leave it out")
		}
		return nil
	case e.Connection == "":
		return host.Invalid("connection", nil, "is missing")
	case !counts && e.Key == "":
		return host.Invalid("key", nil, "is missing")
	}
	c, err := b.parts.Store.Connection(e.Connection)
	if err != nil {
		return err
	}
	e.Connection, e.Alias = c.ID, c.Alias
	if counts {
		e.Name = c.Alias
		return nil
	}
	return b.record(t, e)
}

// record finds the record that an exclusion is of. A stream that is not given is the only one that has the key.
func (b *Rulebook) record(t verdict.Test, e *verdict.ItemExclusion) error {
	if e.Stream == "" {
		streams, err := b.parts.Store.StreamsWith(e.Connection, e.Key)
		if err != nil {
			return err
		}
		if len(streams) > 1 {
			return host.Invalid("stream", nil, "is missing: "+strings.Join(streams, ", ")+" have a record with this key")
		}
		e.Stream = strings.Join(streams, "")
	}
	found, err := b.parts.Store.RecordAt(e.Connection, e.Stream, e.Key, time.Time{})
	if err != nil {
		return err
	}
	if found.State == history.RecordAbsent || found.Record == nil {
		return host.NotFound("record", e.Key, "`plumbline test show "+t.ID+"` lists the items that do not pass, with their keys.")
	}
	if found.Stream.Kind != t.Kind {
		return host.Invalid("stream", e.Stream,
			fmt.Sprintf("has records of the kind %s, but the test judges the kind %s", found.Stream.Kind, t.Kind))
	}
	e.Name = monitor.Called(kind.Kind(t.Kind), found.Record.Data)
	return nil
}

// exclusionID returns the id of a new exclusion: of its item, and how many it had before. Two people who exclude one item at the same time
// choose the same id, and the second is refused.
func (b *Rulebook) exclusionID(e *verdict.ItemExclusion, now time.Time) (string, error) {
	sum := sha256.Sum256([]byte(e.Test + "\x00" + monitor.ItemID(e.Connection, e.Stream, e.Key)))
	prefix := hex.EncodeToString(sum[:6]) + "-"
	all, err := b.exclusions().List()
	if err != nil {
		return "", err
	}
	before := 0
	for _, d := range all {
		if !strings.HasPrefix(d.Key, prefix) {
			continue
		}
		before++
		if d.Value.StateAt(now) == verdict.ExclusionStands {
			return "", host.Refused(host.CodeConflict, "Withdraw that exclusion first, if this one is to hold in its place.",
				"%s is excluded from %s already, by %s: %s", cmp.Or(e.Name, e.Key, "everything"), e.Test, d.Value.By, d.Value.Reason)
		}
	}
	return fmt.Sprintf("%s%d", prefix, before+1), nil
}

// WithdrawExclusion ends an exclusion. IfRevision is the revision that the change is based on; nil = whatever is stored now.
func (b *Rulebook) WithdrawExclusion(ctx context.Context, id string, ifRevision *uint64, why string) (verdict.ItemExclusion, error) {
	return actor.Act(ctx, func(by host.Actor) (verdict.ItemExclusion, error) {
		why, err := reason(why, "say why the item is judged again")
		if err != nil {
			return verdict.ItemExclusion{}, err
		}
		stored, err := b.exclusions().Get(id)
		if err != nil {
			return verdict.ItemExclusion{}, err
		}
		revision := stored.Revision
		if ifRevision != nil {
			revision = *ifRevision
		}
		e, now := stored.Value, b.parts.Now().UTC()
		if state := e.StateAt(now); state != verdict.ExclusionStands && revision == stored.Revision {
			return verdict.ItemExclusion{}, host.Refused(host.CodeConflict, "There is nothing to withdraw.", "the exclusion %s is %s already", id, state)
		}
		e.Withdrawn, e.State = &verdict.Withdrawal{Reason: why, By: by, At: now}, verdict.ExclusionWithdrawn
		saved, err := b.exclusions().Put(ctx, id, e, revision)
		if err != nil {
			return verdict.ItemExclusion{}, err
		}
		b.parts.Events.Publish("test", e.Test, "changed")
		e.Revision = saved.Revision
		return e, nil
	})
}

// Exclusions returns exclusions, those that stand first, then the latest first.
func (b *Rulebook) Exclusions(q ExclusionQuery) ([]verdict.ItemExclusion, error) {
	if q.Test != "" {
		if _, err := b.rule(q.Test); err != nil {
			return nil, err
		}
	}
	if q.Connection != "" {
		c, err := b.parts.Store.Connection(q.Connection)
		if err != nil {
			return nil, err
		}
		q.Connection = c.ID
	}
	stored, err := b.exclusions().List()
	if err != nil {
		return nil, err
	}
	now := b.parts.Now()
	all := []verdict.ItemExclusion{}
	for _, d := range stored {
		e := d.Value
		e.State, e.Revision = e.StateAt(now), d.Revision
		if (q.Test == "" || e.Test == q.Test) && (q.Connection == "" || e.Connection == q.Connection) &&
			(len(q.States) == 0 || slices.Contains(q.States, e.State)) {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(x, y verdict.ItemExclusion) int {
		return cmp.Or(cmp.Compare(rank(x.State), rank(y.State)), y.At.Compare(x.At), cmp.Compare(x.ID, y.ID))
	})
	return all, nil
}

func rank(s verdict.ExclusionState) int {
	if s == verdict.ExclusionStands {
		return 0
	}
	return 1
}
