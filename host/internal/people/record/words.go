package record

import (
	"cmp"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Status returns one of the few words of a status, so that all rows share their bytes.
func Status(w kind.Word) string {
	for _, known := range []string{
		"active", "suspended", "deprovisioned", "unknown", "future", "on_leave", "terminated", "pending", "in_progress", "complete",
		"cancelled",
	} {
		if string(w) == known {
			return known
		}
	}
	return cmp.Or(string(w), "unknown")
}

// Seconds returns a time in seconds; 0 = unknown.
func Seconds(t kind.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// Day returns the day of a time in seconds, such as 2026-03-01; empty for 0.
func Day(at int64) string {
	if at == 0 {
		return ""
	}
	return time.Unix(at, 0).UTC().Format(time.DateOnly)
}

// Outcome returns what a background check with a status says: clear, not_clear, pending or unknown. Cleared is what its record says.
func Outcome(status string, cleared kind.Tri) string {
	switch {
	case status == "pending" || status == "in_progress":
		return "pending"
	case status == "complete" && cleared == kind.Yes:
		return "clear"
	case status == "complete" && cleared == kind.No:
		return "not_clear"
	}
	return "unknown"
}
