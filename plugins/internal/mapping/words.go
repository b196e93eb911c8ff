package mapping

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// usualWords returns the words that spreadsheets and consoles write, for the words of each field. Only words whose
// meaning does not depend on the system are here: "invited", "contractor" of an account or "archived" of a person
// need a line in the setting "values".
func usualWords() map[string]string {
	return map[string]string{
		"account.status": `active: enabled, enable, live, current, ok, valid, unlocked, activated, licensed, allowed, in use, password expired
			suspended: disabled, disable, inactive, not active, locked, locked out, blocked
			suspended: deactivated, paused, on hold, frozen, expired, revoked
			deprovisioned: deleted, removed, terminated, closed, purged`,
		"account.type": `human: user, person, people, employee, staff, member, regular, internal user, standard user
			service: service account, serviceaccount, service principal, system, system account, application, app, machine, technical, api
			bot: robot, chatbot
			external: guest, guest user, external user, partner, vendor, supplier, b2b
			group: security group, distribution group, distribution list, mail group, team`,
		"person.status": `future: new hire, pre hire, prehire, upcoming, onboarding, hired, not started
			active: employed, current, working, enabled
			on_leave: leave, leave of absence, loa, parental leave, maternity leave, paternity leave, sick leave, sabbatical
			terminated: left, leaver, former, ex employee, resigned, dismissed, offboarded, departed, retired, inactive, ended`,
		"person.employment": `employee: full time, fulltime, part time, parttime, permanent, regular, staff, fte
			employee: full time employee, part time employee
			contractor: freelance, freelancer, consultant, contract, independent contractor, external, agency
			intern: internship, trainee, apprentice, working student
			other: temporary, temp, seasonal, volunteer, board member`,
		"ticket.status": `open: new, todo, to do, backlog, reopened, opened, unassigned
			in_progress: doing, started, active, working, in review, review, waiting, on hold, blocked, pending, assigned
			done: closed, resolved, complete, completed, finished, fixed, solved
			cancelled: canceled, rejected, declined, duplicate, abandoned, won't do, wont do, invalid`,
		"finding.severity": `critical: urgent, very high, severe, blocker
			high: important, major, error
			medium: moderate, warning, med
			low: minor, note
			info: informational, information, negligible, none`,
		"finding.status": `open: new, active, todo, to do, detected, unresolved, reopened, triaged, confirmed, in progress, vulnerable, ` +
			`exploitable
			fixed: resolved, closed, remediated, patched, done
			accepted: risk accepted, accepted risk, won't fix, wont fix, will not fix, ignored, suppressed, muted, waived, exception
			false_positive: not affected, not an issue, not vulnerable, not exploitable, invalid`,
	}
}

// moreWords are the usual words of the kinds of documents, checks and systems.
func moreWords() map[string]string {
	return map[string]string{
		"background_check.status": `pending: ordered, invited, waiting, new
			in_progress: processing, running, started
			complete: completed, done, finished, closed
			cancelled: canceled, withdrawn, abandoned`,
		"training.status": `assigned: not started, enrolled, pending, invited
			in_progress: started, incomplete
			complete: completed, done, passed, finished
			overdue: past due, late
			waived: exempt, excused, not required`,
		"signature.status": `sent: pending, awaiting signature, waiting for signature, out for signature, delivered
			viewed: opened, read, seen
			signed: completed, complete, done, executed
			declined: rejected, refused
			voided: cancelled, canceled, revoked, recalled, withdrawn
			expired: lapsed`,
		"policy.status": `in_review: under review, review, pending approval, in approval
			approved: published, active, in force, current, effective, final
			retired: archived, obsolete, superseded, withdrawn, expired, inactive`,
		"assessment.status": `planned: scheduled, not started, upcoming
			in_progress: started, ongoing
			complete: completed, done, finished, closed
			expired: lapsed`,
		"assessment.result": `passed: pass, compliant, satisfactory, success, successful
			failed: fail, non compliant, noncompliant, unsatisfactory
			mixed: partial, partially compliant, passed with exceptions, qualified`,
		"automation.last_result": `succeeded: success, successful, ok, passed, completed
			failed: failure, error, fail`,
		"monitor.status": `ok: up, healthy, green, normal, resolved, passing
			warning: warn, degraded, yellow
			alerting: alert, critical, down, firing, red, failing, triggered
			no_data: nodata, missing, stale`,
		"repository.visibility": `internal: company, organization
			public: open`,
		"change.status": `open: opened, in review, draft
			merged: completed, integrated
			closed: declined, abandoned, rejected`,
	}
}

// wordIndex finds the word of a field by "kind.field" and a usual word.
var wordIndex = sync.OnceValue(func() map[string]map[string]string {
	index := map[string]map[string]string{}
	all := usualWords()
	maps.Copy(all, moreWords())
	for field, text := range all {
		index[field] = map[string]string{}
		for line := range strings.Lines(text) {
			word, usual, _ := strings.Cut(strings.TrimSpace(line), ": ")
			for one := range strings.SplitSeq(usual, ", ") {
				index[field][plainWords(one)] = word
			}
		}
	}
	return index
})

// flags returns the words in the header of a column of yes and no, with the words of yes and of no, by field. A
// column "accountEnabled" with the field status has yes for active. A header without such a word has no usual meaning
// for yes and no.
func flags() map[string][]flag {
	active := func(yes, no string) flag {
		return flag{[]string{"active", "enabled", "activated", "status", "state"}, yes, no}
	}
	return map[string][]flag{
		"account.status": {
			{[]string{"inactive", "disabled", "deactivated", "suspended", "locked", "blocked"}, "suspended", "active"},
			active("active", "suspended"),
		},
		"account.type": {{[]string{"guest", "external"}, "external", ""}, {[]string{"bot"}, "bot", ""}, {[]string{"service"},
			"service", ""}},
		"person.status":         {{[]string{"inactive", "terminated"}, "terminated", "active"}, active("active", "terminated")},
		"training.status":       {{[]string{"complete", "completed", "done", "passed", "finished"}, "complete", ""}},
		"signature.status":      {{[]string{"signed"}, "signed", ""}},
		"repository.visibility": {{[]string{"private"}, "private", ""}, {[]string{"public"}, "public", ""}},
	}
}

// flag is a meaning of yes and no. An empty word is no meaning.
type flag struct {
	header  []string
	yes, no string
}

// usual returns the usual meaning of a word for a field.
func usual(k kind.Kind, f Field, header, text string) (string, bool) {
	name := string(k) + "." + f.Name
	if word, ok := wordIndex()[name][plainWords(text)]; ok {
		return word, true
	}
	answer, err := readTri(text)
	if err != nil || answer == "unknown" {
		return "", false
	}
	words := headerWords(header)
	for _, flag := range flags()[name] {
		if !slices.ContainsFunc(words, func(w string) bool { return slices.Contains(flag.header, w) }) {
			continue
		}
		word := flag.yes
		if answer == "no" {
			word = flag.no
		}
		return word, word != ""
	}
	return "", false
}

// headerWords returns the words of a header such as "accountEnabled", "is_active" or "Sign-in blocked". A word
// after "not" or "non" is joined with it, so that it is no word of a flag.
func headerWords(header string) []string {
	var b strings.Builder
	previous := ' '
	for _, r := range header {
		if r >= 'A' && r <= 'Z' && previous >= 'a' && previous <= 'z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		previous = r
	}
	words := strings.Fields(plainWords(b.String()))
	for i := 1; i < len(words); i++ {
		if words[i-1] == "not" || words[i-1] == "non" {
			words[i] = "not" + words[i]
		}
	}
	return words
}
