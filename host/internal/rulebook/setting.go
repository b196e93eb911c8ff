package rulebook

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Limits of texts in decisions, in bytes.
const (
	maxReason = 2000
	maxOwner  = 200
)

// TestSetting returns what is chosen for a test.
func (b *Rulebook) TestSetting(id string) (verdict.Setting, error) {
	if _, err := b.rule(id); err != nil {
		return verdict.Setting{}, err
	}
	stored, err := b.settings().Find(id)
	stored.Value.Test, stored.Value.Revision = id, stored.Revision
	return stored.Value, err
}

// SetTest replaces what is chosen for a test. IfRevision is the revision that the change is based on; nil = whatever is stored now.
func (b *Rulebook) SetTest(ctx context.Context, id string, ifRevision *uint64, c verdict.Choice) (verdict.Setting, error) {
	return actor.Act(ctx, func(by host.Actor) (verdict.Setting, error) {
		r, err := b.rule(id)
		if err != nil {
			return verdict.Setting{}, err
		}
		if c, err = checked(r.Program.Test, c); err != nil {
			return verdict.Setting{}, err
		}
		before, err := b.settings().Find(id)
		if err != nil {
			return verdict.Setting{}, err
		}
		revision := before.Revision
		if ifRevision != nil {
			revision = *ifRevision
		}
		now := b.parts.Now().UTC()
		stored, err := b.settings().Put(ctx, id, verdict.Setting{Choice: c, Test: id, By: &by, At: &now}, revision)
		if err != nil {
			return verdict.Setting{}, err
		}
		b.parts.Events.Publish("test", id, "changed")
		stored.Value.Revision = stored.Revision
		return stored.Value, nil
	})
}

// checked returns a choice for a test, trimmed, or refuses it.
func checked(t verdict.Test, c verdict.Choice) (verdict.Choice, error) {
	c.Reason, c.Owner = strings.TrimSpace(c.Reason), strings.TrimSpace(c.Owner)
	var faults []host.FieldError
	fault := func(field, message string) { faults = append(faults, host.FieldError{Field: field, Message: message}) }
	switch {
	case c.Disabled && c.Reason == "":
		fault("reason", "say why the test is disabled: its state and the packs repeat it")
	case !c.Disabled && c.Reason != "":
		fault("reason", "an enabled test has no reason: leave it out, or disable the test")
	case len(c.Reason) > maxReason:
		fault("reason", fmt.Sprintf("this has at most %d bytes", maxReason))
	}
	if len(c.Owner) > maxOwner || strings.ContainsAny(c.Owner, "\n\r\t") {
		fault("owner", fmt.Sprintf("this is one line of at most %d bytes", maxOwner))
	}
	values, wrong := monitor.Parameters(t, c.Parameters)
	faults = append(faults, wrong...)
	if c.Parameters = values; len(values) == 0 {
		c.Parameters = nil
	}
	if len(faults) == 0 {
		// What the test says of itself is checked as if it said this.
		tried := t
		tried.Parameters = slices.Clone(t.Parameters)
		for i, p := range tried.Parameters {
			if value, given := c.Parameters[p.Name]; given {
				tried.Parameters[i].Default = value
			}
		}
		if c.Severity != nil {
			tried.Severity = *c.Severity
		}
		if c.Days != nil {
			tried.Days = *c.Days
		}
		if _, err := monitor.Compile(tried); err != nil {
			return c, err
		}
		return c, nil
	}
	p := host.InvalidFields(sentence(faults), faults)
	p.Remedy = "Mend what is named, and send it again."
	return c, p
}

// sentence says what is wrong, the first by name.
func sentence(faults []host.FieldError) string {
	first := faults[0].Field + ": " + faults[0].Message
	if len(faults) == 1 {
		return first
	}
	return fmt.Sprintf("%s, and %d more", first, len(faults)-1)
}
