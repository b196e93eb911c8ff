package documents_test

import (
	"encoding/json"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

func TestADraftIsStoredUntilItIsDeleted(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	draft := host.Draft{ID: "01JDRAFT", Connector: "csv", ConnectorName: "not stored", Alias: "hr", Settings: json.RawMessage(`{"path":"/a"}`)}
	first, err := b.PutDraft(As("ann"), draft, 0)
	Must(t, err)
	if first.Revision != 1 || first.UpdatedBy == nil || first.UpdatedAt.IsZero() || first.ConnectorName != "" || first.Steps == nil {
		t.Errorf("it is stored as %+v", first)
	}
	draft.Steps = []string{"step-1"}
	second, err := b.PutDraft(As("bob"), draft, first.Revision)
	Must(t, err)
	_, err = b.PutDraft(As("ann"), draft, first.Revision)
	WantProblem(t, err, host.CodeConflict, "revision")
	draft.ID = "01JOTHER"
	third, err := b.PutDraft(As("ann"), draft, 0)
	Must(t, err)
	b.Reopen()
	all, err := b.Drafts()
	Must(t, err)
	Same(t, "drafts, the latest first", all, []host.Draft{third, second})
	Must(t, b.DeleteDraft(As("ann"), "01JOTHER"))
	WantProblem(t, b.DeleteDraft(As("ann"), "01JOTHER"), host.CodeNotFound, "")
	draft.ID = "-"
	_, err = b.PutDraft(As("ann"), draft, 0)
	WantProblem(t, err, host.CodeInvalid, "id")
}
