package host

import (
	"time"
)

// RunStatus is where a run, or one of its steps, stands.
type RunStatus string

// The statuses. Queued and running are not final; all others are. A step can
// also be skipped, when an earlier one failed.
const (
	StatusQueued      RunStatus = "queued"
	StatusRunning     RunStatus = "running"
	StatusSucceeded   RunStatus = "succeeded"
	StatusPartial     RunStatus = "partial"
	StatusFailed      RunStatus = "failed"
	StatusCancelled   RunStatus = "cancelled"
	StatusInterrupted RunStatus = "interrupted"
	StatusSkipped     RunStatus = "skipped"
)

// Final reports whether nothing more will happen to the run or step.
func (s RunStatus) Final() bool { return s != StatusQueued && s != StatusRunning }

// Trigger says what started a run.
type Trigger string

// The triggers.
const (
	TriggerManual   Trigger = "manual"   // a person or script asked
	TriggerSchedule Trigger = "schedule" // its time came
	TriggerCatchUp  Trigger = "catch_up" // its time came while the host was off
	TriggerRetry    Trigger = "retry"    // the last run failed in a way that heals
)

// Run is one sync of a connection.
type Run struct {
	ID               string      `json:"id"`
	Connection       string      `json:"connection" doc:"The connection's id"`
	Alias            string      `json:"alias"`
	Connector        string      `json:"connector"`
	ConnectorVersion string      `json:"connector_version"`
	ConnectorSHA256  string      `json:"connector_sha256,omitempty" doc:"Of the program that was run"`
	ConnectorTrust   Trust       `json:"connector_trust,omitempty" enum:"bundled,signed,trusted,unverified,development" doc:"Why that program was taken for what it claims to be"`
	Trigger          Trigger     `json:"trigger" enum:"manual,schedule,catch_up,retry"`
	Actor            *Actor      `json:"actor,omitempty" doc:"Who or what started it; absent when that was not recorded"`
	Full             bool        `json:"full,omitempty" doc:"A person asked to read every stream from its beginning"`
	Status           RunStatus   `json:"status" enum:"queued,running,succeeded,partial,failed,cancelled,interrupted"`
	QueuedAt         time.Time   `json:"queued_at"`
	DueAt            *time.Time  `json:"due_at,omitempty" doc:"When its schedule wanted it; absent when no schedule did, and in runs of earlier versions"`
	Queue            *QueuePlace `json:"queue,omitempty" doc:"Set while it is queued; not stored"`
	StartedAt        *time.Time  `json:"started_at"`
	FinishedAt       *time.Time  `json:"finished_at"`
	Epoch            uint64      `json:"epoch" doc:"Fencing number: a later run's commits win"`
	Steps            []Step      `json:"steps"`
	Error            *Problem    `json:"error,omitempty" doc:"What ended the run, when it was not a step"`
	Network          []Contact   `json:"network,omitempty" doc:"Hosts the connector asked to reach, and what became of it"`
	RefusedCalls     []string    `json:"refused_calls,omitempty" doc:"System calls that the kernel refused, by name, where it reports them"`
	Identity         string      `json:"identity,omitempty" doc:"Who the credential belongs to, when the vendor says"`
}

// Contact is a host a connector asked to reach in a run.
type Contact struct {
	Host        string `json:"host" doc:"As it was asked for; (others) when there were too many to keep apart"`
	Port        int    `json:"port"`
	Address     string `json:"address,omitempty" doc:"Where the last connection went; the company's proxy when it went through that"`
	Connections int    `json:"connections"`
	Sent        int64  `json:"sent_bytes"`
	Received    int64  `json:"received_bytes"`
	Denied      int    `json:"denied" doc:"How often a connection was not allowed"`
	Failed      int    `json:"failed" doc:"How often the host could not be reached"`
	Reason      string `json:"reason,omitempty" doc:"Why, the last time it was denied or failed"`
}

// Counts are what a step did to the records of its stream.
type Counts struct {
	Read    int `json:"read"`
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Removed int `json:"removed"`
}

// Step is one part of a run with its own outcome.
type Step struct {
	Name       string     `json:"name"`
	Title      string     `json:"title"`
	Stream     string     `json:"stream" doc:"Empty for a step that reads no stream"`
	Status     RunStatus  `json:"status" enum:"queued,running,succeeded,partial,failed,cancelled,interrupted,skipped"`
	StartedAt  *time.Time `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"`
	Counts
	Expected  int        `json:"expected,omitempty" doc:"How many there will be, when the vendor says"`
	Note      string     `json:"note,omitempty" doc:"What it is doing now, or why it was skipped"`
	Requests  int        `json:"requests,omitempty" doc:"How many requests it has sent to the vendor"`
	Waited    float64    `json:"waited_seconds,omitempty" doc:"How long it has waited for rate limits and before trying again"`
	WaitUntil *time.Time `json:"wait_until,omitempty" doc:"Set while it waits for a rate limit or a retry"`
	Error     *Problem   `json:"error,omitempty"`
	Gaps      []Gap      `json:"gaps" doc:"Named parts that could not be read"`
	Resumed   bool       `json:"resumed,omitempty" doc:"It went on from the last checkpoint, so what it did not see was not judged"`
	Full      FullRead   `json:"full_read,omitempty" enum:"asked,interval,refused" doc:"Why no cursor was used: a person asked, the interval was over, or it was refused"`
	Held      int        `json:"held,omitempty" doc:"Removals that wait for a person to confirm, also those found by an earlier run"`
}

// FullRead says why a stream is read from its beginning though a cursor is stored.
type FullRead string

// The reasons.
const (
	FullAsked    FullRead = "asked"    // a person asked
	FullInterval FullRead = "interval" // the last one is longer ago than sync.full_every
	FullRefused  FullRead = "refused"  // the connector refused the cursor
)

// Gap is a named part that could not be read, and why.
type Gap struct {
	Scope string  `json:"scope" doc:"The part, e.g. a search base or a repository"`
	Error Problem `json:"error"`
}

// Failed reports whether the step failed. A gap is a failure too: something was not read.
func (s Step) Failed() bool {
	return s.Status == StatusFailed || s.Status == StatusPartial || s.Status == StatusInterrupted
}

// Log is one line of a run's log.
type Log struct {
	Number  int       `json:"number" doc:"Counts up from 1 within the run"`
	At      time.Time `json:"at"`
	Level   string    `json:"level" enum:"debug,info,warn,error"`
	Step    string    `json:"step,omitempty"`
	Message string    `json:"message"`
}

// What a queued run can wait for.
const (
	WaitsForSlot      = "slot"      // one of the runs that may go on at one moment
	WaitsForConnector = "connector" // the limit of its connector
	WaitsForBudget    = "budget"    // the rate budget it shares with other connections
	WaitsForMemory    = "memory"    // memory for its program
	WaitsForProcessor = "processor" // a processor that has time
)

// QueuePlace says where a queued run stands and what keeps it.
type QueuePlace struct {
	Position    int        `json:"position" doc:"1 goes next, as far as can be foreseen"`
	Waiting     int        `json:"waiting" doc:"How many runs wait"`
	WaitsFor    string     `json:"waits_for" enum:"slot,connector,budget,memory,processor"`
	Subject     string     `json:"subject,omitempty" doc:"The connector or the budget it waits for"`
	Explanation string     `json:"explanation" doc:"What keeps it, in words"`
	Until       *time.Time `json:"until,omitempty" doc:"When it can go on at the earliest, when that is known"`
}
