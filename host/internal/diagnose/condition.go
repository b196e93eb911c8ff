package diagnose

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// condition is what a rule demands of a failure and of the facts around it.
type condition func(f Facts, x failure) bool

// says demands that the failure's words, or those of a warning or error in the log of its
// step, match a pattern.
func says(pattern *regexp.Regexp) condition {
	return func(f Facts, x failure) bool { return pattern.MatchString(x.words(f)) }
}

// faultOf demands a fault.
func faultOf(fault host.Fault) condition {
	return func(_ Facts, x failure) bool { return x.problem.Fault == fault }
}

// status demands the HTTP status of the vendor's answer.
func status(code int) condition {
	return func(_ Facts, x failure) bool { return x.problem.UpstreamStatus == code }
}

// changed demands that something of the kind was changed since the connection worked. For
// a connection that never worked that is an edit after it was added.
func changed(kind string) condition {
	return func(f Facts, _ failure) bool { return len(f.changesOf(kind)) > 0 }
}

// changesOf returns the changes of a kind, newest first.
func (f Facts) changesOf(kind string) (all []Since) {
	for _, c := range f.Changes {
		if c.Kind == kind {
			all = append(all, c)
		}
	}
	return all
}

// worked demands an earlier run in which every step completed.
func worked(f Facts, _ failure) bool { return f.Worked != nil }

func neverWorked(f Facts, _ failure) bool { return f.Worked == nil }

// takesAuthority demands that a setting of the connector takes the certificate of an authority: what it reads may be a
// server of the company's own.
func takesAuthority(f Facts, _ failure) bool { return f.Connector.Authority != "" }

// namesPermission demands that the problem names what was not granted.
func namesPermission(_ Facts, x failure) bool { return len(x.problem.Permissions) > 0 }

// othersRead demands that the run read another stream whole: the address and the
// credential are good for that.
func othersRead(f Facts, x failure) bool {
	return slices.ContainsFunc(f.Run.Steps, func(s host.Step) bool {
		return s.Name != x.step && s.Stream != "" && s.Status == host.StatusSucceeded
	})
}

// reached demands that the run connected to every host that it asked for, and to one at
// least: what failed came after the connection.
func reached(f Facts, _ failure) bool {
	connected := false
	for _, c := range f.Run.Network {
		if c.Failed > 0 {
			return false
		}
		connected = connected || c.Connections > 0
	}
	return connected
}

// waitedMost demands that the run spent more than half of its time waiting for the
// vendor's limits.
func waitedMost(f Facts, _ failure) bool {
	if f.Run.StartedAt == nil || f.Run.FinishedAt == nil {
		return false
	}
	waited := 0.0
	for _, s := range f.Run.Steps {
		waited += s.Waited
	}
	return waited > f.Run.FinishedAt.Sub(*f.Run.StartedAt).Seconds()/2
}

// near is how far apart two runs are that fail for one thing around them.
const near = time.Hour

// failsElsewhere demands that a connection of another connector fails with the code near
// the time of the run.
func failsElsewhere(code string) condition {
	return func(f Facts, _ failure) bool { return len(f.alike(code)) > 0 }
}

// alike returns the other connections that fail with a code near the time of the run, of
// other connectors: two connections of one vendor share the vendor.
func (f Facts) alike(code string) (all []OtherRun) {
	for _, o := range f.Elsewhere {
		if o.Connector != f.Connector.ID && matches(code, o.Code) && f.around(o.At) {
			all = append(all, o)
		}
	}
	return all
}

func (f Facts) around(at time.Time) bool {
	return f.Run.FinishedAt != nil && at.Sub(*f.Run.FinishedAt).Abs() <= near
}

// matches reports whether a code is one, or one of a family such as network.*.
func matches(pattern, code string) bool {
	family, isFamily := strings.CutSuffix(pattern, "*")
	return isFamily && strings.HasPrefix(code, family) || pattern == code
}

func words(alternatives ...string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)` + strings.Join(alternatives, "|"))
}

// The words that vendors, the sdk and the host use for a cause. Each list holds documented
// messages and codes, shortened to what several vendors share.
var (
	clockWords = words(`clock`, `\biat\b.{0,40}\bexp\b`, `time ?too ?skewed`, `skew`, `signature expired`, `request ?expired`,
		`not yet valid`, `not within its valid time range`, `AADSTS700024`, `issued in the future`, `'?exp'?\W.{0,40}too far in the future`,
		`short-lived token`, `stale request`)
	addressWords = words(
		`\bip\b.{0,60}(not (allowed|permitted|whitelisted|authorized)|block|allow.?list|restrict|denied|rejected|access list)`,
		`allow.?list|whitelist|network zone|trusted location|conditional access`, `your ip\b`, `ip_not_allowed`, `AADSTS53003`)
	firewallWords = words(`attention required`, `cloudflare's firewall`, `cf-mitigated`, `captcha`, `just a moment`,
		`access denied.{0,80}(edgesuite|akamai|reference)`,
		`web application firewall`, `\bwaf\b`, `incapsula`, `request (was )?blocked`, `the request could not be satisfied`)
	quotaWords = words(`quota.{0,30}(used up|exhausted)`, `daily`, `per[- ]day`, `monthly`, `REQUEST_LIMIT_EXCEEDED`, `TotalRequests limit`)
	rateWords  = words(`rate ?limit`, `too many requests`, `throttl`, `slow down`)
	planWords  = words(`upgrade`, `(your|current|present|this) (plan|edition|subscription|tier)`, `licen[cs]e`,
		`not (included|available) (in|on|for) .{0,30}(plan|edition|tier)`,
		`feature.{0,40}(not enabled|disabled|not available)`, `subscri`, `enterprise (plan|only)`, `premium`)
	withdrawnWords = words(`revoked`, `withdrawn`, `consent`, `deactivated`, `suspended`, `account_inactive`,
		`user.{0,20}(disabled|deleted|inactive)`,
		`uninstalled`, `app.{0,20}(disabled|removed)`)
	expiryWords        = words(`expired`, `has run out`, `no longer valid`)
	unknownTenantWords = words(`tenant`, `no such (site|workspace|organi[sz]ation|account|domain)`,
		`(site|workspace|organi[sz]ation|account|domain).{0,40}(not found|does not exist|unavailable)`)
	authorityWords   = words(`authority this machine does not know`, `unknown authority`)
	maintenanceWords = words(`maintenance`, `scheduled (down|upgrade)`)
	brokenWords      = words(`ended early`, `is not JSON from byte`, `cannot be read`, `is not whole`, `changed each time`)
	webPageWords     = words(`is a web page`, `a sign-in page`)
)
