package scheduler

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Describe says the schedule in plain English where it has a common shape, and returns the expression otherwise.
func (s Schedule) Describe() string {
	if s.expr == "" {
		return "Only when asked"
	}
	if s.every > 0 {
		return "Every " + spell(s.every)
	}
	fields := s.expr
	if word, known := named(s.expr); known {
		fields = word
	}
	if text := describeFields(strings.Fields(fields)); text != "" {
		return text
	}
	return s.expr
}

// describeFields returns "" for other shapes.
func describeFields(f []string) string {
	minute, hour, day, month, weekday := f[0], f[1], f[2], f[3], f[4]
	if month != "*" {
		return ""
	}
	if day == "*" && weekday == "*" && hour == "*" {
		return describeMinutes(minute)
	}
	if n, ok := step(hour); ok && day == "*" && weekday == "*" && isNumber(minute) {
		return fmt.Sprintf("Every %d hours, %s", n, pastTheHour(minute))
	}
	if !isNumber(minute) || !isNumber(hour) {
		return ""
	}
	at := " at " + clockTime(hour, minute)
	switch {
	case day == "*" && weekday == "*":
		return "Every day" + at
	case day == "*" && weekdays(weekday) != "":
		return weekdays(weekday) + at
	case weekday == "*" && isNumber(day):
		return "On day " + day + " of every month" + at
	}
	return ""
}

func describeMinutes(minute string) string {
	if minute == "*" {
		return "Every minute"
	}
	if n, ok := step(minute); ok {
		return fmt.Sprintf("Every %d minutes", n)
	}
	if isNumber(minute) {
		return "Every hour, " + pastTheHour(minute)
	}
	return ""
}

func pastTheHour(minute string) string {
	switch n, _ := strconv.Atoi(minute); n {
	case 0:
		return "on the hour"
	case 1:
		return "1 minute past"
	default:
		return fmt.Sprintf("%d minutes past", n)
	}
}

// step reads "*/n" with n above 1.
func step(field string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimPrefix(field, "*/"))
	return n, err == nil && strings.HasPrefix(field, "*/") && n > 1
}

func isNumber(field string) bool {
	_, err := strconv.ParseUint(field, 10, 8)
	return err == nil
}

// clockTime writes an hour and a minute, which are numbers.
func clockTime(hour, minute string) string {
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi(minute)
	return fmt.Sprintf("%02d:%02d", h, m)
}

// weekdays returns the words for a day-of-week field, or "".
func weekdays(field string) string {
	switch strings.ToUpper(field) {
	case "1-5", "MON-FRI":
		return "Monday to Friday"
	case "0,6", "6,0", "6,7", "7,6", "6-7", "SAT,SUN", "SUN,SAT", "SAT-SUN":
		return "Saturday and Sunday"
	}
	if day, ok := dayNumber(field); ok {
		return "Every " + time.Weekday(day%7).String()
	}
	return ""
}

// spell writes a duration in words, e.g. "6 hours" or "1 hour 30 minutes".
func spell(d time.Duration) string {
	if d == time.Minute || d == time.Hour || d == 24*time.Hour {
		return map[time.Duration]string{time.Minute: "minute", time.Hour: "hour", 24 * time.Hour: "day"}[d]
	}
	var words []string
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		n := d / unit.size
		d -= n * unit.size
		switch {
		case n == 1:
			words = append(words, "1 "+unit.name)
		case n > 1:
			words = append(words, fmt.Sprintf("%d %ss", n, unit.name))
		}
	}
	return strings.Join(words, " ")
}
