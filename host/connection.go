package host

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// Connection is a connector with settings. Its secrets are stored apart from it, sealed
// under the connection's id and the setting's name; only their names are part of it.
type Connection struct {
	ID        string          `json:"id"`
	Alias     string          `json:"alias" doc:"Unique; lower-case letters, digits, dots, dashes and underscores"`
	Connector string          `json:"connector"`
	Settings  json.RawMessage `json:"settings" doc:"As the connector's config schema has it, without secrets"`
	Secrets   []SecretInfo    `json:"secrets" doc:"Names and ages of the sealed secrets, never their values"`
	Schedule  string          `json:"schedule" doc:"Cron expression; empty means only when asked"`
	Deadline  string          `json:"deadline,omitempty" doc:"Longest a run may take, e.g. 90m; empty for the configuration's sync.deadline"`
	Paused    *Pause          `json:"paused,omitempty"`

	Disconnection *Disconnection `json:"disconnection,omitempty" doc:"Set while it is disconnected: its history is kept, and it is not run"`

	Owner string `json:"owner,omitempty" doc:"Who looks after it: a name or an e-mail address; empty for none"`

	Removals *RemovalOverride `json:"removals,omitempty" doc:"What a sync may remove without a person; absent for the configured limits"`

	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Revision  uint64    `json:"revision" doc:"Counts up with every edit; send it as If-Match to refuse lost updates"`
}

// SecretInfo says that a secret is stored, without saying what it is.
type SecretInfo struct {
	Name  string    `json:"name"`
	SetAt time.Time `json:"set_at"`
	SetBy *Actor    `json:"set_by,omitempty" doc:"Absent for a secret of an earlier version, which did not record it"`

	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"As the credential itself says: a certificate or a signed token; absent when it does not say"`
}

// Pause says since when, by whom and why the schedule does not run a connection.
type Pause struct {
	Since  time.Time `json:"since"`
	By     string    `json:"by" enum:"person,host"`
	Reason string    `json:"reason"`
	// The rest is set when the host paused it.
	Remedy   string `json:"remedy,omitempty" doc:"What to do before it is resumed"`
	Code     string `json:"code,omitempty" doc:"Of the problem that led to it"`
	Failures int    `json:"failures,omitempty" doc:"How many runs in a row had failed"`
}

// Who paused a connection.
const (
	PausedByPerson = "person"
	PausedByHost   = "host"
)

// ValidateDeadline returns a problem naming the field when deadline is neither empty nor
// a duration that a run may take.
func ValidateDeadline(deadline string) error {
	if deadline == "" {
		return nil
	}
	if d, err := time.ParseDuration(deadline); err != nil || d < time.Minute || d > 7*24*time.Hour {
		return Invalid("deadline", deadline, "must be a duration from 1m to 168h such as 90m or 6h, or empty for the configuration's")
	}
	return nil
}

// maxReason is the most bytes of a reason: it is read in one line.
const maxReason = 1000

// ValidateReason returns a problem naming the field when a person's reason for a pause or
// a hold is longer than a reason is.
func ValidateReason(reason string) error {
	if len(reason) > maxReason {
		return Invalid("reason", nil, fmt.Sprintf("has %d bytes; at most %d are allowed", len(reason), maxReason))
	}
	return nil
}

// OwnerNone stands for no owner where connections are filtered by owner.
const OwnerNone = "none"

// maxOwner is the most bytes that an owner may have.
const maxOwner = 200

// ValidateOwner returns a problem naming the field when owner is neither empty nor a name
// of one line.
func ValidateOwner(owner string) error {
	switch {
	case len(owner) > maxOwner:
		return Invalid("owner", nil, fmt.Sprintf("has %d bytes; at most %d are allowed", len(owner), maxOwner))
	case strings.TrimSpace(owner) != owner || strings.ContainsFunc(owner, unicode.IsControl):
		return Invalid("owner", owner, "must be a name of one line, without spaces around it")
	case strings.EqualFold(owner, OwnerNone):
		return Invalid("owner", owner, "means that there is no owner; leave it empty instead")
	}
	return nil
}

// Activity is what a connection is doing now, apart from how healthy it is.
type Activity string

// The activities.
const (
	ActivityIdle    Activity = "idle"
	ActivityQueued  Activity = "queued"
	ActivityRunning Activity = "running"
)

// ConnectionStatus is a connection with its health, runs and streams now.
type ConnectionStatus struct {
	Connection
	ConnectorName  string        `json:"connector_name"`
	ConnectorTrust Trust         `json:"connector_trust,omitempty" enum:"bundled,signed,trusted,unverified,development" doc:"Of the program that the next run starts; empty when there is none"`
	Notices        []Notice      `json:"notices" doc:"News that is no failure of a run: of its connector, or what containment refused it"`
	Categories     []Category    `json:"categories"`
	Health         Health        `json:"health" enum:"healthy,unhealthy,unknown"`
	Reason         Reason        `json:"reason" enum:"on_time,late,degraded,failing,action_required,paused,draft,disconnected"`
	Explanation    string        `json:"explanation" doc:"The reason in one sentence"`
	Remedy         string        `json:"remedy,omitempty" doc:"What to do about it"`
	Since          time.Time     `json:"since" doc:"Since when this health and reason hold"`
	FailingSteps   []string      `json:"failing_steps" doc:"Names of the steps that errored in the latest finished run"`
	Activity       Activity      `json:"activity" enum:"idle,queued,running"`
	LastRun        *Run          `json:"last_run"`
	History        []RunOutcome  `json:"history" doc:"The latest 30 finished runs, newest first"`
	LastSuccessAt  *time.Time    `json:"last_success_at"`
	NextRunAt      *time.Time    `json:"next_run_at"`
	Streams        []StreamStats `json:"streams"`
}

// NeedsYou reports whether a person has to act before the connection is read again as it
// should be: the host paused it, or it fails in a way that does not heal by itself.
func (c ConnectionStatus) NeedsYou() bool {
	if c.Paused != nil {
		return c.Paused.By == PausedByHost
	}
	return c.Reason == ReasonActionRequired || c.Reason == ReasonFailing
}

// ConnectionItem is a connection as lists show it. Its latest run with the steps, its
// settings and its streams are parts of ConnectionStatus.
type ConnectionItem struct {
	ID            string         `json:"id"`
	Alias         string         `json:"alias"`
	Connector     string         `json:"connector"`
	ConnectorName string         `json:"connector_name"`
	Categories    []Category     `json:"categories"`
	Schedule      string         `json:"schedule"`
	Paused        *Pause         `json:"paused,omitempty"`
	Disconnection *Disconnection `json:"disconnection,omitempty" doc:"Set while it is disconnected"`
	Owner         string         `json:"owner,omitempty"`
	NeedsYou      bool           `json:"needs_you,omitempty" doc:"A person has to act before it is read again as it should be"`
	Notices       []Notice       `json:"notices"`
	Health        Health         `json:"health" enum:"healthy,unhealthy,unknown"`
	Reason        Reason         `json:"reason" enum:"on_time,late,degraded,failing,action_required,paused,draft,disconnected"`
	Explanation   string         `json:"explanation" doc:"The reason in one sentence"`
	Since         time.Time      `json:"since" doc:"Since when this health and reason hold"`
	Trouble       *Trouble       `json:"trouble,omitempty" doc:"What a person should read first; absent when there is nothing"`
	Activity      Activity       `json:"activity" enum:"idle,queued,running"`
	LastRun       *RunItem       `json:"last_run,omitempty"`
	Recent        RecentRuns     `json:"recent"`
	Records       int            `json:"records" doc:"Current records of all its streams"`
	LastSuccessAt *time.Time     `json:"last_success_at"`
	NextRunAt     *time.Time     `json:"next_run_at"`
}

// Helping is the one thing to do about a trouble.
type Helping string

// What helps.
const (
	HelpEdit   Helping = "edit"   // a setting or a credential is wrong
	HelpResume Helping = "resume" // the host paused it for a cause outside its settings
	HelpDecide Helping = "decide" // a removal waits for a person
	HelpSync   Helping = "sync"   // another run may succeed
	HelpRead   Helping = "read"   // nothing that the person can do here
)

// Trouble is what keeps a connection from being healthy, in one line.
type Trouble struct {
	Step    string  `json:"step,omitempty" doc:"Title of the step that met it"`
	Message string  `json:"message"`
	Remedy  string  `json:"remedy,omitempty"`
	Action  Helping `json:"action" enum:"edit,resume,decide,sync,read" doc:"What helps: edit the settings, resume it, decide on held removals, sync it again, or only read the run"`
}

// RunItem is the latest run of a connection as lists show it.
type RunItem struct {
	ID     string      `json:"id"`
	Status RunStatus   `json:"status" enum:"queued,running,succeeded,partial,failed,cancelled,interrupted"`
	Step   string      `json:"step,omitempty" doc:"Title of the step that is running"`
	Queue  *QueuePlace `json:"queue,omitempty" doc:"Set while it is queued"`

	Added   int `json:"added,omitempty" doc:"Records that it added"`
	Changed int `json:"changed,omitempty" doc:"Records that it changed"`
	Removed int `json:"removed,omitempty" doc:"Records that it removed"`
}

// RecentRuns are the latest 30 finished runs of a connection, newest first. It is
// written short because a list holds one for each connection.
type RecentRuns struct {
	Statuses string `json:"statuses" doc:"A letter for each run: s succeeded, p partial, f failed, c cancelled, i interrupted"`
	Seconds  []int  `json:"seconds" doc:"How long each took, rounded"`
}

// RunOutcome is one cell of the history strip.
type RunOutcome struct {
	ID         string    `json:"id"`
	Status     RunStatus `json:"status" enum:"queued,running,succeeded,partial,failed,cancelled,interrupted"`
	FinishedAt time.Time `json:"finished_at"`
	Seconds    float64   `json:"seconds"`
}

// StreamStats says how much of a stream is stored and how fresh it is.
type StreamStats struct {
	Name           string     `json:"name"`
	Title          string     `json:"title"`
	Kind           string     `json:"kind"`
	Records        int        `json:"records" doc:"Current records, removed ones not counted"`
	LastCompleteAt *time.Time `json:"last_complete_at" doc:"When it was last read to the end without gaps and without a removal that is held"`
	FirstReadAt    *time.Time `json:"first_read_at" doc:"When it was first read; null before. A list as of an earlier moment says nothing"`
	FullReadAt     *time.Time `json:"full_read_at" doc:"When it was last read from its beginning to its end; null when that is not known"`

	Held *HeldRemoval `json:"held,omitempty" doc:"The removal of records that a person has not agreed to; absent when there is none"`
}

var aliasPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// ValidateAlias returns a problem naming the field when alias is not one.
func ValidateAlias(alias string) error {
	if alias == "available" || alias == "new" {
		return Invalid("alias", alias, "is the name of a screen; choose another")
	}
	if aliasPattern.MatchString(alias) {
		return nil
	}
	return Invalid("alias", alias, "must be 1 to 63 lower-case letters, digits, dots, dashes or underscores and begin with a letter or digit")
}
