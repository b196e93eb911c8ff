package past

import (
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Reading says how far a stream could be relied on at a moment. Runs are the newest first.
func Reading(now verdict.Reading, runs []host.Run, at time.Time) verdict.Reading {
	then := verdict.Reading{Connection: now.Connection, Alias: now.Alias, Stream: now.Stream, Kind: now.Kind}
	latest := true
	for _, run := range runs {
		if run.FinishedAt == nil || run.FinishedAt.After(at) {
			continue
		}
		if then.Run == "" {
			then.Run = run.ID
		}
		for _, step := range run.Steps {
			if step.Stream != now.Stream {
				continue
			}
			whole := step.Status == host.StatusSucceeded && len(step.Gaps) == 0 && step.Held == 0
			if whole {
				then.AsOf = run.FinishedAt
				then.Complete = latest
				return then
			}
			if latest {
				then.Gaps = []string{"The latest run by then did not read it whole."}
			}
			latest = false
		}
	}
	if len(then.Gaps) == 0 {
		then.Gaps = []string{"It was not read whole by then."}
	}
	return then
}
