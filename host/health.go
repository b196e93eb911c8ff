package host

// Health says how a connection is: healthy when every step of the latest finished run
// completed, unhealthy when one or more failed, unknown when no run has finished.
type Health string

// The three states.
const (
	HealthUnknown   Health = "unknown"
	HealthHealthy   Health = "healthy"
	HealthUnhealthy Health = "unhealthy"
)

// Reason stands beside the health chip and says why.
type Reason string

// The reasons.
const (
	ReasonOnTime         Reason = "on_time"         // complete, within one interval
	ReasonLate           Reason = "late"            // no success for one interval
	ReasonDegraded       Reason = "degraded"        // something was not read; expected to heal by itself
	ReasonFailing        Reason = "failing"         // the last run failed
	ReasonActionRequired Reason = "action_required" // a person has to do something
	ReasonPaused         Reason = "paused"          // by a person, or by the host after repeated failures
	ReasonDraft          Reason = "draft"           // no run has finished yet
	ReasonDisconnected   Reason = "disconnected"    // a person disconnected it; its history is kept
)
