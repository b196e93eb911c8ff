package scheduler_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func parse(t *testing.T, expr string, loc *time.Location) scheduler.Schedule {
	t.Helper()
	s, err := scheduler.Parse(expr, loc)
	if err != nil {
		t.Fatalf("parse %q: %v", expr, err)
	}
	return s
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ expr, says string }{
		{"", "is empty"},
		{"   ", "is empty"},
		{"* * * *", "has 4 fields instead of 5"},
		{"0 0 * * * *", "has 6 fields instead of 5"},
		{"0 25 * * *", `wrong hour "25"`},
		{"61 * * * *", `wrong minute "61"`},
		{"0 0 0 * *", `wrong day of the month "0"`},
		{"0 0 * 13 *", `wrong month "13"`},
		{"0 0 * * mox", `wrong day of the week "mox"`},
		{"0 0 * * 5-1", `wrong day of the week "5-1"`},
		{"*/0 * * * *", `wrong minute "*/0"`},
		{"*/70 * * * *", `wrong minute "*/70": the step 70 is larger than the largest, 59`},
		{"5,10/60 * * * *", "the step 60"},
		{"0 */24 * * *", `wrong hour "*/24"`},
		{"0 0 */31 * *", `wrong day of the month "*/31"`},
		{"0 0 * */12 *", `wrong month "*/12"`},
		{"0 0 * * */7", `wrong day of the week "*/7"`},
		{"0 0 * * 8", `wrong day of the week "8"`},
		{"0 0 * * 7-1", `wrong day of the week "7-1"`},
		{"0 0 30 2 *", "never comes"},
		{"0 0 31 4,6 *", "never comes"},
		{"@yearly-ish", "is not one of"},
		{"@reboot", "is not one of"},
		{"@every", "is not one of"},
		{"@every soon", "no duration"},
		{"@every 59s", "more often than once a minute"},
		{"@every -1h", "more often than once a minute"},
		{"@every 9000h", "less often than once a year"},
		{"@every 90s500ms", "whole seconds"},
		{"TZ=", "time zone"},
		{"TZ=UTC 0 0 * * *", "time zone"},
		{"CRON_TZ=Asia/Tokyo 0 0 * * *", "time zone"},
	}
	for _, test := range tests {
		_, err := scheduler.Parse(test.expr, time.UTC)
		var p *host.Problem
		if !errors.As(err, &p) || p.Code != host.CodeInvalid || len(p.Fields) != 1 || p.Fields[0].Field != "schedule" {
			t.Errorf("%q: error %v is no problem with the field schedule", test.expr, err)
			continue
		}
		if !strings.Contains(p.Message, test.says) {
			t.Errorf("%q: %q does not say %q", test.expr, p.Message, test.says)
		}
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	newYork, saoPaulo, apia, london := zone(t, "America/New_York"), zone(t, "America/Sao_Paulo"), zone(t, "Pacific/Apia"), zone(t,
		"Europe/London")
	lordHowe := zone(t, "Australia/Lord_Howe") // changes by half an hour
	tests := []struct {
		name, expr string
		loc        *time.Location
		after      string
		want       []string
	}{
		{"plain", "30 6 * * *", time.UTC, "2026-01-01T06:30:00Z", []string{"2026-01-02T06:30:00Z", "2026-01-03T06:30:00Z"}},
		{"a moment before", "30 6 * * *", time.UTC, "2026-01-01T06:29:59.9Z", []string{"2026-01-01T06:30:00Z"}},
		{"29 February", "0 0 29 2 *", time.UTC, "2026-01-01T00:00:00Z", []string{"2028-02-29T00:00:00Z"}},
		{"a word", "@weekly", time.UTC, "2026-01-01T00:00:00Z", []string{"2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"}},
		{"skipped in spring, once at the first valid moment", "30 2 * * *", newYork, "2026-03-07T12:00:00-05:00",
			[]string{"2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"}},
		{"several skipped, once", "0,20,40 2 * * *", newYork, "2026-03-08T01:00:00-05:00",
			[]string{"2026-03-08T03:00:00-04:00", "2026-03-09T02:00:00-04:00"}},
		{"hourly in spring", "0 * * * *", newYork, "2026-03-08T00:30:00-05:00",
			[]string{"2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-08T04:00:00-04:00"}},
		{"hourly at half past in spring", "30 * * * *", newYork, "2026-03-08T01:00:00-05:00",
			[]string{"2026-03-08T01:30:00-05:00", "2026-03-08T03:30:00-04:00", "2026-03-08T04:30:00-04:00"}},
		{"repeated in autumn, the first time only", "30 1 * * *", newYork, "2026-10-31T12:00:00-04:00",
			[]string{"2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"}},
		{"asked between the two", "30 1 * * *", newYork, "2026-11-01T01:10:00-05:00", []string{"2026-11-02T01:30:00-05:00"}},
		{"every ten minutes in autumn", "*/10 * * * *", newYork, "2026-11-01T01:40:00-04:00",
			[]string{"2026-11-01T01:50:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-01T01:10:00-05:00"}},
		{"asked in the repeated hour", "*/10 * * * *", newYork, "2026-11-01T01:05:00-05:00", []string{"2026-11-01T01:10:00-05:00"}},
		{"hourly in autumn", "@hourly", newYork, "2026-11-01T00:30:00-04:00",
			[]string{"2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-01T02:00:00-05:00"}},
		{"every quarter in autumn", "*/15 * * * *", london, "2026-10-25T01:40:00+01:00",
			[]string{"2026-10-25T01:45:00+01:00", "2026-10-25T01:00:00Z", "2026-10-25T01:15:00Z"}},
		{"half an hour repeated", "*/20 * * * *", lordHowe, "2026-04-05T01:45:00+11:00",
			[]string{"2026-04-05T01:40:00+10:30", "2026-04-05T02:00:00+10:30"}},
		{"hourly on Sundays only", "0 * * * 7", newYork, "2026-10-31T12:00:00-04:00",
			[]string{"2026-11-01T00:00:00-04:00", "2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00"}},
		{"Sunday is seven", "0 9 * * 7", time.UTC, "2026-01-01T00:00:00Z", []string{"2026-01-04T09:00:00Z", "2026-01-11T09:00:00Z"}},
		{"to Sunday", "0 9 * * 6-7", time.UTC, "2026-01-01T00:00:00Z",
			[]string{"2026-01-03T09:00:00Z", "2026-01-04T09:00:00Z", "2026-01-10T09:00:00Z"}},
		{"every third day to Sunday", "0 9 * * FRI-SUN/2", time.UTC, "2026-01-01T00:00:00Z",
			[]string{"2026-01-02T09:00:00Z", "2026-01-04T09:00:00Z", "2026-01-09T09:00:00Z"}},
		{"a midnight that is skipped", "0 0 * * *", saoPaulo, "2018-11-03T12:00:00-03:00",
			[]string{"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"}},
		{"a day that is skipped", "0 12 * * *", apia, "2011-12-29T13:00:00-10:00",
			[]string{"2011-12-31T00:00:00+14:00", "2011-12-31T12:00:00+14:00"}},
		{"half an hour skipped", "15 2 * * *", lordHowe, "2026-10-03T12:00:00+10:30",
			[]string{"2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"}},
		{"the first second of the repeated hour", "0 1 * * *", london, "2026-10-24T12:00:00+01:00",
			[]string{"2026-10-25T01:00:00+01:00", "2026-10-26T01:00:00Z"}},
		{"the end of the repeated hour", "0 2 * * *", london, "2026-10-24T12:00:00+01:00",
			[]string{"2026-10-25T02:00:00Z", "2026-10-26T02:00:00Z"}},
		{"every, from the epoch", "@every 6h", newYork, "2026-03-08T01:00:00-05:00",
			[]string{"2026-03-08T12:00:00Z", "2026-03-08T18:00:00Z", "2026-03-09T00:00:00Z"}},
		{"every, exactly then", "@every 90m", time.UTC, "2026-01-01T01:30:00Z", []string{"2026-01-01T03:00:00Z"}},
		{"every, before the epoch", "@every 1h", time.UTC, "1969-12-31T22:30:00Z", []string{"1969-12-31T23:00:00Z", "1970-01-01T00:00:00Z"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := parse(t, test.expr, test.loc)
			after := moment(t, test.after)
			for _, text := range test.want {
				got := s.Next(after)
				if want := moment(t, text); !got.Equal(want) {
					t.Fatalf("%s after %s is %s, want %s", test.expr, after.In(test.loc), got, want.In(test.loc))
				}
				if got.Location() != test.loc {
					t.Errorf("answer is in %s, want %s", got.Location(), test.loc)
				}
				after = got
			}
			if got := s.Upcoming(len(test.want), moment(t, test.after)); len(got) != len(test.want) || !got[len(got)-1].Equal(after) {
				t.Errorf("upcoming %v does not end at %v", got, after)
			}
		})
	}
	if got := (scheduler.Schedule{}).Next(time.Now()); !got.IsZero() {
		t.Errorf("no schedule comes at %v", got)
	}
}

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestNextAlwaysMovesOn walks every minute of the two changes of a year.
func TestNextAlwaysMovesOn(t *testing.T) {
	t.Parallel()
	newYork := zone(t, "America/New_York")
	for _, expr := range []string{"* * * * *", "*/7 * * * *", "30 1,2,3 * * *", "0 0 * * *", "15 * * * 0"} {
		s := parse(t, expr, newYork)
		for _, start := range []string{"2026-03-08T00:00:00-05:00", "2026-11-01T00:00:00-04:00"} {
			var last time.Time
			for after := moment(t, start); after.Before(moment(t, start).Add(5 * time.Hour)); after = after.Add(time.Minute) {
				next := s.Next(after)
				if !next.After(after) || next.Before(last) {
					t.Fatalf("%s after %s is %s, and was %s", expr, after.In(newYork), next, last)
				}
				last = next
			}
		}
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	want := map[string]string{
		"@hourly":         "Every hour, on the hour",
		"@daily":          "Every day at 00:00",
		"@weekly":         "Every Sunday at 00:00",
		"@monthly":        "On day 1 of every month at 00:00",
		"* * * * *":       "Every minute",
		"*/15 * * * *":    "Every 15 minutes",
		"1 * * * *":       "Every hour, 1 minute past",
		"20 * * * *":      "Every hour, 20 minutes past",
		"0 */6 * * *":     "Every 6 hours, on the hour",
		"5 6 * * *":       "Every day at 06:05",
		"0 9 * * 1-5":     "Monday to Friday at 09:00",
		"0 9 * * MON-FRI": "Monday to Friday at 09:00",
		"0 9 * * 6,0":     "Saturday and Sunday at 09:00",
		"0 9 * * wed":     "Every Wednesday at 09:00",
		"0 9 * * 7":       "Every Sunday at 09:00",
		"0 9 15 * *":      "On day 15 of every month at 09:00",
		"@every 6h":       "Every 6 hours",
		"@every 1m":       "Every minute",
		"@every 90m":      "Every 1 hour 30 minutes",
		"@every 168h":     "Every 7 days",
		"0 9 1 1 *":       "0 9 1 1 *",
		"0 9 1 * 1":       "0 9 1 * 1",
		"0,30 9 * * *":    "0,30 9 * * *",
		"0 9-17 * * 1-5":  "0 9-17 * * 1-5",
		"*/15 9 * * *":    "*/15 9 * * *",
		" 0   9 * * *  ":  "Every day at 09:00",
	}
	for expr := range want {
		got[expr] = parse(t, expr, time.UTC).Describe()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("descriptions differ (-want +got):\n%s", diff)
	}
	if got := (scheduler.Schedule{}).Describe(); got != "Only when asked" {
		t.Errorf("no schedule is %q", got)
	}
}

func TestPeriod(t *testing.T) {
	t.Parallel()
	friday := moment(t, "2026-01-02T10:00:00Z")
	for expr, want := range map[string]time.Duration{
		"@hourly": time.Hour, "@every 6h": 6 * time.Hour, "0 9 * * 1-5": 24 * time.Hour, "@daily": 24 * time.Hour,
	} {
		if got := parse(t, expr, time.UTC).Period(friday); got != want {
			t.Errorf("%s has period %v, want %v", expr, got, want)
		}
	}
	if got := (scheduler.Schedule{}).Period(friday); got != 0 {
		t.Errorf("no schedule has period %v", got)
	}
}

func TestJitter(t *testing.T) {
	t.Parallel()
	different := map[time.Duration]bool{}
	for i := range 200 {
		id := strings.Repeat("x", i)
		for period, bound := range map[time.Duration]time.Duration{
			24 * time.Hour: 5 * time.Minute, time.Hour: 5 * time.Minute, 10 * time.Minute: time.Minute,
			time.Minute: 6 * time.Second, time.Second: 0, 0: 0,
		} {
			got := scheduler.Jitter(id, period)
			if got != scheduler.Jitter(id, period) || got < 0 || (got >= bound && got != 0) || got%time.Second != 0 {
				t.Fatalf("jitter %v for period %v", got, period)
			}
		}
		different[scheduler.Jitter(id, time.Hour)] = true
	}
	if len(different) < 100 {
		t.Errorf("200 connections share %d jitters", len(different))
	}
}

// FuzzCron: what is taken comes again and again, later each time, at times that the
// fields name, also where the clock changes.
func FuzzCron(f *testing.F) {
	for _, seed := range []string{"* * * * *", "TZ=", "@every 1h", "0 0 30 2 *", "1-5/2,7 * ? * *", "*/70 * * * *", "0 2 * * 5-7/2", "@hourly",
		"0 0 29 2 sun", "30 1,2 1-7 3,11 0"} {
		f.Add(seed)
	}
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		f.Fatal(err)
	}
	starts := []time.Time{time.Date(2026, 3, 8, 5, 30, 0, 0, time.UTC), time.Date(2026, 11, 1, 4, 30, 0, 0, time.UTC)}
	f.Fuzz(func(t *testing.T, expr string) {
		s, err := scheduler.Parse(expr, newYork)
		if err != nil {
			return
		}
		if s.Describe() == "" {
			t.Errorf("%q has no description", expr)
		}
		for _, after := range starts {
			for range 20 {
				next := s.Next(after)
				if next.IsZero() {
					break // there is none within five years of a rare one
				}
				if !next.After(after) {
					t.Fatalf("%q: next %v is not after %v", expr, next, after)
				}
				if !strings.HasPrefix(s.String(), "@every") && next.Second() != 0 {
					t.Fatalf("%q comes at %v, which is no whole minute", expr, next)
				}
				after = next
			}
		}
	})
}
