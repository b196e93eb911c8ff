package host

import "time"

// SourceState says how far a list can be relied on for one connection.
type SourceState string

// The states, the worst first. A source is in the first that holds.
const (
	SourceDisconnected SourceState = "disconnected" // a person disconnected it by the moment of the list

	SourceMissing  SourceState = "missing"  // nothing was read of it by the moment of the list
	SourceFailing  SourceState = "failing"  // the latest run could not read it
	SourcePartial  SourceState = "partial"  // the latest run read a part of it, or a removal waits for a person
	SourceStale    SourceState = "stale"    // it was read completely, but not as recently as its schedule promises
	SourceComplete SourceState = "complete" // the latest run read all of it, in time
)

// Source is a connection that a list shows records of, or would.
type Source struct {
	Connection     string      `json:"connection" doc:"The connection's id"`
	Alias          string      `json:"alias"`
	ConnectorName  string      `json:"connector_name"`
	State          SourceState `json:"state" enum:"disconnected,missing,failing,partial,stale,complete" doc:"How far the list can be relied on for it, now: disconnected = a person disconnected it before the moment of the list, so its records are not current; missing = nothing was read by the moment of the list; failing = the latest run could not read it; partial = a part was not read, or a removal waits for a person; stale = not read completely as recently as its schedule promises, or paused; complete = all of it was read in time"`
	Explanation    string      `json:"explanation" doc:"The state in one sentence"`
	Health         Health      `json:"health" enum:"healthy,unhealthy,unknown" doc:"Of the connection"`
	Reason         Reason      `json:"reason" enum:"on_time,late,degraded,failing,action_required,paused,draft,disconnected" doc:"Of the connection"`
	DisconnectedAt *time.Time  `json:"disconnected_at,omitempty" doc:"When it was disconnected, also when the list is of a moment before; its records have not been read since"`
	Streams        []string    `json:"streams" doc:"Its streams that the list is about"`
	Records        int         `json:"records" doc:"Current records of these streams"`
	FirstReadAt    *time.Time  `json:"first_read_at" doc:"When anything was first read of these streams; null while nothing was"`
	LastCompleteAt *time.Time  `json:"last_complete_at" doc:"When the last of these streams was read to its end; of several the earliest moment; null while one never was"`
}
