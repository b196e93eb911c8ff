package diagnose

import (
	"slices"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
)

// Explain returns why the run of the facts was not complete. It never fails: facts that say
// nothing give the state unknown, and a run that completed gives none.
func Explain(f Facts) diagnosis.Explanation {
	e := diagnosis.Explanation{Connection: f.Connection, Alias: f.Alias, State: diagnosis.ExplanationNone, Also: []diagnosis.Cause{},
		Streams: []diagnosis.UnreadStream{}}
	if f.Worked != nil {
		e.Worked = &diagnosis.WorkedRun{Run: f.Worked.Run, At: f.Worked.At, Version: f.Worked.Version}
	}
	if f.Run == nil {
		return e
	}
	e.Run, e.RunAt = f.Run.ID, f.Run.FinishedAt
	found := causes(f)
	if len(found) == 0 {
		return e
	}
	e.Cause, e.Also = &found[0], found[1:]
	switch {
	case e.Cause.ID == diagnosis.CauseUnknown:
		e.State = diagnosis.ExplanationUnknown
	case e.Cause.Inconclusive:
		e.State = diagnosis.ExplanationInconclusive
	default:
		e.State = diagnosis.ExplanationExplained
	}
	e.Partial, e.Streams = notWhole(f)
	return e
}

// finding is a cause with the failures that it explains.
type finding struct {
	cause    diagnosis.CauseID
	sure     diagnosis.Confidence
	failures []failure
}

// First returns the cause that an explanation puts first, and whether it is inconclusive. It is empty where nothing failed.
func First(f Facts) (cause diagnosis.CauseID, inconclusive bool) {
	if f.Run == nil {
		return "", false
	}
	found := findings(f)
	if len(found) == 0 {
		return "", false
	}
	return found[0].cause, tales[found[0].cause].inconclusive
}

// causes returns the causes of a run, the one to remove first first.
func causes(f Facts) []diagnosis.Cause {
	found := findings(f)
	all := make([]diagnosis.Cause, len(found))
	for i, one := range found {
		all[i] = tales[one.cause].tell(f, one)
	}
	return all
}

// findings takes the failures of a run to their causes, the one to remove first first.
func findings(f Facts) []finding {
	var found []finding
	for _, x := range failures(*f.Run) {
		id, sure := diagnosis.CauseUnknown, diagnosis.ConfidenceUnknown
		if i := slices.IndexFunc(rules, func(r rule) bool { return r.fits(f, x) }); i >= 0 {
			id, sure = rules[i].cause, rules[i].sure
		}
		if i := slices.IndexFunc(found, func(one finding) bool { return one.cause == id }); i >= 0 {
			found[i].failures = append(found[i].failures, x)
			continue
		}
		found = append(found, finding{id, sure, []failure{x}})
	}
	slices.SortStableFunc(found, func(a, b finding) int { return rank(tales[a.cause]) - rank(tales[b.cause]) })
	return found
}

// rank puts what needs a person before what passes by itself, as health does.
func rank(t tale) int {
	if t.inconclusive {
		return 1
	}
	return 0
}

// notWhole returns the streams that a run did not read whole, and whether it read another
// part.
func notWhole(f Facts) (partial bool, streams []diagnosis.UnreadStream) {
	read, streams := false, []diagnosis.UnreadStream{}
	for _, step := range f.Run.Steps {
		switch {
		case step.Stream == "":
			continue
		case step.Status == host.StatusSucceeded && len(step.Gaps) == 0:
			read = true
			continue
		case step.Status == host.StatusPartial || step.Read > 0:
			read = true
		}
		s := diagnosis.UnreadStream{Name: step.Stream, Title: step.Title, Step: step.Name, Status: step.Status}
		if i := slices.IndexFunc(f.Streams, func(known host.StreamStats) bool { return known.Name == step.Stream }); i >= 0 {
			s.Records, s.LastCompleteAt = f.Streams[i].Records, f.Streams[i].LastCompleteAt
			if f.Streams[i].Title != "" {
				s.Title = f.Streams[i].Title
			}
		}
		streams = append(streams, s)
	}
	return read && len(streams) > 0, streams
}
