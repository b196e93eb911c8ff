package scheduler

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/plumbline-dev/plumbline/host"
)

// Bounds of "@every".
const (
	shortest = time.Minute
	longest  = 366 * 24 * time.Hour
)

// Schedule says when a connection runs by itself. The zero value never does.
type Schedule struct {
	expr  string
	every time.Duration      // of an @every schedule
	wall  *cron.SpecSchedule // of any other; matches wall time written as UTC
	loc   *time.Location
}

// named returns the cron fields that a word stands for.
func named(word string) (string, bool) {
	switch word {
	case "@hourly":
		return "0 * * * *", true
	case "@daily", "@midnight":
		return "0 0 * * *", true
	case "@weekly":
		return "0 0 * * 0", true
	case "@monthly":
		return "0 0 1 * *", true
	}
	return "", false
}

// Parse reads a schedule: five cron fields, @hourly, @daily, @weekly, @monthly, or @every
// with a duration of at least a minute. Cron fields are wall time in loc (nil = local).
// An error is a *host.Problem on the field "schedule".
func Parse(expr string, loc *time.Location) (Schedule, error) {
	if loc == nil {
		loc = time.Local
	}
	expr = strings.Join(strings.Fields(expr), " ")
	switch {
	case expr == "":
		return Schedule{}, invalid(expr, "is empty; write cron fields such as 0 6 * * *, or @daily, or @every 6h")
	case strings.Contains(expr, "TZ="):
		return Schedule{}, invalid(expr, "cannot name a time zone; it is read in the time zone of Plumbline's settings")
	case strings.HasPrefix(expr, "@every "):
		return parseEvery(expr, loc)
	}
	fields := expr
	if strings.HasPrefix(expr, "@") {
		var known bool
		if fields, known = named(expr); !known {
			return Schedule{}, invalid(expr, "is not one of @hourly, @daily, @weekly, @monthly and @every")
		}
	}
	wall, err := parseFields(expr, fields)
	if err != nil {
		return Schedule{}, err
	}
	s := Schedule{expr: expr, wall: wall, loc: loc}
	if s.Next(time.Now()).IsZero() {
		return Schedule{}, invalid(expr, "never comes: there is no such date in the next five years")
	}
	return s, nil
}

func invalid(expr, rule string) *host.Problem { return host.Invalid("schedule", expr, rule) }

func parseEvery(expr string, loc *time.Location) (Schedule, error) {
	text := strings.TrimPrefix(expr, "@every ")
	every, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return Schedule{}, invalid(expr, fmt.Sprintf("has no duration after @every: %q is not one, such as 30m or 6h", text))
	case every < shortest:
		return Schedule{}, invalid(expr, "comes more often than once a minute")
	case every > longest:
		return Schedule{}, invalid(expr, "comes less often than once a year")
	case every%time.Second != 0:
		return Schedule{}, invalid(expr, "must be whole seconds")
	}
	return Schedule{expr: expr, every: every, loc: loc}, nil
}

// parseFields reads five cron fields. An error says which one is wrong.
func parseFields(expr, fields string) (*cron.SpecSchedule, error) {
	parts := strings.Fields(fields)
	titles := []string{"minute", "hour", "day of the month", "month", "day of the week"}
	if len(parts) != len(titles) {
		return nil, invalid(expr, fmt.Sprintf("has %d fields instead of 5: minute, hour, day of the month, month, day of the week", len(parts)))
	}
	if day, ok := sundays(parts[4]); ok {
		parts[4] = day
	}
	for i, title := range titles {
		if step, most := stepOf(parts[i]), []int{59, 23, 30, 11, 6}[i]; step > most {
			return nil, invalid(expr, fmt.Sprintf("has a wrong %s %q: the step %d is larger than the largest, %d", title, parts[i], step, most))
		}
	}
	wall, err := parseSafely(strings.Join(parts, " "))
	if err == nil {
		return wall, nil
	}
	for i, title := range titles {
		alone := []string{"*", "*", "*", "*", "*"}
		alone[i] = parts[i]
		if _, err := parseSafely(strings.Join(alone, " ")); err != nil {
			return nil, invalid(expr, fmt.Sprintf("has a wrong %s %q: %v", title, parts[i], err))
		}
	}
	return nil, invalid(expr, "is wrong: "+err.Error())
}

// stepOf returns the largest step of a field's parts, 0 for none.
func stepOf(field string) (largest int) {
	for part := range strings.SplitSeq(field, ",") {
		_, step, _ := strings.Cut(part, "/")
		if n, err := strconv.Atoi(step); err == nil {
			largest = max(largest, n)
		}
	}
	return largest
}

// sundays writes 0 for a Sunday that is 7 in a day of the week.
func sundays(field string) (string, bool) {
	parts := strings.Split(field, ",")
	for i, part := range parts {
		days, step, stepped := strings.Cut(part, "/")
		first, last, isRange := strings.Cut(days, "-")
		switch {
		case !isRange && first == "7" && !stepped:
			parts[i] = "0"
			continue
		case !isRange || last != "7" && !strings.EqualFold(last, "sun"):
			continue
		}
		from, ok := dayNumber(first)
		by := 1
		if stepped {
			n, err := strconv.Atoi(step)
			ok, by = ok && err == nil && n > 0, n
		}
		if !ok {
			return "", false
		}
		var list []string
		for day := from; day <= 7; day += by {
			list = append(list, strconv.Itoa(day%7))
		}
		parts[i] = strings.Join(list, ",")
	}
	return strings.Join(parts, ","), true
}

// dayNumber reads a day of the week.
func dayNumber(text string) (int, bool) {
	if n, err := strconv.Atoi(text); err == nil {
		return n, n >= 0 && n <= 7
	}
	for day := time.Sunday; day <= time.Saturday; day++ {
		if strings.EqualFold(text, day.String()[:3]) {
			return int(day), true
		}
	}
	return 0, false
}

// parseSafely calls the library's parser, which panics on some inputs.
func parseSafely(fields string) (wall *cron.SpecSchedule, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it cannot be read: %v", p)
		}
	}()
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	parsed, err := parser.Parse(fields)
	if err != nil {
		return nil, err
	}
	wall = parsed.(*cron.SpecSchedule)
	wall.Location = time.UTC
	return wall, nil
}

// String returns the expression the schedule was read from.
func (s Schedule) String() string { return s.expr }

// Next returns the first time after the given moment, or the zero time when there is none within five years.
func (s Schedule) Next(after time.Time) time.Time {
	switch {
	case s.every > 0:
		step := int64(s.every / time.Second)
		past := after.Unix() % step
		if past < 0 { // before the epoch
			past += step
		}
		return time.Unix(after.Unix()-past+step, 0).In(s.loc)
	case s.wall == nil:
		return time.Time{}
	}
	if s.everyHour() {
		return s.nextOfEveryHour(after)
	}
	wall := wallTime(after.In(s.loc))
	for {
		wall = s.wall.Next(wall)
		if wall.IsZero() {
			return time.Time{}
		}
		// A wall time of the repeated hour may be before after.
		if at := moment(wall, s.loc); at.After(after) {
			return at
		}
	}
}

// everyHour reports whether the schedule comes in every hour. Such a schedule keeps its
// interval: it comes twice in a repeated hour and not in a skipped one.
func (s Schedule) everyHour() bool {
	const hours = 1<<24 - 1
	return s.wall.Hour&hours == hours
}

// nextOfEveryHour searches one stretch without a clock change after the other.
func (s Schedule) nextOfEveryHour(after time.Time) time.Time {
	at := after.In(s.loc)
	from := wallTime(at)
	for {
		_, offset := at.Zone()
		_, end := at.ZoneBounds()
		wall := s.wall.Next(from)
		if wall.IsZero() {
			return time.Time{}
		}
		if next := wall.Add(-time.Duration(offset) * time.Second).In(s.loc); end.IsZero() || next.Before(end) {
			return next
		}
		at = end.In(s.loc)
		from = wallTime(at).Add(-time.Second) // the end itself may be a time
	}
}

// wallTime returns the wall clock's time at t, written as UTC.
func wallTime(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// moment returns when the wall clock of loc shows wall first, or the end of the gap that skips it.
func moment(wall time.Time, loc *time.Location) time.Time {
	at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, loc)
	start, end := at.ZoneBounds()
	switch shown := wallTime(at); {
	case shown.Before(wall):
		return end
	case shown.After(wall):
		return start
	}
	if start.IsZero() {
		return at
	}
	_, offset := at.Zone()
	_, before := start.Add(-1).Zone()
	earlier := at.Add(time.Duration(offset-before) * time.Second)
	if earlier.Before(start) && wallTime(earlier).Equal(wall) {
		return earlier
	}
	return at
}

// Upcoming returns the next n times after the given moment, fewer if there are no more.
func (s Schedule) Upcoming(n int, after time.Time) []time.Time {
	var times []time.Time
	for range n {
		after = s.Next(after)
		if after.IsZero() {
			break
		}
		times = append(times, after)
	}
	return times
}

// Period returns the time between the next two runs, or 0 when there are none.
func (s Schedule) Period(after time.Time) time.Duration {
	next := s.Upcoming(2, after)
	if len(next) < 2 {
		return 0
	}
	return next[1].Sub(next[0])
}

// shortestGap returns the shortest time between two of fifty runs from a fixed day.
func (s Schedule) shortestGap() time.Duration {
	times := s.Upcoming(50, time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	shortest := time.Duration(0)
	for i := 1; i < len(times); i++ {
		if gap := times[i].Sub(times[i-1]); shortest == 0 || gap < shortest {
			shortest = gap
		}
	}
	return shortest
}

// maxJitter bounds Jitter for long periods.
const maxJitter = 5 * time.Minute

// Jitter returns how much later than its schedule a connection runs: the same for the
// same connection and period, in whole seconds, less than a tenth of the period and less
// than five minutes.
func Jitter(connectionID string, period time.Duration) time.Duration {
	bound := min(period/10, maxJitter) / time.Second
	if bound <= 0 {
		return 0
	}
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(connectionID)) // never fails
	return time.Duration(sum.Sum64()%uint64(bound)) * time.Second
}
