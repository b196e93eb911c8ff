package runs

import (
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

// UnfinishedRuns returns the runs that have not ended, in the state that was saved last.
func (t *Table) UnfinishedRuns() (runs []host.Run, err error) {
	err = t.ledger.View(func(txn *badgerdir.Txn) error {
		ids, err := layout.IDs(txn, layout.PrefixUnfinished)
		for _, id := range ids {
			stored, err := layout.LoadRun(txn, id)
			if err != nil {
				return err
			}
			runs = append(runs, stored.Run)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read unfinished runs: %w", err)
	}
	return runs, nil
}
