package prove

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Cells are what the table in plugins/README.md says of every connector.
type Cells struct {
	Name     string // with the link to its folder
	Category string
	Streams  string // with kinds and numbers of records
	Needs    string
	Requests string
	Time     string
	Limit    string // the shortest time that the documented rate of requests allows
	Unknown  string
}

// Cells reads the whole population and returns what it took.
func (e *Exhibit) Cells(t *testing.T) Cells {
	t.Helper()
	v, c := e.whole(t), e.described
	var streams, needs []string
	var took time.Duration
	for _, s := range c.Streams {
		for _, complaint := range v.NotWhole(s.Name) {
			t.Error(c.ID, complaint)
		}
		streams = append(streams, fmt.Sprintf("`%s` (%s, %s)", s.Name, s.Kind, Thousands(len(v.Streams[s.Name].Records))))
		took += v.Took[s.Name]
	}
	for _, p := range c.Permissions {
		needs = append(needs, "`"+p.ID+"`"+map[bool]string{true: " (optional)"}[p.Optional])
	}
	if len(needs) == 0 {
		needs = []string{"nothing to grant"}
	}
	asked, limit := v.Vendor.Requests(), "none documented"
	requests := Thousands(asked)
	switch perSecond := c.Limits.RequestsPerSecond; {
	case e.local:
		requests, limit = "none", "none"
	case perSecond > 0:
		limit = RoundedUp(time.Duration(float64(asked) / perSecond * float64(time.Second)))
	}
	unknown, err := UnknownOf(e.Dir)
	if err != nil {
		t.Error(c.ID, err)
	}
	return Cells{
		Name: fmt.Sprintf("[`%s`](%s)", c.ID, c.ID), Category: strings.Join(c.Categories, ", "), Streams: strings.Join(streams, ", "),
		Needs: strings.Join(needs, ", "), Requests: requests, Time: RoundedUp(took), Limit: limit, Unknown: unknown,
	}
}

// UnknownOf returns what a connector does not tell: the end of the first paragraph of its README.
func UnknownOf(dir string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		return "", err
	}
	_, text, _ := strings.Cut(string(raw), "\n\n") // behind the title
	paragraph, _, _ := strings.Cut(text, "\n\n")
	_, unknown, found := strings.Cut(strings.Join(strings.Fields(paragraph), " "), "Unknown: ")
	if !found || !strings.HasSuffix(unknown, ".") || strings.Contains(unknown, "|") {
		return "", errors.New(`the first paragraph of README.md does not end with "Unknown: … ." (what the connector does not tell)`)
	}
	return strings.TrimSuffix(unknown, "."), nil
}

// Thousands writes a number with commas.
func Thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// steps are the times that the table has, so that it does not change with every run.
var steps = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 3 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 5 * time.Hour, 10 * time.Hour, 24 * time.Hour,
}

// RoundedUp writes a time as the next one of a few steps.
func RoundedUp(d time.Duration) string {
	at, _ := slices.BinarySearch(steps, d)
	if at == len(steps) {
		return "over 24 h"
	}
	switch d = steps[at]; {
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.0f h", d.Hours())
}
