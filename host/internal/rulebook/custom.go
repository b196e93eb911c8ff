package rulebook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// ownPrefix begins the ids of custom tests. No test of the library has it, of this version of the product or of a later one.
const ownPrefix = "own-"

// mostCustom is how many custom tests there may be, and mostVersions how many versions of one.
const (
	mostCustom   = 1000
	mostVersions = 9999
)

func (b *Rulebook) customs() *documents.Collection[verdict.Custom] {
	return documents.NewCollection(b.parts.Store.Documents, "custom_test", func(c verdict.Custom) string { return c.ID })
}

func (b *Rulebook) versions() *documents.Collection[verdict.CustomVersion] {
	return documents.NewCollection(b.parts.Store.Documents, "custom_test_version", func(v verdict.CustomVersion) string {
		return fmt.Sprintf("%s version %d", v.Test.ID, v.Version)
	})
}

func versionKey(id string, version int) string { return fmt.Sprintf("%s/%04d", id, version) }

// CustomTests returns the tests that the company wrote, by id.
func (b *Rulebook) CustomTests() ([]verdict.Custom, error) {
	stored, err := b.customs().List()
	all := make([]verdict.Custom, 0, len(stored))
	for _, d := range stored {
		d.Value.Revision = d.Revision
		all = append(all, d.Value)
	}
	return all, err
}

// CustomTest returns one test that the company wrote.
func (b *Rulebook) CustomTest(id string) (verdict.Custom, error) {
	stored, err := b.customs().Get(id)
	if host.IsNotFound(err) {
		return verdict.Custom{}, host.NotFound("test", id, "`plumbline test own` names the tests that the company wrote.")
	}
	stored.Value.Revision = stored.Revision
	return stored.Value, err
}

// NewCustomTest stores the draft of a new test.
func (b *Rulebook) NewCustomTest(ctx context.Context, w verdict.Writing) (verdict.Custom, error) {
	return actor.Act(ctx, func(by host.Actor) (verdict.Custom, error) {
		test, err := b.read(w)
		if err != nil {
			return verdict.Custom{}, err
		}
		all, err := b.CustomTests()
		if err != nil {
			return verdict.Custom{}, err
		}
		if len(all) >= mostCustom {
			return verdict.Custom{}, host.Refused(host.CodeConflict, "Discard a draft that is not needed.",
				"there are %d own tests: no more are kept", mostCustom)
		}
		if slices.ContainsFunc(all, func(c verdict.Custom) bool { return c.ID == test.ID }) {
			return verdict.Custom{}, host.Refused(host.CodeConflict, "Give it another id, or change that test.",
				"there is an own test %s already", test.ID)
		}
		c := verdict.Custom{ID: test.ID, State: verdict.CustomDraft, Test: test, Unsettled: true, Source: w.Source, CopiedFrom: w.Copy}
		return b.putCustom(ctx, c, 0, by)
	})
}

// putCustom stores a custom test.
func (b *Rulebook) putCustom(ctx context.Context, c verdict.Custom, revision uint64, by host.Actor) (verdict.Custom, error) {
	c.By, c.At, c.Revision = by, b.parts.Now().UTC(), 0
	stored, err := b.customs().Put(ctx, c.ID, c, revision)
	if err != nil {
		return verdict.Custom{}, err
	}
	b.parts.Events.Publish("test", c.ID, "changed")
	c.Revision = stored.Revision
	return c, nil
}

// changing returns a custom test and the revision that a change of it is based on.
func (b *Rulebook) changing(id string, ifRevision *uint64) (verdict.Custom, uint64, error) {
	c, err := b.CustomTest(id)
	if err != nil || ifRevision == nil {
		return c, c.Revision, err
	}
	return c, *ifRevision, nil
}

// PutCustomTest replaces the draft of a test. Beside a published version, it is the draft of the next one.
func (b *Rulebook) PutCustomTest(ctx context.Context, id string, ifRevision *uint64, w verdict.Writing) (verdict.Custom, error) {
	return actor.Act(ctx, func(by host.Actor) (verdict.Custom, error) {
		c, revision, err := b.changing(id, ifRevision)
		if err != nil {
			return verdict.Custom{}, err
		}
		if w.Copy != "" {
			return verdict.Custom{}, host.Invalid("copy", w.Copy, "makes a new test: give source or test here")
		}
		test, err := b.read(w)
		if err != nil {
			return verdict.Custom{}, err
		}
		if test.ID != id {
			return verdict.Custom{}, host.Invalid("id", test.ID, "is not "+id+": an own test keeps its id")
		}
		c.Test, c.Source, c.Unsettled = test, w.Source, true
		return b.putCustom(ctx, c, revision, by)
	})
}

// DiscardCustomTest discards a draft. Of a published test, the latest version stays.
func (b *Rulebook) DiscardCustomTest(ctx context.Context, id string) error {
	return actor.Do(ctx, func(by host.Actor) error {
		c, revision, err := b.changing(id, nil)
		if err != nil {
			return err
		}
		if !c.Unsettled {
			return host.Refused(host.CodeConflict, "Retire it with a reason instead; its versions are kept.", "%s has no draft to discard", id)
		}
		if c.Version == 0 {
			if err := b.customs().Delete(ctx, id, revision); err != nil {
				return err
			}
			b.parts.Events.Publish("test", id, "removed")
			return nil
		}
		latest, err := b.versions().Get(versionKey(id, c.Version))
		if err != nil {
			return err
		}
		c.Test, c.Source, c.Unsettled = latest.Value.Test, latest.Value.Source, false
		_, err = b.putCustom(ctx, c, revision, by)
		return err
	})
}

// PublishCustomTest makes the draft the next version: from now on it is judged. A retired test is in use again.
func (b *Rulebook) PublishCustomTest(ctx context.Context, id string, ifRevision *uint64, note string) (verdict.Custom, error) {
	return actor.Act(ctx, func(by host.Actor) (verdict.Custom, error) {
		c, revision, err := b.changing(id, ifRevision)
		if err != nil {
			return verdict.Custom{}, err
		}
		switch {
		case !c.Unsettled:
			return verdict.Custom{}, host.Refused(host.CodeConflict, "Change it first: that makes a draft.", "%s has no draft to publish", id)
		case len(note) > maxReason:
			return verdict.Custom{}, host.Invalid("note", nil, fmt.Sprintf("has %d bytes: at most %d are allowed", len(note), maxReason))
		case c.Version >= mostVersions:
			return verdict.Custom{}, host.Refused(host.CodeConflict, "Begin another test with a copy of it.", "%s has %d versions", id, c.Version)
		}
		if _, err := monitor.Compile(c.Test); err != nil { // the product may have changed since the draft was stored
			return verdict.Custom{}, err
		}
		c.Version++
		c.Test.Version, c.State, c.Unsettled, c.Retired = c.Version, verdict.CustomPublished, false, nil
		c.By, c.At, c.Revision = by, b.parts.Now().UTC(), 0
		v := verdict.CustomVersion{Version: c.Version, Test: c.Test, Source: c.Source, Note: strings.TrimSpace(note), By: by, At: c.At}
		err = b.parts.Store.Edit(ctx, func(e *documents.Edit) error {
			stored, err := b.customs().PutIn(e, id, c, revision)
			if err != nil {
				return err
			}
			revision = stored.Revision
			_, err = b.versions().PutIn(e, versionKey(id, v.Version), v, 0)
			return err
		})
		if err != nil {
			return verdict.Custom{}, fmt.Errorf("publish %s: %w", id, err)
		}
		b.parts.Events.Publish("test", id, "changed")
		c.Revision = revision
		return c, nil
	})
}

// RetireCustomTest ends the use of a published test. Its versions are kept, and the past is still judged by them.
func (b *Rulebook) RetireCustomTest(ctx context.Context, id string, ifRevision *uint64, why string) (verdict.Custom, error) {
	return actor.Act(ctx, func(by host.Actor) (verdict.Custom, error) {
		why, err := reason(why, "say why the test is no longer used")
		if err != nil {
			return verdict.Custom{}, err
		}
		c, revision, err := b.changing(id, ifRevision)
		if err != nil {
			return verdict.Custom{}, err
		}
		if c.State != verdict.CustomPublished {
			return verdict.Custom{}, host.Refused(host.CodeConflict, "", "%s is not in use: it is %s", id, c.State)
		}
		latest, err := b.versions().Get(versionKey(id, c.Version))
		if err != nil {
			return verdict.Custom{}, err
		}
		c.State, c.Retired = verdict.CustomRetired, &verdict.Withdrawal{Reason: why, By: by, At: b.parts.Now().UTC()}
		c.By, c.At, c.Revision = by, c.Retired.At, 0
		latest.Value.Retired = c.Retired
		err = b.parts.Store.Edit(ctx, func(e *documents.Edit) error {
			stored, err := b.customs().PutIn(e, id, c, revision)
			if err != nil {
				return err
			}
			revision = stored.Revision
			_, err = b.versions().PutIn(e, latest.Key, latest.Value, latest.Revision)
			return err
		})
		if err != nil {
			return verdict.Custom{}, fmt.Errorf("retire %s: %w", id, err)
		}
		b.parts.Events.Publish("test", id, "changed")
		c.Revision = revision
		return c, nil
	})
}

// CustomVersions returns the published versions of a test, the latest first, each with what it changed.
func (b *Rulebook) CustomVersions(id string) ([]verdict.CustomVersion, error) {
	if _, err := b.CustomTest(id); err != nil {
		return nil, err
	}
	stored, err := b.versions().List()
	if err != nil {
		return nil, err
	}
	all := []verdict.CustomVersion{}
	for _, d := range stored { // by id and version
		if d.Value.Test.ID != id {
			continue
		}
		if n := len(all); n > 0 {
			d.Value.Changes = changes(all[n-1].Test, d.Value.Test)
		}
		all = append(all, d.Value)
	}
	slices.Reverse(all)
	return all, nil
}

// published returns the custom tests that are judged at a moment: of each the latest version of then, if it was not retired by then.
func (b *Rulebook) published(at time.Time) ([]Rule, error) {
	stored, err := b.versions().List()
	if err != nil {
		return nil, err
	}
	inForce := map[string]verdict.CustomVersion{}
	for _, d := range stored { // by id and version
		if !d.Value.At.After(at) {
			inForce[d.Value.Test.ID] = d.Value
		}
	}
	var all []Rule
	for id, v := range inForce {
		if v.Retired != nil && !v.Retired.At.After(at) {
			continue
		}
		all = append(all, Rule{Program: b.program(versionKey(id, v.Version), v.Test), Origin: verdict.OriginCustom})
	}
	return all, nil
}

// program returns a published version, compiled once. One that does not compile any more is in error, and no other test with it.
func (b *Rulebook) program(key string, t verdict.Test) *monitor.Program {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.compiled[key]; p != nil {
		return p
	}
	p, err := monitor.Compile(whole(t))
	if err != nil {
		p = monitor.Uncompiled(whole(t), err)
	}
	b.compiled[key] = p
	return p
}

// named refuses the id of an own test that could be one of the library.
func named(id string) *host.FieldError {
	if strings.HasPrefix(id, ownPrefix) && len(id) > len(ownPrefix) {
		return nil
	}
	return &host.FieldError{
		Field: "id", Message: "the id of an own test begins with " + ownPrefix + ", so that no test of the library ever has it", Value: id,
	}
}

// faultsOf returns the fields of a problem that names mistakes.
func faultsOf(err error) ([]host.FieldError, error) {
	var p *host.Problem
	if errors.As(err, &p) && p.Code == host.CodeInvalid && len(p.Fields) > 0 {
		return p.Fields, nil
	}
	return nil, err
}
