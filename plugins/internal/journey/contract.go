package journey

import (
	"slices"
	"time"
)

// The parts of the command line's JSON that the journeys read.
type (
	// Run is one sync of a connection.
	Run struct {
		ID         string    `json:"id"`
		Status     string    `json:"status"`
		Steps      []Step    `json:"steps"`
		Error      *Problem  `json:"error"`
		FinishedAt time.Time `json:"finished_at"`
	}
	// Step is one part of a run.
	Step struct {
		Name    string   `json:"name"`
		Status  string   `json:"status"`
		Read    int      `json:"read"`
		Added   int      `json:"added"`
		Changed int      `json:"changed"`
		Removed int      `json:"removed"`
		Held    int      `json:"held"`
		Error   *Problem `json:"error"`
		Gaps    []Gap    `json:"gaps"`
	}
	// Gap is a part that could not be read.
	Gap struct {
		Scope string  `json:"scope"`
		Error Problem `json:"error"`
	}
	// Problem is what went wrong.
	Problem struct {
		Code       string  `json:"code"`
		Message    string  `json:"message"`
		Remedy     string  `json:"remedy"`
		Fault      string  `json:"fault"`
		RetryAfter float64 `json:"retry_after_seconds"`
		Fields     []Field `json:"fields"`
	}
	// Field is a field and the rule it broke.
	Field struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	}
	// Connection is a connection and its health.
	Connection struct {
		Health       string   `json:"health"`
		Reason       string   `json:"reason"`
		Explanation  string   `json:"explanation"`
		Remedy       string   `json:"remedy"`
		FailingSteps []string `json:"failing_steps"`
	}
	// Record is a record of a stream.
	Record struct {
		Key  string `json:"key"`
		Data struct {
			Username string `json:"username"`
		} `json:"data"`
	}
	// Change is a run's change of a record.
	Change struct {
		Run    string `json:"run"`
		Stream string `json:"stream"`
		Key    string `json:"key"`
		Change string `json:"change"`
	}
	// Line is a line of a run's log.
	Line struct {
		Step    string `json:"step"`
		Message string `json:"message"`
	}
	items[T any] struct {
		Items []T `json:"items"`
	}
)

// Step returns the step called name, and whether there is one.
func (r Run) Step(name string) (Step, bool) {
	at := slices.IndexFunc(r.Steps, func(s Step) bool { return s.Name == name })
	if at < 0 {
		return Step{}, false
	}
	return r.Steps[at], true
}

// Step returns the step called name of a run, which must have it.
func (h *Home) Step(run Run, name string) Step {
	h.t.Helper()
	step, ok := run.Step(name)
	if !ok {
		h.t.Fatalf("run %s has no step %s: %+v", run.ID, name, run)
	}
	return step
}

// Sync syncs a connection and returns the run. The command must end with this exit code.
func (h *Home) Sync(alias string, code int, flags ...string) (run Run) {
	h.t.Helper()
	h.Run(append([]string{"connection", "sync", alias, "--json"}, flags...)...).Want(code).Decode(&run)
	return run
}

// ShowRun returns a run.
func (h *Home) ShowRun(id string) (run Run) {
	h.t.Helper()
	h.Run("run", "show", id, "--json").Want(0).Decode(&run)
	return run
}

// Show returns a connection.
func (h *Home) Show(alias string) (c Connection) {
	h.t.Helper()
	h.Run("connection", "show", alias, "--json").Want(0).Decode(&c)
	return c
}

// Records returns the records of a stream, all of them unless flags say less.
func (h *Home) Records(alias, stream string, flags ...string) []Record {
	h.t.Helper()
	var list items[Record]
	h.Run(append([]string{"record", "list", alias, stream, "--json"}, flags...)...).Want(0).Decode(&list)
	return list.Items
}

// Changes returns the changes of a run, or of every run when run is empty.
func (h *Home) Changes(alias, run string) []Change {
	h.t.Helper()
	var list items[Change]
	h.Run("change", "list", alias, "--run", run, "--json").Want(0).Decode(&list)
	return list.Items
}

// Logs returns the lines of a run's log.
func (h *Home) Logs(run string) []Line {
	h.t.Helper()
	var list items[Line]
	h.Run("run", "logs", run, "--json").Want(0).Decode(&list)
	return list.Items
}
