package host

import "time"

// Hold keeps the versions of records that were valid in a span of time, also beyond the
// retention: evidence refers to them. It does not bring back what is pruned already.
type Hold struct {
	ID         string    `json:"id"`
	Connection string    `json:"connection" doc:"The connection's id"`
	Stream     string    `json:"stream,omitempty" doc:"Empty for all streams"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
	Reason     string    `json:"reason"`
	CreatedAt  time.Time `json:"created_at"`
}

// CodeHistoryPruned is the problem of asking for what is no longer kept.
const CodeHistoryPruned = "history.pruned"

// PruneResult counts what one pruning deleted.
type PruneResult struct {
	Versions int `json:"versions" doc:"Superseded versions of records"`
	Changes  int `json:"changes" doc:"Entries of the change log"`
	Runs     int `json:"runs"`
	Logs     int `json:"logs" doc:"Runs whose log went"`
}

// Deleted reports whether the pruning deleted anything.
func (r PruneResult) Deleted() bool { return r != PruneResult{} }

// Maintenance says what the store did for itself, and when.
type Maintenance struct {
	LastAt       *time.Time   `json:"last_at" doc:"When it was last maintained; null = never"`
	HistorySince *time.Time   `json:"history_since" doc:"From when on all versions of records are kept; null = from the beginning"`
	PrunedAt     *time.Time   `json:"pruned_at" doc:"When the last pruning ended"`
	Pruned       *PruneResult `json:"pruned,omitempty" doc:"What that pruning deleted"`
	Pruning      bool         `json:"pruning" doc:"A pruning has begun and not ended"`
	Bytes        uint64       `json:"bytes" doc:"Of the store on disk"`
	GivenBack    uint64       `json:"given_back" doc:"Bytes that the last pruning with something to delete gave back to the disk"`
}
