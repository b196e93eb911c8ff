package assure

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/control"
)

// The most bytes of what people write.
const (
	mostTitle  = 200
	mostText   = 4000
	mostReason = 1000
	mostMapped = 200 // tests or requirements of one control
)

var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// checkText refuses a text that is too long or has hidden characters. A text of several lines may have line breaks and tabs.
func checkText(field, text string, most int, lines bool) error {
	visible := display.Visible(text)
	if lines {
		visible = display.VisibleText(text)
	}
	switch {
	case len(text) > most:
		return host.Invalid(field, nil, fmt.Sprintf("has %d bytes; at most %d are allowed", len(text), most))
	case visible != text:
		return host.Invalid(field, visible, "holds hidden characters; remove them")
	case strings.TrimSpace(text) != text:
		return host.Invalid(field, text, "begins or ends with a space; remove it")
	}
	return nil
}

// needText is checkText for a text that must not be empty.
func needText(field, text string, most int) error {
	if strings.TrimSpace(text) == "" {
		return host.Invalid(field, text, "is missing")
	}
	return checkText(field, text, most, false)
}

// AddControl stores a control of the company's own.
func (a *Assurer) AddControl(ctx context.Context, n assurance.NewControl) (assurance.Control, error) {
	return actor.Act(ctx, func(by host.Actor) (assurance.Control, error) {
		p, err := a.look(ctx)
		if err != nil {
			return assurance.Control{}, err
		}
		var faults host.Faults
		if len(n.ID) > 63 || !idForm.MatchString(n.ID) {
			faults.Add(host.Invalid("id", n.ID, "must be at most 63 lower-case letters, digits and single hyphens"))
		}
		if slices.ContainsFunc(p.controls(), func(c assurance.Control) bool { return c.ID == n.ID }) {
			faults.Add(host.Invalid("id", n.ID, "is that of another control; choose another"))
		}
		faults.Add(needText("title", n.Title, mostTitle))
		if err := faults.Err(); err != nil {
			return assurance.Control{}, err
		}
		d, err := p.edited(assurance.Decisions{Own: &assurance.OwnControl{ID: n.ID}}, n.ID, assurance.ControlEdit{
			Title: &n.Title, Text: &n.Text, Owner: &n.Owner, EvidenceRequired: &n.EvidenceRequired, AddTests: n.Tests,
			AddRequirements: n.Requirements,
		}, by, a.parts.Now())
		if err != nil {
			return assurance.Control{}, err
		}
		return a.store(ctx, n.ID, d, 0)
	})
}

// EditControl changes what is decided about a control. IfRevision is the revision that the change is based on; nil = whatever it is.
func (a *Assurer) EditControl(ctx context.Context, id string, ifRevision *uint64, edit assurance.ControlEdit) (assurance.Control, error) {
	return actor.Act(ctx, func(by host.Actor) (assurance.Control, error) {
		p, err := a.look(ctx)
		if err != nil {
			return assurance.Control{}, err
		}
		if !slices.ContainsFunc(p.controls(), func(c assurance.Control) bool { return c.ID == id }) {
			return assurance.Control{}, noControl(id)
		}
		now := p.decisions[id]
		d, err := p.edited(now.Value, id, edit, by, a.parts.Now())
		if err != nil {
			return assurance.Control{}, err
		}
		revision := now.Revision
		if ifRevision != nil {
			revision = *ifRevision
		}
		return a.store(ctx, id, d, revision)
	})
}

// store stores what is decided about a control, and returns the control.
func (a *Assurer) store(ctx context.Context, id string, d assurance.Decisions, revision uint64) (assurance.Control, error) {
	if _, err := a.decisions.Put(ctx, id, d, revision); err != nil {
		return assurance.Control{}, err
	}
	return a.Control(ctx, id)
}

// RemoveControl removes a control of the company's own. What was decided about it stays in the audit log.
func (a *Assurer) RemoveControl(ctx context.Context, id string, ifRevision *uint64) error {
	return actor.Do(ctx, func(host.Actor) error {
		d, err := a.decisions.Get(id)
		if err != nil && !host.IsNotFound(err) {
			return err
		}
		if err != nil || d.Value.Own == nil {
			shipped, shippedErr := a.controls()
			if shippedErr != nil || !slices.ContainsFunc(shipped, func(c control.Control) bool { return c.ID == id }) {
				return errors.Join(shippedErr, noControl(id))
			}
			return host.Refused(host.CodeConflict, "If it does not apply, say so: plumbline control set "+id+" --not-applicable --reason ….",
				"the control %s ships with the product and cannot be removed", id)
		}
		revision := d.Revision
		if ifRevision != nil {
			revision = *ifRevision
		}
		return a.decisions.Delete(ctx, id, revision)
	})
}

// edited returns decisions with a change. A problem names every field that is wrong.
func (p *picture) edited(d assurance.Decisions, id string, edit assurance.ControlEdit, by host.Actor, now time.Time) (
	assurance.Decisions, error,
) {
	var faults host.Faults
	faults.Add(p.describe(&d, edit))
	faults.Add(checkText("reason", edit.Reason, mostReason, false))
	if edit.Owner != nil {
		faults.Add(host.ValidateOwner(*edit.Owner))
		d.Owner = *edit.Owner
	}
	if edit.Applies != nil {
		if !*edit.Applies && edit.Reason == "" {
			faults.Add(host.Invalid("reason", "", "is missing: say why the control does not apply"))
		}
		d.Applicability = &assurance.Applicability{Applies: *edit.Applies, Reason: edit.Reason, By: by, At: now.UTC()}
	}
	if edit.EvidenceRequired != nil {
		d.EvidenceRequired = edit.EvidenceRequired
	}
	faults.Add(p.mapTests(&d, edit))
	faults.Add(p.setAside(&d, id, edit, by, now))
	faults.Add(p.mapRequirements(&d, id, edit))
	return d, faults.Err()
}

// describe changes the words of a control of the company's own.
func (p *picture) describe(d *assurance.Decisions, edit assurance.ControlEdit) error {
	if edit.Title == nil && edit.Text == nil {
		return nil
	}
	if d.Own == nil {
		return host.Invalid("title", nil, "and text are those of the product; only a control of your own has others")
	}
	own := *d.Own
	var faults host.Faults
	if edit.Title != nil {
		faults.Add(needText("title", *edit.Title, mostTitle))
		own.Title = *edit.Title
	}
	if edit.Text != nil {
		faults.Add(checkText("text", *edit.Text, mostText, true))
		own.Text = *edit.Text
	}
	d.Own = &own
	return faults.Err()
}

// mapTests adds tests to a control, and removes tests that were added.
func (p *picture) mapTests(d *assurance.Decisions, edit assurance.ControlEdit) error {
	var faults host.Faults
	tests := slices.Clone(d.Tests)
	for _, t := range edit.RemoveTests {
		if !slices.Contains(tests, t) {
			faults.Add(host.Invalid("remove_tests", t, "was not added to this control; set it aside instead"))
		}
		tests = slices.DeleteFunc(tests, func(one string) bool { return one == t })
	}
	for _, t := range edit.AddTests {
		if !p.hasTest(t) {
			faults.Add(host.Invalid("add_tests", t, "is no test; `plumbline test list` names every test"))
		}
		if !slices.Contains(tests, t) {
			tests = append(tests, t)
		}
	}
	if len(tests) > mostMapped {
		faults.Add(host.Invalid("add_tests", nil, fmt.Sprintf("are too many: at most %d tests can be added to a control", mostMapped)))
	}
	slices.Sort(tests)
	d.Tests = tests
	return faults.Err()
}

// setAside makes tests not count for a control, or count again.
func (p *picture) setAside(d *assurance.Decisions, id string, edit assurance.ControlEdit, by host.Actor, now time.Time) error {
	var faults host.Faults
	aside := slices.Clone(d.SetAside)
	without := func(t string) []assurance.SetAside {
		return slices.DeleteFunc(aside, func(one assurance.SetAside) bool { return one.Test == t })
	}
	if len(edit.SetAside) > 0 && edit.Reason == "" {
		faults.Add(host.Invalid("reason", "", "is missing: say why the tests do not count for the control"))
	}
	for _, t := range edit.SetAside {
		if !slices.ContainsFunc(p.tested(id, *d), func(one control.Tested) bool { return one.ID == t }) {
			faults.Add(host.Invalid("set_aside", t, "is no test of this control"))
		}
		aside = append(without(t), assurance.SetAside{Test: t, Reason: edit.Reason, By: by, At: now.UTC()})
	}
	for _, t := range edit.CountAgain {
		if left := without(t); len(left) == len(aside) {
			faults.Add(host.Invalid("count_again", t, "was not set aside for this control"))
		} else {
			aside = left
		}
	}
	slices.SortFunc(aside, func(a, b assurance.SetAside) int { return compare(a.Test, b.Test) })
	d.SetAside = aside
	return faults.Err()
}

// mapRequirements adds requirements that a control meets, and removes requirements that were added.
func (p *picture) mapRequirements(d *assurance.Decisions, id string, edit assurance.ControlEdit) error {
	var faults host.Faults
	all, count := map[string][]string{}, 0
	maps.Copy(all, d.Requirements)
	for _, f := range sorted(edit.RemoveRequirements) {
		for _, r := range edit.RemoveRequirements[f] {
			if !slices.Contains(all[f], r) {
				faults.Add(host.Invalid("remove_requirements."+f, r, "was not added to this control"))
			}
			all[f] = slices.DeleteFunc(slices.Clone(all[f]), func(one string) bool { return one == r })
		}
	}
	for _, f := range sorted(edit.AddRequirements) {
		for _, r := range edit.AddRequirements[f] {
			switch {
			case !p.has(f, r):
				faults.Add(host.Invalid("add_requirements."+f, r, "is no requirement of a framework; `plumbline framework show "+f+"` names them"))
			case !slices.Contains(all[f], r) && !p.ships(id, f, r):
				all[f] = append(slices.Clone(all[f]), r)
			}
		}
	}
	for f := range all {
		count += len(all[f])
		slices.Sort(all[f])
	}
	maps.DeleteFunc(all, func(_ string, ids []string) bool { return len(ids) == 0 })
	if count > mostMapped {
		faults.Add(host.Invalid("add_requirements", nil,
			fmt.Sprintf("are too many: at most %d requirements can be added to a control", mostMapped)))
	}
	d.Requirements = all
	return faults.Err()
}

// ships reports whether the product maps a control to a requirement.
func (p *picture) ships(id, framework, requirement string) bool {
	for _, c := range p.shipped {
		if c.ID == id {
			return slices.Contains(c.Requirements[framework], requirement)
		}
	}
	return false
}
