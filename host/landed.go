package host

import "time"

// Landed is one transaction of the journal as its readers see it. What changed is
// asked for by those who need it.
type Landed struct {
	Position   string    `json:"position" doc:"Of the transaction in the feed"`
	At         time.Time `json:"at" doc:"Commit time"`
	Connection string    `json:"connection,omitempty" doc:"Id; empty when documents were edited"`
	Run        string    `json:"run,omitempty"`
	Stream     string    `json:"stream,omitempty"`
}

// ReaderStatus is how far a reader of the journal is.
type ReaderStatus struct {
	Name        string     `json:"name"`
	Position    string     `json:"position" doc:"Behind the last transaction that it handled; empty = at the beginning"`
	BehindSince *time.Time `json:"behind_since,omitempty" doc:"Commit time of the first transaction that waits; absent when all are handled"`
	Error       string     `json:"error,omitempty" doc:"Why the last attempt failed"`
	RetryAt     *time.Time `json:"retry_at,omitempty" doc:"When it tries again"`
}
