package upkeep

import "time"

// Within is within.
func Within(span time.Duration, at, now time.Time) bool { return within(span, at, now) }
