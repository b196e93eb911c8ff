package assure

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/control"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/task"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

const (
	renewDays   = 365 // unless the person says otherwise
	mostRenew   = 3660
	mostHistory = 10_000 // artifacts of one item
)

// shown returns an item of evidence with its state.
func shown(d documents.Document[assurance.StoredEvidence], now time.Time) assurance.Evidence {
	v := d.Value
	e := assurance.Evidence{
		ID: d.Key, Title: v.Title, Owner: v.Owner, Controls: append([]string{}, v.Controls...), RenewDays: v.RenewDays, Latest: v.Latest,
		Versions: []assurance.Artifact{}, Removed: v.Removed, Revision: d.Revision,
	}
	if v.Latest != nil {
		e.Kind = v.Latest.Kind
	}
	e.State, e.Reason = control.EvidenceState(v, now)
	return e
}

// added returns the evidence that people added, by title.
func (a *Assurer) added(now time.Time) ([]assurance.Evidence, error) {
	stored, err := a.evidence.List()
	if err != nil {
		return nil, err
	}
	all := make([]assurance.Evidence, 0, len(stored))
	for _, d := range stored {
		all = append(all, shown(d, now))
	}
	sortByTitle(all)
	return all, nil
}

func sortByTitle(all []assurance.Evidence) {
	slices.SortFunc(all, func(a, b assurance.Evidence) int { return cmp.Or(compare(a.Title, b.Title), compare(a.ID, b.ID)) })
}

// EvidenceAt returns the evidence that people had added by a moment, by title, as it was then. What had been removed by then is left out.
func (a *Assurer) EvidenceAt(ctx context.Context, at time.Time) ([]assurance.Evidence, error) {
	stored, err := a.evidence.AsOf(ctx, at)
	if err != nil {
		return nil, err
	}
	all := []assurance.Evidence{}
	for _, d := range stored {
		if e := shown(d, at); e.State != assurance.EvidenceRemoved {
			all = append(all, e)
		}
	}
	sortByTitle(all)
	return all, nil
}

// EvidenceItems returns all evidence: what people added by title, then the results of tests and the lists that they judge.
func (a *Assurer) EvidenceItems(ctx context.Context) ([]assurance.Evidence, error) {
	p, err := a.look(ctx)
	if err != nil {
		return nil, err
	}
	populations, err := a.populations(p)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(p.evidence)
	shows := map[string][]string{} // controls by test
	for _, c := range p.controls() {
		for _, l := range c.Lines {
			if l.Kind == assurance.LineTest {
				shows[l.ID] = append(shows[l.ID], c.ID)
			}
		}
	}
	for _, j := range p.tests {
		all = append(all, ofResult(j.Test, j.Result, shows[j.ID]))
	}
	for _, one := range populations {
		all = append(all, ofPopulation(one, shows))
	}
	return all, nil
}

// ofResult returns the result of a test as evidence. It is ready once the test found something, be it good or bad.
func ofResult(t verdict.Test, r verdict.Result, controls []string) assurance.Evidence {
	e := assurance.Evidence{
		ID: "test:" + t.ID, Title: t.Title, Automated: true, Kind: assurance.EvidenceResult, State: assurance.EvidenceNeedsArtifact,
		Reason: r.Reason, Controls: append([]string{}, controls...), Result: string(r.State), Versions: []assurance.Artifact{},
	}
	switch r.State {
	case verdict.StatePassing, verdict.StateFailing:
		e.State = assurance.EvidenceReady
	case verdict.StateStale:
		e.State = assurance.EvidenceNeedsRenewal
	default: // it found nothing
	}
	return e
}

// ofPopulation returns a list that tests judge as evidence. It is ready if it was read whole and lately.
func ofPopulation(p assurance.Population, shows map[string][]string) assurance.Evidence {
	e := assurance.Evidence{
		ID: "list:" + p.Alias + "/" + p.Stream, Title: p.Alias + " / " + p.Stream, Automated: true, Kind: assurance.EvidencePopulation,
		State: assurance.EvidenceReady, Reason: fmt.Sprintf("%d records, read whole.", p.Records), Population: &p, Controls: []string{},
		Versions: []assurance.Artifact{},
	}
	if p.AccessList {
		e.Kind = assurance.EvidenceAccessList
	}
	switch {
	case p.AsOf == nil:
		e.State, e.Reason = assurance.EvidenceNeedsArtifact, "It was never read to its end."
	case p.Stale:
		e.State, e.Reason = assurance.EvidenceNeedsRenewal, "Its last complete read is too old."
	case !p.Complete:
		e.State, e.Reason = assurance.EvidenceNeedsRenewal, "It was not read whole: "+strings.Join(p.Gaps, " ")
	}
	for _, t := range p.Tests {
		e.Controls = append(e.Controls, shows[t]...)
	}
	slices.Sort(e.Controls)
	e.Controls = slices.Compact(e.Controls)
	return e
}

// Evidence returns an item that a person added, with every artifact that it ever had.
func (a *Assurer) Evidence(id string) (assurance.Evidence, error) {
	d, err := a.evidence.Get(id)
	if host.IsNotFound(err) {
		return assurance.Evidence{}, noEvidence(id)
	}
	if err != nil {
		return assurance.Evidence{}, err
	}
	e := shown(d, a.parts.Now())
	e.Versions, err = a.artifacts(id)
	return e, err
}

// EvidenceDue returns the evidence of people that is missing, has ended or ends soon.
func (a *Assurer) EvidenceDue() ([]assurance.Evidence, error) {
	all, err := a.added(a.parts.Now())
	return slices.DeleteFunc(all, func(e assurance.Evidence) bool {
		return e.State == assurance.EvidenceReady || e.State == assurance.EvidenceRemoved
	}), err
}

func noEvidence(id string) error {
	return host.NotFound("evidence", id, "`plumbline evidence list` names what people added.")
}

// artifacts returns every artifact of an item, newest first: each stands in the history of its document.
func (a *Assurer) artifacts(id string) ([]assurance.Artifact, error) {
	entries, err := a.evidence.History(id, mostHistory)
	if err != nil {
		return nil, err
	}
	all := []assurance.Artifact{}
	for _, entry := range entries {
		var stored assurance.StoredEvidence
		if err := json.Unmarshal(entry.Document, &stored); err != nil {
			return nil, fmt.Errorf("decode evidence %s: %w", id, err)
		}
		if l := stored.Latest; l != nil && (len(all) == 0 || all[len(all)-1].Number != l.Number) {
			all = append(all, *l)
		}
	}
	return all, nil
}

// UploadEvidence stores a file. It does nothing until evidence names it, and is deleted a day later if none does.
func (a *Assurer) UploadEvidence(ctx context.Context, name string, r io.Reader) (assurance.File, error) {
	return actor.Act(ctx, func(host.Actor) (assurance.File, error) { return a.parts.Files.Put(r, name, assurance.MaxFile) })
}

// EvidenceFile opens the file of an artifact. The caller closes it.
func (a *Assurer) EvidenceFile(id string, number int) (*os.File, assurance.Artifact, error) {
	e, err := a.Evidence(id)
	if err != nil {
		return nil, assurance.Artifact{}, err
	}
	for _, v := range e.Versions {
		if v.Number == number && v.File != nil {
			file, err := a.parts.Files.Open(v.File.SHA256)
			return file, v, err
		}
	}
	return nil, assurance.Artifact{}, host.NotFound("file", fmt.Sprintf("%s, version %d", id, number),
		"`plumbline evidence show "+id+"` names the versions.")
}

// AddEvidence stores an item of evidence. Without an artifact it is a request for one.
func (a *Assurer) AddEvidence(ctx context.Context, n assurance.NewEvidence) (assurance.Evidence, error) {
	return actor.Act(ctx, func(by host.Actor) (assurance.Evidence, error) {
		e := assurance.StoredEvidence{RenewDays: cmp.Or(n.RenewDays, renewDays)}
		var faults host.Faults
		faults.Add(a.change(&e, assurance.EvidenceEdit{Title: &n.Title, Owner: &n.Owner, Controls: &n.Controls}))
		faults.Add(checkRenewal(e.RenewDays))
		if n.Artifact != nil {
			faults.Add(a.attach(&e, *n.Artifact, by))
		}
		if err := faults.Err(); err != nil {
			return assurance.Evidence{}, err
		}
		id := task.NewID()
		if _, err := a.evidence.Put(ctx, id, e, 0); err != nil {
			return assurance.Evidence{}, err
		}
		return a.Evidence(id)
	})
}

// EditEvidence changes an item of evidence. IfRevision is the revision that the change is based on; nil = whatever it is.
func (a *Assurer) EditEvidence(ctx context.Context, id string, ifRevision *uint64, edit assurance.EvidenceEdit) (
	assurance.Evidence, error,
) {
	return a.update(ctx, id, ifRevision, func(e *assurance.StoredEvidence, _ host.Actor) error { return a.change(e, edit) })
}

// RenewEvidence gives an item of evidence a new artifact. The one before is kept.
func (a *Assurer) RenewEvidence(ctx context.Context, id string, ifRevision *uint64, n assurance.NewArtifact) (assurance.Evidence, error) {
	return a.update(ctx, id, ifRevision, func(e *assurance.StoredEvidence, by host.Actor) error { return a.attach(e, n, by) })
}

// RemoveEvidence makes an item of evidence not count any more. Its entry and its files are kept.
func (a *Assurer) RemoveEvidence(ctx context.Context, id string, ifRevision *uint64, reason string) (assurance.Evidence, error) {
	return a.update(ctx, id, ifRevision, func(e *assurance.StoredEvidence, by host.Actor) error {
		if err := needText("reason", reason, mostReason); err != nil {
			return err
		}
		e.Removed = &assurance.Removal{Reason: reason, By: by, At: a.parts.Now().UTC()}
		return nil
	})
}

// update changes an item that is not removed.
func (a *Assurer) update(
	ctx context.Context, id string, ifRevision *uint64, change func(*assurance.StoredEvidence, host.Actor) error,
) (assurance.Evidence, error) {
	return actor.Act(ctx, func(by host.Actor) (assurance.Evidence, error) {
		d, err := a.evidence.Get(id)
		if host.IsNotFound(err) {
			return assurance.Evidence{}, noEvidence(id)
		}
		if err != nil {
			return assurance.Evidence{}, err
		}
		if d.Value.Removed != nil {
			return assurance.Evidence{}, host.Refused(host.CodeConflict, "Add it again.", "this evidence was removed: %s", d.Value.Removed.Reason)
		}
		if err := change(&d.Value, by); err != nil {
			return assurance.Evidence{}, err
		}
		revision := d.Revision
		if ifRevision != nil {
			revision = *ifRevision
		}
		if _, err := a.evidence.Put(ctx, id, d.Value, revision); err != nil {
			return assurance.Evidence{}, err
		}
		return a.Evidence(id)
	})
}

// change changes what an item is called, whose it is and what it shows.
func (a *Assurer) change(e *assurance.StoredEvidence, edit assurance.EvidenceEdit) error {
	var faults host.Faults
	if edit.Title != nil {
		faults.Add(needText("title", *edit.Title, mostTitle))
		e.Title = *edit.Title
	}
	if edit.Owner != nil {
		faults.Add(host.ValidateOwner(*edit.Owner))
		e.Owner = *edit.Owner
	}
	if edit.RenewDays != nil {
		faults.Add(checkRenewal(*edit.RenewDays))
		e.RenewDays = *edit.RenewDays
	}
	if edit.Controls != nil {
		controls := slices.Clone(*edit.Controls)
		slices.Sort(controls)
		controls = slices.Compact(controls)
		faults.Add(a.checkControls(controls, e.Controls))
		e.Controls = controls
	}
	return faults.Err()
}

// checkControls refuses ids of controls that do not exist, unless the evidence named them before.
func (a *Assurer) checkControls(ids, before []string) error {
	shipped, err := a.controls()
	if err != nil {
		return err
	}
	decided, err := a.decisions.List()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, c := range shipped {
		known[c.ID] = true
	}
	for _, d := range decided {
		known[d.Key] = true
	}
	var faults host.Faults
	for _, id := range ids {
		if !known[id] && !slices.Contains(before, id) {
			faults.Add(host.Invalid("controls", id, "is no control; `plumbline control list` names every control"))
		}
	}
	return faults.Err()
}

func checkRenewal(days int) error {
	if days < 1 || days > mostRenew {
		return host.Invalid("renew_every_days", days, fmt.Sprintf("must be 1 to %d", mostRenew))
	}
	return nil
}

// attach makes an artifact the latest of an item.
func (a *Assurer) attach(e *assurance.StoredEvidence, n assurance.NewArtifact, by host.Actor) error {
	now := a.parts.Now().UTC()
	made := assurance.Artifact{Number: 1, Kind: n.Kind, Link: n.Link, Ticket: n.Ticket, Statement: n.Statement, CollectedAt: now, By: by,
		At: now}
	if e.Latest != nil {
		made.Number = e.Latest.Number + 1
	}
	if n.CollectedAt != nil {
		made.CollectedAt = n.CollectedAt.UTC()
	}
	made.ValidUntil = made.CollectedAt.AddDate(0, 0, e.RenewDays)
	if n.ValidUntil != nil {
		made.ValidUntil = n.ValidUntil.UTC()
	}
	var faults host.Faults
	if made.CollectedAt.After(now) {
		faults.Add(host.Invalid("collected_at", made.CollectedAt, "is still to come"))
	}
	if !made.ValidUntil.After(made.CollectedAt) {
		faults.Add(host.Invalid("valid_until", made.ValidUntil, "must be after collected_at"))
	}
	faults.Add(checkText("statement", n.Statement, mostText, true))
	faults.Add(checkText("ticket", n.Ticket, mostTitle, false))
	faults.Add(checkLink(n.Link))
	faults.Add(a.complete(&made, n))
	e.Latest = &made
	return faults.Err()
}

// complete checks that an artifact has what its kind needs.
func (a *Assurer) complete(made *assurance.Artifact, n assurance.NewArtifact) error {
	if n.File != nil && n.Kind != assurance.EvidenceFile {
		return host.Invalid("file", nil, "belongs to the kind file alone")
	}
	switch n.Kind {
	case assurance.EvidenceFile:
		if n.File == nil {
			return host.Invalid("file", nil, "is missing: upload it, and give what the upload answers")
		}
		file, err := a.parts.Files.Named(*n.File)
		made.File = &file
		return err
	case assurance.EvidenceLink:
		if n.Link == "" {
			return host.Invalid("link", "", "is missing")
		}
	case assurance.EvidenceTicket:
		if n.Ticket == "" && n.Link == "" {
			return host.Invalid("ticket", "", "is missing: give its number or its address")
		}
	case assurance.EvidenceAttestation:
		if n.Statement == "" {
			return host.Invalid("statement", "", "is missing: say what you attest")
		}
	default:
		return host.Invalid("kind", n.Kind, "must be file, link, ticket or attestation")
	}
	return nil
}

// checkLink refuses an address that a browser would not open as a page.
func checkLink(link string) error {
	if link == "" {
		return nil
	}
	if err := checkText("link", link, 2000, false); err != nil {
		return err
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return host.Invalid("link", link, "must be an address that begins with https:// or http://, without a user")
	}
	return nil
}

// stored returns every file that a document names or named, with the title of what names it.
func (a *Assurer) stored() (map[string]string, error) {
	named := map[string]string{}
	items, err := a.evidence.List()
	if err != nil {
		return nil, err
	}
	for _, d := range items {
		artifacts, err := a.artifacts(d.Key)
		if err != nil {
			return nil, err
		}
		for _, v := range artifacts {
			if v.File != nil {
				named[v.File.SHA256] = fmt.Sprintf("%s of evidence %q, version %d", v.File.Name, d.Value.Title, v.Number)
			}
		}
	}
	texts, err := a.texts.List()
	for _, t := range texts {
		named[t.Value.File.SHA256] = "the text of the framework " + t.Key
	}
	return named, err
}

// VerifyFiles compares every file that evidence names with its hash. It returns how many there are, their bytes, and what is wrong.
func (a *Assurer) VerifyFiles(ctx context.Context) (files int, bytes int64, bad []host.BadEntry, err error) {
	named, err := a.stored()
	if err != nil {
		return 0, 0, nil, err
	}
	for _, sha256 := range sorted(named) {
		wrong, size, err := a.parts.Files.Check(ctx, sha256)
		if err != nil {
			return files, bytes, bad, err
		}
		files, bytes = files+1, bytes+size
		if wrong != "" {
			bad = append(bad, host.BadEntry{Kind: "file", File: a.parts.Files.Path(sha256), Message: named[sha256] + ": " + wrong})
		}
	}
	return files, bytes, bad, nil
}

// uploadKept is how long a file is kept that no document names.
const uploadKept = 24 * time.Hour

// SweepFiles deletes what uploads left that no document names. The host calls it when it starts.
func (a *Assurer) SweepFiles() error {
	if err := a.parts.Files.Sweep(); err != nil {
		return err
	}
	named, err := a.stored()
	if err != nil {
		return err
	}
	keep := map[string]bool{}
	for sha256 := range named {
		keep[sha256] = true
	}
	_, err = a.parts.Files.Delete(a.parts.Now().Add(-uploadKept), keep)
	return err
}
