package supervisor

import (
	"log/slog"

	"github.com/plumbline-dev/plumbline/host"
)

// logRun logs how a run ended and which of its steps were not complete, with the ids by which both are found. What vendors
// say is in the run's own log.
func logRun(logger *slog.Logger, run *host.Run) {
	of := logger.With("run", run.ID, "connection", run.Alias)
	for _, step := range run.Steps {
		if !step.Failed() {
			continue
		}
		code := ""
		if step.Error != nil {
			code = step.Error.Code
		}
		of.Info("step was not complete", "step", step.Name, "status", step.Status, "code", code, "gaps", len(step.Gaps))
	}
	seconds := 0.0
	if run.StartedAt != nil && run.FinishedAt != nil {
		seconds = run.FinishedAt.Sub(*run.StartedAt).Seconds()
	}
	of.Info("run has ended", "connector", run.Connector, "status", run.Status, "seconds", seconds)
}
