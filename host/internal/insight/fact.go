package insight

import (
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
)

// Outcome is how a finished run ended.
type Outcome string

// The outcomes.
const (
	Completed    Outcome = "completed"
	Partial      Outcome = "partial"
	Failed       Outcome = "failed"
	Inconclusive Outcome = "inconclusive"
	Cancelled    Outcome = "cancelled"
)

// outcomes are the numbers of the outcomes in a Fact.
var outcomes = []Outcome{Completed, Partial, Failed, Inconclusive, Cancelled}

const (
	completed = iota
	partial
	failed
	inconclusive
	cancelled
)

// Group is what a cause belongs to.
type Group string

// The groups.
const (
	GroupCredential   Group = "credential"
	GroupPermission   Group = "permission"
	GroupSetting      Group = "setting"
	GroupNetwork      Group = "network"
	GroupDecision     Group = "decision" // removals wait for a person
	GroupMachine      Group = "machine"  // this machine: its clock, its disk, its limits, the programs on it
	GroupRateLimit    Group = "rate_limit"
	GroupVendor       Group = "vendor_outage"
	GroupConnectorBug Group = "connector_bug"
	GroupOurSide      Group = "our_side" // Plumbline itself
	GroupUnknown      Group = "unknown"
)

// groups are the numbers of the groups in a Fact. Those from firstInconclusive on say nothing about the company's systems.
var groups = []Group{
	"", GroupCredential, GroupPermission, GroupSetting, GroupNetwork, GroupDecision, GroupMachine,
	GroupRateLimit, GroupVendor, GroupConnectorBug, GroupOurSide, GroupUnknown,
}

var firstInconclusive = slices.Index(groups, GroupRateLimit)

// Inconclusive reports whether the causes of a group say nothing about the company's systems.
func (g Group) Inconclusive() bool { return slices.Index(groups, g) >= firstInconclusive }

// groupOf says which group each cause belongs to.
var groupOf = map[diagnosis.CauseID]Group{
	diagnosis.CauseCredentialExpired: GroupCredential,
	diagnosis.CauseCredentialWrong:   GroupCredential,
	diagnosis.CauseConsentWithdrawn:  GroupCredential,
	diagnosis.CausePermissionMissing: GroupPermission,
	diagnosis.CausePlanLimit:         GroupPermission,
	diagnosis.CauseTenantWrong:       GroupSetting,
	diagnosis.CauseSettingWrong:      GroupSetting,
	diagnosis.CauseAddressBlocked:    GroupNetwork,
	diagnosis.CauseNetworkDNS:        GroupNetwork,
	diagnosis.CauseNetworkConnect:    GroupNetwork,
	diagnosis.CauseNetworkProxy:      GroupNetwork,
	diagnosis.CauseTLSIntercepted:    GroupNetwork,
	diagnosis.CauseTLSCertificate:    GroupVendor,
	diagnosis.CauseTLSAuthority:      GroupSetting,
	diagnosis.CauseRemovalHeld:       GroupDecision,
	diagnosis.CauseRunCancelled:      GroupMachine, // a part that a person stopped
	diagnosis.CauseClockSkew:         GroupMachine,
	diagnosis.CauseStoreFull:         GroupMachine,
	diagnosis.CauseResourceLimit:     GroupMachine,
	diagnosis.CauseRunTime:           GroupMachine,
	diagnosis.CauseConnectorGone:     GroupMachine,
	diagnosis.CauseConnectorRefused:  GroupMachine,
	diagnosis.CauseRateLimit:         GroupRateLimit,
	diagnosis.CauseQuotaUsed:         GroupRateLimit,
	diagnosis.CauseVendorOutage:      GroupVendor,
	diagnosis.CauseVendorMaintenance: GroupVendor,
	diagnosis.CauseItemVanished:      GroupVendor,
	diagnosis.CauseCursorExpired:     GroupVendor,
	diagnosis.CauseAnswerChanged:     GroupConnectorBug,
	diagnosis.CauseConnectorBug:      GroupConnectorBug,
	diagnosis.CauseHostUndeclared:    GroupConnectorBug,
	diagnosis.CauseHostBug:           GroupOurSide,
	diagnosis.CauseHostStopped:       GroupOurSide,
	diagnosis.CauseUnknown:           GroupUnknown,
}

// GroupOf returns the group of a cause; one that has none is unknown.
func GroupOf(cause diagnosis.CauseID) Group {
	if g, ok := groupOf[cause]; ok {
		return g
	}
	return GroupUnknown
}

// Fact is what is kept of one finished run, about a hundred bytes.
type Fact struct {
	Run     string
	At      int64  // when it was queued, in nanoseconds
	Began   int64  // 0 = it never did
	Ended   int64  // 0 = not recorded
	Due     int64  // when its schedule wanted it; 0 = no schedule did, or it was not recorded
	Unread  uint64 // the streams that were not read whole, as bits over the names of the connection's streams
	outcome uint8
	group   uint8 // 0 = it completed or was cancelled
}

// MostStreams is how many streams of a connection Fact.Unread can tell apart.
const MostStreams = 64

// NeedsCause reports whether a finished run has a cause: it did not complete and was not cancelled.
func NeedsCause(run *host.Run) bool {
	switch run.Status {
	case host.StatusPartial, host.StatusFailed:
		return true
	case host.StatusInterrupted:
		return run.StartedAt != nil
	}
	return false
}

// FactOf returns the fact of a finished run. Cause is its first cause where NeedsCause says that it has one.
func FactOf(run *host.Run, cause diagnosis.CauseID) Fact {
	f := Fact{Run: run.ID, At: run.QueuedAt.UnixNano(), Began: nanos(run.StartedAt), Ended: nanos(run.FinishedAt), outcome: completed}
	if run.Trigger == host.TriggerSchedule || run.Trigger == host.TriggerCatchUp {
		f.Due = nanos(run.DueAt)
	}
	switch {
	case !NeedsCause(run) && run.Status != host.StatusSucceeded:
		f.outcome = cancelled
	case NeedsCause(run):
		group := GroupOf(cause)
		f.group = uint8(slices.Index(groups, group))
		switch {
		case run.Status == host.StatusPartial:
			f.outcome = partial
		case group.Inconclusive():
			f.outcome = inconclusive
		default:
			f.outcome = failed
		}
	}
	return f
}

func nanos(at *time.Time) int64 {
	if at == nil {
		return 0
	}
	return at.UnixNano()
}

// Outcome returns how the run ended.
func (f *Fact) Outcome() Outcome { return outcomes[f.outcome] }

// Group returns what the cause belongs to, empty for a run without one.
func (f *Fact) Group() Group { return groups[f.group] }

// grace is how much later than its schedule a run may begin without being late.
const grace = time.Minute

// Late returns how long after its schedule wanted it a late run began, 0 for any other.
func (f *Fact) Late() time.Duration {
	if late := time.Duration(f.Began - f.Due); f.Due > 0 && f.Began > 0 && late >= grace {
		return late
	}
	return 0
}

// Took returns how long a run took, false for one that has no beginning or no end.
func (f *Fact) Took() (time.Duration, bool) {
	return time.Duration(max(f.Ended-f.Began, 0)), f.Began > 0 && f.Ended > 0
}

// Filter selects facts. Empty fields select all; of several values one has to hold.
type Filter struct {
	Since, Until time.Time // from the first moment on, and before the second
	Outcomes     []Outcome
	Groups       []Group
	Late         bool // only late ones
}

// Takes reports whether a fact is selected.
func (q *Filter) Takes(f *Fact) bool {
	return (q.Since.IsZero() || f.At >= q.Since.UnixNano()) && (q.Until.IsZero() || f.At < q.Until.UnixNano()) &&
		(len(q.Outcomes) == 0 || slices.Contains(q.Outcomes, f.Outcome())) &&
		(len(q.Groups) == 0 || slices.Contains(q.Groups, f.Group())) && (!q.Late || f.Late() > 0)
}

// Validate returns a problem that names the field of a value that is none.
func (q *Filter) Validate() error {
	for _, o := range q.Outcomes {
		if !slices.Contains(outcomes, o) {
			return host.Invalid("outcome", o, "must be completed, partial, failed, inconclusive or cancelled")
		}
	}
	for _, g := range q.Groups {
		if g == "" || !slices.Contains(groups, g) {
			return host.Invalid("cause", g, "must be credential, permission, setting, network, decision, machine, rate_limit, "+
				"vendor_outage, connector_bug, our_side or unknown")
		}
	}
	if !q.Since.IsZero() && !q.Until.IsZero() && !q.Since.Before(q.Until) {
		return host.Invalid("since", q.Since.Format(time.RFC3339), "must be before until")
	}
	return nil
}
