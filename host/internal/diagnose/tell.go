package diagnose

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
)

// mostEvidence is how many pieces of one kind a cause shows. Steps has all names.
const mostEvidence = 3

// tell returns a cause with its words, evidence and remedies.
func (t tale) tell(f Facts, found finding) diagnosis.Cause {
	first := found.failures[0]
	fill := t.filler(f, found)
	c := diagnosis.Cause{
		ID: found.cause, Title: fill.Replace(t.title), Sentence: tidy(fill.Replace(t.sentence)), Confidence: found.sure,
		Who: t.who, Inconclusive: t.inconclusive, Steps: []string{}, Remedies: []diagnosis.CauseFix{}, Code: first.problem.Code,
	}
	for _, x := range found.failures {
		if x.step != "" && !slices.Contains(c.Steps, x.step) {
			c.Steps = append(c.Steps, x.step)
		}
	}
	c.Evidence = evidence(f, found)
	for _, one := range t.fixes {
		text := tidy(fill.Replace(one.text))
		if text == "" || slices.ContainsFunc(c.Remedies, func(known diagnosis.CauseFix) bool { return known.Text == text }) {
			continue
		}
		c.Remedies = append(c.Remedies, diagnosis.CauseFix{Text: text, Who: one.who, Action: one.action, Guide: f.guide(one.guide)})
	}
	if found.sure == diagnosis.ConfidencePossible || found.sure == diagnosis.ConfidenceUnknown || found.sure == diagnosis.ConfidenceLikely {
		for _, more := range t.more {
			c.TellsMore = append(c.TellsMore, fill.Replace(more))
		}
	}
	return c
}

// filler fills in what the texts of a tale leave open.
func (t tale) filler(f Facts, found finding) *strings.Replacer {
	p := found.failures[0].problem
	said := strings.TrimRight(strings.TrimSpace(p.Message), ".")
	permissions, needed := f.permissions(found)
	colon := ""
	if said != "" {
		colon = ": " + said
	}
	return strings.NewReplacer(
		"{vendor}", f.vendor(), "{alias}", f.Alias, "{connector}", f.Connector.ID, "{said}", said, "{colonSaid}", colon, "{own}", p.Remedy,
		"{permissions}", permissions, "{needed}", needed, "{when}", f.whenWorked(), "{changed}", f.whatChanged(found.cause), "{hosts}", f.hosts(),
		"{authority}", f.Connector.Authority,
	)
}

// tidy ends a text with one full stop and begins it with a capital.
func tidy(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	if last := text[len(text)-1]; last != '.' && last != '!' && last != '?' && last != '`' {
		text += "."
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func (f Facts) vendor() string { return cmp.Or(f.Connector.Name, f.Connector.ID, "the vendor") }

func (f Facts) whenWorked() string {
	if f.Worked == nil {
		return "at first"
	}
	return "on " + f.Worked.At.UTC().Format("2 January 2006")
}

// permissions names what was not granted, and what cannot be read without it.
func (f Facts) permissions(found finding) (names, needed string) {
	var ids, reads []string
	for _, x := range found.failures {
		for _, id := range x.problem.Permissions {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		if x.title != "" && !slices.Contains(reads, x.title) {
			reads = append(reads, x.title)
		}
	}
	names = cmp.Or(listed(ids), "a permission")
	return names, cmp.Or(listed(reads), "what the connector asks for")
}

// whatChanged says what was edited since the connection worked, where the cause lies in
// that: ", since anna changed token on 3 May".
func (f Facts) whatChanged(cause diagnosis.CauseID) string {
	kind := ChangedSetting
	if cause == diagnosis.CauseCredentialWrong {
		kind = ChangedCredential
	}
	all := f.changesOf(kind)
	if len(all) == 0 {
		return ""
	}
	by := "it was changed"
	if all[0].Actor != nil {
		by = all[0].Actor.String() + " changed " + listed(all[0].Names)
	}
	return ", since " + by + " on " + all[0].At.UTC().Format("2 January 2006")
}

// hosts names the hosts that the run asked for, those that failed first.
func (f Facts) hosts() string {
	var failed, other []string
	for _, c := range f.Run.Network {
		switch {
		case c.Failed > 0 || c.Denied > 0:
			failed = append(failed, c.Host)
		default:
			other = append(other, c.Host)
		}
	}
	if len(failed) == 0 {
		failed = other
	}
	slices.Sort(failed)
	failed = slices.Compact(failed)
	return cmp.Or(listed(failed[:min(len(failed), mostEvidence)]), f.vendor())
}

func listed(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// guide returns the id of the first step of the setup guide whose title has one of the
// words, "" without words.
func (f Facts) guide(words string) string {
	if words == "" {
		return ""
	}
	wanted := regexp.MustCompile(`(?i)` + words)
	for _, step := range f.Connector.Guide {
		if wanted.MatchString(step.Title) {
			return step.ID
		}
	}
	return ""
}

// evidence returns what supports a cause.
func evidence(f Facts, found finding) []diagnosis.Evidence {
	all := append(steps(f, found), lines(f, found)...)
	for _, c := range f.Run.Network {
		if (c.Failed > 0 || c.Denied > 0) && c.Reason != "" && strings.HasPrefix(found.failures[0].problem.Code, "network.") {
			all = append(all, diagnosis.Evidence{Kind: diagnosis.EvidenceContact, Run: f.Run.ID, Text: fmt.Sprintf("%s, port %d: %s", c.Host, c.Port,
				c.Reason)})
		}
	}
	all = append(all, history(f, found.cause)...)
	for i, o := range f.alike(family(found.failures[0].problem.Code)) {
		if i == mostEvidence {
			break
		}
		all = append(all, diagnosis.Evidence{
			Kind: diagnosis.EvidenceConnection, Alias: o.Alias, Run: o.Run,
			Text: fmt.Sprintf("%s failed in the same way at %s.", o.Alias, o.At.UTC().Format(time.DateTime+" MST")),
		})
	}
	return all
}

// family returns the pattern of the codes that fail for the same reason around a run.
func family(code string) string {
	before, _, found := strings.Cut(code, ".")
	if found && (before == "network" || before == "disk" || before == "store") {
		return before + ".*"
	}
	return code
}

// steps returns the steps that failed, each with the problem in its words.
func steps(f Facts, found finding) (all []diagnosis.Evidence) {
	for _, x := range found.failures {
		if len(all) == mostEvidence {
			break
		}
		text := x.problem.Message
		if x.scope != "" {
			text = x.scope + ": " + text
		}
		if x.title != "" {
			text = x.title + ": " + text
		}
		if x.problem.Detail != "" && !strings.Contains(text, x.problem.Detail) {
			text += " (" + x.problem.Detail + ")"
		}
		if text != "" {
			all = append(all, diagnosis.Evidence{Kind: diagnosis.EvidenceStep, Run: f.Run.ID, Step: x.step, Text: text})
		}
	}
	return all
}

// lines returns the last lines of the log at the steps of a cause: warnings and errors, or
// the last request where there is none.
func lines(f Facts, found finding) (all []diagnosis.Evidence) {
	at := func(line host.Log) bool {
		return slices.ContainsFunc(found.failures, func(x failure) bool { return x.step == line.Step })
	}
	var request *host.Log
	for i, line := range f.Lines {
		switch {
		case !at(line):
		case serious(line):
			all = append(all, diagnosis.Evidence{Kind: diagnosis.EvidenceLine, Run: f.Run.ID, Step: line.Step, Line: line.Number,
				Text: line.Message})
		default:
			request = &f.Lines[i]
		}
	}
	if len(all) == 0 && request != nil {
		return []diagnosis.Evidence{{Kind: diagnosis.EvidenceLine, Run: f.Run.ID, Step: request.Step, Line: request.Number,
			Text: request.Message}}
	}
	return all[max(0, len(all)-mostEvidence):]
}

// history returns when it worked and what was changed since. What cannot have to do with
// the cause is left out.
func history(f Facts, cause diagnosis.CauseID) (all []diagnosis.Evidence) {
	if f.Worked != nil {
		all = append(all, diagnosis.Evidence{Kind: diagnosis.EvidenceRun, Run: f.Worked.Run,
			Text: "Every step completed at " + f.Worked.At.UTC().Format(time.DateTime+" MST") + "."})
	}
	for i, c := range f.Changes {
		if i == mostEvidence {
			break
		}
		by := ""
		if c.Actor != nil {
			by = " by " + c.Actor.String()
		}
		text := fmt.Sprintf("%s changed%s at %s.", listed(c.Names), by, c.At.UTC().Format(time.DateTime+" MST"))
		if c.Kind == ChangedProgram {
			text = fmt.Sprintf("The connector's program changed from %s.", strings.Join(c.Names, " to "))
		}
		all = append(all, diagnosis.Evidence{Kind: diagnosis.EvidenceChange, Entry: c.Entry, Text: text})
	}
	if cause == diagnosis.CauseCredentialExpired {
		for _, s := range f.Secrets {
			days := int(f.ended().Sub(s.SetAt).Hours() / 24)
			all = append(all, diagnosis.Evidence{Kind: diagnosis.EvidenceChange, Text: fmt.Sprintf("%s was entered %d days before.", s.Name, days)})
		}
	}
	return all
}

// ended returns when the run ended.
func (f Facts) ended() time.Time {
	if f.Run.FinishedAt != nil {
		return *f.Run.FinishedAt
	}
	return f.Run.QueuedAt
}
