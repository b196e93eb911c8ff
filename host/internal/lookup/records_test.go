package lookup_test

import (
	"bytes"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

// Without its run a record of a program in development would pass for evidence, so
// a run that cannot be read fails the list.
func TestARecordIsNotListedWithoutItsMark(t *testing.T) {
	t.Parallel()
	store, err := journal.Open(journal.Options{Dir: t.TempDir(), Key: bytes.Repeat([]byte{7}, 32), MinFreeBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	records := []host.Record{{Key: "users-1", Run: "01M8KJYDZSD2W9HDDX056BRNTQ", ConnectorTrust: host.TrustDevelopment}}
	use := lookup.New(lookup.Parts{Store: store})
	if err := use.Marked(records); err != nil {
		t.Errorf("a run that is not kept any more fails the list: %v", err)
	}
	if err := store.Close(); err != nil { // no run can be read any more
		t.Fatal(err)
	}
	if err := use.Marked(records); err == nil {
		t.Errorf("the record is listed as %+v", records[0])
	}
}
