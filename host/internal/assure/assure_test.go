package assure_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/internal/assure"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

const pdf = "%PDF-1.7\nreport\n%%EOF\n"

// must returns a value that has no error.
func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// refused checks that an error is a problem with this code, of these fields; what is not found is named by the code alone.
func refused(t *testing.T, err error, code, fields string) {
	t.Helper()
	var p *host.Problem
	if !errors.As(err, &p) || p.Code != code || code != host.CodeNotFound && hosttest.Fields(p) != fields {
		t.Errorf("it is refused with %v, want %s of %q", err, code, fields)
	}
}

func fresh(t *testing.T) *boot.Host {
	t.Helper()
	return hosttest.Open(t, hosttest.Options(t, hosttest.Dir(t), nil))
}

func TestADecisionHasAnActorAndARevision(t *testing.T) {
	t.Parallel()
	h, ctx := fresh(t), hosttest.As(t)
	const id = "physical-security"
	before := must(h.Control(ctx, id))(t)
	if before.Revision != 0 || !before.Applies || before.State != assurance.StateNeedsEvidence {
		t.Errorf("before any decision it is %+v", before)
	}
	none := uint64(0)
	_, err := h.EditControl(ctx, id, &none, assurance.ControlEdit{Applies: new(bool)})
	refused(t, err, host.CodeInvalid, "reason")
	owner := "ann@example.com"
	after := must(h.EditControl(ctx, id, &none, assurance.ControlEdit{Applies: new(bool), Reason: "There is no office.", Owner: &owner}))(t)
	if after.State != assurance.StateNotApplicable || after.Owner != owner || after.Revision != 1 || after.Applicability.By.Name != "anna" ||
		!strings.Contains(after.Reason, "There is no office.") {
		t.Errorf("after it is %+v", after)
	}
	_, err = h.EditControl(ctx, id, &none, assurance.ControlEdit{Owner: new(string)})
	refused(t, err, host.CodeConflict, "revision")
	_, err = h.EditControl(ctx, "nothing", nil, assurance.ControlEdit{Owner: new(string)})
	refused(t, err, host.CodeNotFound, "")
	_, err = h.EditControl(ctx, id, nil, assurance.ControlEdit{Title: &owner})
	refused(t, err, host.CodeInvalid, "title")
	entries, _, err := h.Audit(ctx, lookup.AuditQuery{Collection: assure.CollectionControl, Limit: 10})
	if err != nil || len(entries) != 1 || entries[0].Actor.Name != "anna" || entries[0].Key != id {
		t.Errorf("the audit log has %+v, %v", entries, err)
	}
}

func TestTestsAndRequirementsAreMapped(t *testing.T) {
	t.Parallel()
	h, ctx := fresh(t), hosttest.As(t)
	_, err := h.AddControl(ctx, assurance.NewControl{ID: "Clean Desk", Tests: []string{"nope"}})
	refused(t, err, host.CodeInvalid, "id title")
	_, err = h.AddControl(ctx, assurance.NewControl{
		ID: "clean-desk", Title: "Desks are empty", Tests: []string{"nope"}, Requirements: map[string][]string{"iso-27001": {"A.99"}},
	})
	refused(t, err, host.CodeInvalid, "add_tests add_requirements.iso-27001")
	own := must(h.AddControl(ctx, assurance.NewControl{
		ID: "clean-desk", Title: "Desks are empty", Tests: []string{"disks-encrypted"}, Requirements: map[string][]string{"iso-27001": {"A.7.7"}},
	}))(t)
	if !own.Own || own.State != assurance.StateUnproven || own.ShownBy != assurance.ShownByTests || len(own.Requirements) != 1 {
		t.Errorf("a control of the company's own is %+v", own)
	}
	_, err = h.AddControl(ctx, assurance.NewControl{ID: "access-mfa", Title: "Twice"})
	refused(t, err, host.CodeInvalid, "id")
	framework := must(h.Framework(ctx, "iso-27001"))(t)
	met := slices.IndexFunc(framework.Requirements, func(r assurance.Requirement) bool { return r.ID == "A.7.7" })
	if r := framework.Requirements[met]; !slices.ContainsFunc(r.Controls, func(c assurance.ControlRef) bool { return c.ID == "clean-desk" }) {
		t.Errorf("the requirement is met by %+v", r.Controls)
	}
	_, err = h.EditControl(ctx, "clean-desk", nil, assurance.ControlEdit{SetAside: []string{"disks-encrypted"}})
	refused(t, err, host.CodeInvalid, "reason")
	aside := must(h.EditControl(ctx, "clean-desk", nil, assurance.ControlEdit{
		SetAside: []string{"disks-encrypted"}, Reason: "No laptops.",
	}))(t)
	if aside.State != assurance.StateNeedsEvidence || aside.Lines[0].Counts || !strings.Contains(aside.Lines[0].Why, "No laptops.") {
		t.Errorf("with its test set aside it is %+v", aside)
	}
	_, err = h.EditControl(ctx, "clean-desk", nil, assurance.ControlEdit{
		CountAgain: []string{"mfa-identity"}, RemoveTests: []string{"mfa-identity"},
	})
	refused(t, err, host.CodeInvalid, "remove_tests count_again")
	back := must(h.EditControl(ctx, "clean-desk", nil, assurance.ControlEdit{CountAgain: []string{"disks-encrypted"}}))(t)
	if back.State != assurance.StateUnproven {
		t.Errorf("with its test it is %s", back.State)
	}
	refused(t, h.RemoveControl(ctx, "access-mfa", nil), host.CodeConflict, "")
	if err := h.RemoveControl(ctx, "clean-desk", nil); err != nil {
		t.Fatal(err)
	}
	refused(t, h.RemoveControl(ctx, "clean-desk", nil), host.CodeNotFound, "")
}

// TestNothingPassesOnAFreshInstallation: a mutant that counts empty, unused or nothing as a pass is caught.
func TestNothingPassesOnAFreshInstallation(t *testing.T) {
	t.Parallel()
	h, ctx := fresh(t), hosttest.As(t)
	for _, c := range must(h.Controls(ctx))(t) {
		if c.State != assurance.StateUnproven && c.State != assurance.StateNeedsEvidence {
			t.Errorf("%s is %s: %s", c.ID, c.State, c.Reason)
		}
	}
	frameworks := must(h.Frameworks(ctx))(t)
	for _, f := range frameworks {
		n := f.Counts
		if n.Passing != 0 || n.Unproven+n.NeedsEvidence+n.Uncovered != f.Total {
			t.Errorf("%s has %+v of %d", f.ID, n, f.Total)
		}
	}
	if len(frameworks) != 6 {
		t.Errorf("there are %d frameworks", len(frameworks))
	}
}

func TestTheLifeOfEvidence(t *testing.T) {
	t.Parallel()
	var days atomic.Int64 // that have passed
	o := hosttest.Options(t, hosttest.Dir(t), nil)
	o.Now = func() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, int(days.Load())) }
	h, ctx := hosttest.Open(t, o), hosttest.As(t)
	_, err := h.AddEvidence(ctx, assurance.NewEvidence{Controls: []string{"nope"}, RenewDays: -1})
	refused(t, err, host.CodeInvalid, "title controls renew_every_days")
	asked := must(h.AddEvidence(ctx, assurance.NewEvidence{Title: "Plan", Controls: []string{"incident-plan"}}))(t)
	if asked.State != assurance.EvidenceNeedsArtifact || must(h.Control(ctx, "incident-plan"))(t).State != assurance.StateNeedsEvidence {
		t.Errorf("what was asked for is %+v", asked)
	}
	_, err = h.RenewEvidence(ctx, asked.ID, nil, assurance.NewArtifact{Kind: assurance.EvidenceFile, File: &assurance.File{
		Name: "plan.pdf", SHA256: strings.Repeat("0", 64),
	}})
	refused(t, err, host.CodeNotFound, "")
	uploaded := must(h.UploadEvidence(ctx, "../plan.pdf", strings.NewReader(pdf)))(t)
	file := uploaded
	file.Name, file.Bytes, file.Type = "plan.pdf", 1, "text/html" // what the client says of it does not count
	added := must(h.RenewEvidence(ctx, asked.ID, &asked.Revision, assurance.NewArtifact{Kind: assurance.EvidenceFile, File: &file}))(t)
	if added.State != assurance.EvidenceReady || *added.Latest.File != uploaded || added.Latest.By.Name != "anna" {
		t.Errorf("with a file it is %+v, %+v", added, added.Latest)
	}
	if c := must(h.Control(ctx, "incident-plan"))(t); c.State != assurance.StatePassing || c.ShownBy != assurance.ShownByEvidence {
		t.Errorf("its control is %s: %s", c.State, c.Reason)
	}
	_, err = h.EditEvidence(ctx, asked.ID, &asked.Revision, assurance.EvidenceEdit{})
	refused(t, err, host.CodeConflict, "revision")
	days.Store(340)
	if e := must(h.Evidence(asked.ID))(t); e.State != assurance.EvidenceUpcoming {
		t.Errorf("near its end it is %s", e.State)
	}
	days.Store(380)
	if c := must(h.Control(ctx, "incident-plan"))(t); c.State != assurance.StateNeedsEvidence {
		t.Errorf("with evidence that has ended its control is %s", c.State)
	}
	renewed := must(h.RenewEvidence(ctx, asked.ID, nil, assurance.NewArtifact{
		Kind: assurance.EvidenceAttestation, Statement: "The plan holds.",
	}))(t)
	owner := "ben@example.com"
	renewed = must(h.EditEvidence(ctx, asked.ID, &renewed.Revision, assurance.EvidenceEdit{Owner: &owner}))(t)
	if len(renewed.Versions) != 2 || renewed.Versions[0].Statement == "" || *renewed.Versions[1].File != uploaded {
		t.Errorf("its versions are %+v", renewed.Versions)
	}
	_, err = h.RemoveEvidence(ctx, asked.ID, nil, " ")
	refused(t, err, host.CodeInvalid, "reason")
	removed := must(h.RemoveEvidence(ctx, asked.ID, nil, "Replaced by the handbook."))(t)
	if removed.State != assurance.EvidenceRemoved || len(removed.Versions) != 2 {
		t.Errorf("removed it is %+v", removed)
	}
	opened, _, err := h.EvidenceFile(asked.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := io.ReadAll(opened); string(raw) != pdf || errors.Join(err, opened.Close()) != nil {
		t.Errorf("the file of the first version is %q, %v", raw, err)
	}
	_, err = h.RenewEvidence(ctx, asked.ID, nil, assurance.NewArtifact{Kind: assurance.EvidenceLink, Link: "https://example.com"})
	refused(t, err, host.CodeConflict, "")
}

func TestArtifactsThatAreNotComplete(t *testing.T) {
	t.Parallel()
	h, ctx := fresh(t), hosttest.As(t)
	later := time.Now().Add(time.Hour)
	for fields, n := range map[string]assurance.NewArtifact{
		"kind":         {Kind: "song"},
		"link":         {Kind: assurance.EvidenceLink},
		"ticket":       {Kind: assurance.EvidenceTicket},
		"statement":    {Kind: assurance.EvidenceAttestation},
		"file":         {Kind: assurance.EvidenceLink, Link: "https://example.com", File: &assurance.File{}},
		"collected_at": {Kind: assurance.EvidenceAttestation, Statement: "So it is.", CollectedAt: &later},
		"valid_until":  {Kind: assurance.EvidenceAttestation, Statement: "So it is.", ValidUntil: &time.Time{}},
	} {
		_, err := h.AddEvidence(ctx, assurance.NewEvidence{Title: "T", Artifact: &n})
		refused(t, err, host.CodeInvalid, fields)
	}
	for _, link := range []string{"javascript:alert(1)", "file:///etc/passwd", "https://ann:x@example.com", "https://", "data:text/html,x"} {
		n := assurance.NewArtifact{Kind: assurance.EvidenceLink, Link: link}
		_, err := h.AddEvidence(ctx, assurance.NewEvidence{Title: "T", Artifact: &n})
		refused(t, err, host.CodeInvalid, "link")
	}
	for _, e := range must(h.EvidenceItems(ctx))(t) {
		if !e.Automated {
			t.Errorf("%+v was stored", e)
		}
	}
}

// TestAProcessThatIsKilledBetweenFileAndEntry leaves a file that no evidence names: it is deleted a day later, and no other one is.
func TestAProcessThatIsKilledBetweenFileAndEntry(t *testing.T) {
	t.Parallel()
	dir, ctx := hosttest.Dir(t), hosttest.As(t)
	h := must(boot.Open(t.Context(), hosttest.Options(t, dir, nil)))(t)
	kept := must(h.UploadEvidence(ctx, "kept.pdf", strings.NewReader(pdf)))(t)
	must(h.AddEvidence(ctx, assurance.NewEvidence{Title: "T", Artifact: &assurance.NewArtifact{Kind: assurance.EvidenceFile, File: &kept}}))(t)
	left := must(h.UploadEvidence(ctx, "left.txt", strings.NewReader("left")))(t)
	half := filepath.Join(dir, "evidence", ".upload.unfinished-1")
	if err := errors.Join(os.WriteFile(half, []byte("half"), 0o600), h.Close()); err != nil {
		t.Fatal(err)
	}
	exists := func(sum string) bool {
		_, err := os.Stat(filepath.Join(dir, "evidence", sum[:2], sum))
		return err == nil
	}
	for _, days := range []int{0, 2} {
		o := hosttest.Options(t, dir, nil)
		o.Now = func() time.Time { return time.Now().AddDate(0, 0, days) }
		again := must(boot.Open(t.Context(), o))(t)
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
		if !exists(kept.SHA256) || exists(left.SHA256) != (days == 0) {
			t.Errorf("after %d days: the file that is named is there: %t, the other: %t", days, exists(kept.SHA256), exists(left.SHA256))
		}
	}
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half an upload is left: %v", err)
	}
}

func TestTextsOfFrameworks(t *testing.T) {
	t.Parallel()
	h, ctx := fresh(t), hosttest.As(t)
	ask := func(framework, name, content string, preview bool) (assurance.TextImport, error) {
		request := assure.TextRequest{Framework: framework, Name: name, Title: "Title", Preview: preview}
		return h.ImportText(ctx, request, strings.NewReader(content))
	}
	_, err := ask("iso-27001", "a.csv", "id,text\nA.5.1,x\nA.5.1,y\n", false)
	refused(t, err, host.CodeInvalid, "file")
	if !strings.Contains(err.Error(), "line 3, column 1") {
		t.Errorf("it is refused with %v", err)
	}
	_, err = ask("iso-27001", "a.csv", "id,text\nZ.1,x\n", false)
	refused(t, err, host.CodeInvalid, "file")
	_, err = ask("iso-27001", "a.txt", "id,text\nA.5.1,x\n", false)
	refused(t, err, host.CodeInvalid, "file")
	const table = "id,title,text\na.5.1,Policies,There are policies.\nZ.1,Else,x\n"
	preview := must(ask("iso-27001", "a.csv", table, true))(t)
	if preview.Matched != 1 || !slices.Equal(preview.Unknown, []string{"Z.1"}) || len(preview.Missing) != 92 ||
		preview.Sample[0].ID != "A.5.1" {
		t.Errorf("the preview is %+v", preview)
	}
	if f := must(h.Framework(ctx, "iso-27001"))(t); f.Text != nil || f.Requirements[0].Text != "" {
		t.Errorf("a preview stored %+v", f.Text)
	}
	must(ask("iso-27001", "a.csv", table, false))(t)
	must(ask("iso-27001", "b.csv", strings.Replace(table, "There are", "They have", 1), false))(t)
	f := must(h.Framework(ctx, "iso-27001"))(t)
	if f.Text.Name != "b.csv" || f.Text.By.Name != "anna" || f.Requirements[0].Text != "They have policies." || f.Total != 93 || f.Own {
		t.Errorf("after the second import it is %+v, %+v", f.Text, f.Requirements[0])
	}
	must(ask("pci-dss", "a.csv", "id,title\n1.1,One\n1.2,\n", false))(t)
	control := must(h.EditControl(ctx, "access-mfa", nil, assurance.ControlEdit{AddRequirements: map[string][]string{"pci-dss": {"1.2"}}}))(t)
	own := must(h.Framework(ctx, "pci-dss"))(t)
	if !own.Own || own.Title != "Title" || own.Requirements[0].State != assurance.StateUncovered ||
		own.Requirements[1].State != control.State {
		t.Errorf("a framework of the company's own is %+v", own)
	}
	if err := errors.Join(h.RemoveText(ctx, "pci-dss"), h.RemoveText(ctx, "iso-27001")); err != nil {
		t.Fatal(err)
	}
	refused(t, h.RemoveText(ctx, "iso-27001"), host.CodeNotFound, "")
	_, err = h.Framework(ctx, "pci-dss")
	refused(t, err, host.CodeNotFound, "")
	control = must(h.Control(ctx, "access-mfa"))(t)
	if last := control.Requirements[len(control.Requirements)-1]; last.Framework != "pci-dss" || last.Title != "" {
		t.Errorf("a requirement that is gone is %+v", last)
	}
}
