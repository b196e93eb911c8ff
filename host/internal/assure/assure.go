package assure

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/internal/artifact"
	"github.com/plumbline-dev/plumbline/host/internal/assess"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/control"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Parts are the open parts that Assurer works with.
type Parts struct {
	Tests    *assess.Assessor
	Store    *journal.Journal
	Statuses *connections.Statuses
	Files    *artifact.Files
	Now      func() time.Time
}

// Assurer is the use cases of controls and evidence. Its methods may be called from any goroutine while the parts are open.
type Assurer struct {
	parts     Parts
	decisions *documents.Collection[assurance.Decisions]      // by id of the control
	evidence  *documents.Collection[assurance.StoredEvidence] // by id
	texts     *documents.Collection[storedText]               // by id of the framework

	controls func() ([]control.Control, error)   // that ship with the product
	shipped  func() ([]control.Framework, error) // likewise

	mu       sync.Mutex
	catalogs map[string]control.Catalog // imported texts that were read, by hash
}

// Names of the collections.
const (
	CollectionControl  = "control"
	CollectionEvidence = "evidence"
	CollectionText     = "framework_text"
)

// New returns the use cases over parts that are open.
func New(parts Parts) *Assurer {
	a := &Assurer{
		parts: parts, controls: sync.OnceValues(control.Controls), shipped: sync.OnceValues(control.Frameworks),
		catalogs: map[string]control.Catalog{},
	}
	if parts.Store == nil { // of a test that asks nothing of it
		return a
	}
	d := parts.Store.Documents
	a.decisions = documents.NewCollection[assurance.Decisions](d, CollectionControl, nil)
	a.evidence = documents.NewCollection(d, CollectionEvidence, func(e assurance.StoredEvidence) string { return e.Title })
	a.texts = documents.NewCollection(d, CollectionText, func(t storedText) string { return t.Title })
	return a
}

// picture is everything that states are worked out from, at one moment.
type picture struct {
	at         time.Time
	frameworks []framework
	shipped    []control.Control
	decisions  map[string]documents.Document[assurance.Decisions]
	tests      []verdict.Judged
	evidence   []assurance.Evidence // of people, by title
}

// look reads a picture.
func (a *Assurer) look(ctx context.Context) (*picture, error) {
	p := &picture{at: a.parts.Now(), decisions: map[string]documents.Document[assurance.Decisions]{}}
	var err error
	if p.frameworks, err = a.frameworks(); err != nil {
		return nil, err
	}
	if p.shipped, err = a.controls(); err != nil {
		return nil, err
	}
	decided, err := a.decisions.List()
	if err != nil {
		return nil, err
	}
	for _, d := range decided {
		p.decisions[d.Key] = d
	}
	if p.tests, err = a.parts.Tests.Tests(ctx); err != nil {
		return nil, fmt.Errorf("judge tests: %w", err)
	}
	p.evidence, err = a.added(p.at)
	return p, err
}

// controls returns every control with its state: those of the product in its order, then the company's own by id.
func (p *picture) controls() []assurance.Control {
	var all []assurance.Control
	for _, c := range p.shipped {
		all = append(all, p.judged(assurance.Control{
			ID: c.ID, Title: c.Title, Text: c.Text, Role: c.Owner, EvidenceRequired: c.Manual,
		}, c.Requirements))
	}
	var own []assurance.Control
	for id, d := range p.decisions {
		if o := d.Value.Own; o != nil {
			own = append(own, p.judged(assurance.Control{ID: id, Title: o.Title, Text: o.Text, Own: true}, nil))
		}
	}
	slices.SortFunc(own, func(a, b assurance.Control) int { return compare(a.ID, b.ID) })
	return append(all, own...)
}

// judged fills in what is decided about a control, and works out its state.
func (p *picture) judged(c assurance.Control, shipped map[string][]string) assurance.Control {
	decided := p.decisions[c.ID]
	d := decided.Value
	c.Revision, c.Owner, c.Applies, c.Applicability = decided.Revision, d.Owner, true, d.Applicability
	if decided.Revision > 0 {
		c.UpdatedAt = &decided.UpdatedAt
	}
	if d.Applicability != nil {
		c.Applies = d.Applicability.Applies
	}
	if d.EvidenceRequired != nil {
		c.EvidenceRequired = *d.EvidenceRequired
	}
	c.Requirements, c.Populations = p.requirements(shipped, d.Requirements), []assurance.Population{}
	var evidence []assurance.Evidence
	for _, e := range p.evidence {
		if slices.Contains(e.Controls, c.ID) {
			evidence = append(evidence, e)
		}
	}
	control.Judge(&c, p.tested(c.ID, d), evidence)
	return c
}

// requirements returns what a control meets, by framework and in its order. What a framework does not have any more comes last.
func (p *picture) requirements(shipped, added map[string][]string) []assurance.RequirementRef {
	refs := []assurance.RequirementRef{}
	for _, f := range p.frameworks {
		for _, r := range f.Requirements {
			mapped := slices.Contains(shipped[f.ID], r.ID)
			if mapped || slices.Contains(added[f.ID], r.ID) {
				refs = append(refs, assurance.RequirementRef{Framework: f.ID, ID: r.ID, Title: r.Title, Added: !mapped})
			}
		}
	}
	for _, id := range sorted(added) {
		for _, r := range added[id] {
			if !p.has(id, r) {
				refs = append(refs, assurance.RequirementRef{Framework: id, ID: r, Added: true})
			}
		}
	}
	return refs
}

// has reports whether there is a requirement.
func (p *picture) has(framework, id string) bool {
	for _, f := range p.frameworks {
		if f.ID == framework {
			return slices.ContainsFunc(f.Requirements, func(r control.Requirement) bool { return r.ID == id })
		}
	}
	return false
}

// tested returns the tests of a control: those that name it, and those that were added.
func (p *picture) tested(id string, d assurance.Decisions) []control.Tested {
	var all []control.Tested
	for _, j := range p.tests {
		if !slices.Contains(j.Controls, id) && !slices.Contains(d.Tests, j.ID) {
			continue
		}
		t := control.Tested{ID: j.ID, Title: j.Title, Result: j.Result}
		if j.Lifecycle == verdict.LifecycleDisabled {
			t.Disabled = cmp.Or(j.Setting.Reason, "No reason was given.")
		}
		for _, s := range d.SetAside {
			if s.Test == j.ID {
				t.SetAside = s.Reason
			}
		}
		all = append(all, t)
	}
	for _, added := range d.Tests {
		if !p.hasTest(added) {
			all = append(all, control.Tested{ID: added, Title: added, Missing: true})
		}
	}
	return all
}

func (p *picture) hasTest(id string) bool {
	return slices.ContainsFunc(p.tests, func(j verdict.Judged) bool { return j.ID == id })
}

// noControl is the problem of an id that no control has.
func noControl(id string) error {
	return host.NotFound("control", id, "`plumbline control list` names every control.")
}
