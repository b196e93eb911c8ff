package health

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

// RefusalNotice says what containment refused the connector in the latest run, or nil.
// Runs are newest first. A run that was cancelled or interrupted, and in which nothing
// was refused, does not count.
func RefusalNotice(runs []host.Run) *host.Notice {
	for _, run := range runs {
		if !run.Status.Final() || run.StartedAt == nil || run.FinishedAt == nil {
			continue
		}
		refused := refusals(run)
		if len(refused) == 0 && (run.Status == host.StatusCancelled || run.Status == host.StatusInterrupted) {
			continue
		}
		if len(refused) == 0 {
			return nil
		}
		return &host.Notice{
			Code: host.CodeContained, Since: *run.FinishedAt,
			Message: fmt.Sprintf("containment refused the connector what it does not declare: %s", strings.Join(refused, "; ")),
			Remedy: "If it belongs to the system, correct the setting that names it, or ask the connector's author to declare it. " +
				"If not, the connector should not need it: pause the connection and report it. `plumbline run show " + run.ID +
				"` has the details.",
		}
	}
	return nil
}

// maxRefusals is how many refusals a notice names.
const maxRefusals = 5

// refusals lists what containment refused the connector of a run.
func refusals(run host.Run) (list []string) {
	for _, c := range run.Network {
		if c.Denied == 0 {
			continue
		}
		target := c.Host
		if c.Port > 0 {
			target = net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
		}
		list = append(list, fmt.Sprintf("a connection to %s, %s (%s)", target, timesWord(c.Denied), c.Reason))
	}
	if len(run.RefusedCalls) > 0 {
		list = append(list, "the system calls "+strings.Join(run.RefusedCalls, ", "))
	}
	if more := len(list) - maxRefusals; more > 0 {
		list = append(list[:maxRefusals], fmt.Sprintf("and %d more", more))
	}
	return list
}

func timesWord(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
