package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// table prints rows under a header in aligned columns. A cell is one line, whatever is
// in it.
func table(w io.Writer, header []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(header, "\t"))
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = host.Visible(cell)
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	return t.Flush()
}

// pairs prints labelled values one under the other.
func pairs(w io.Writer, list ...[2]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range list {
		if p[1] != "" {
			fmt.Fprintf(t, "%s\t%s\n", p[0]+":", host.Visible(p[1]))
		}
	}
	return t.Flush()
}

// ago says how long ago a moment was, or how long until it comes.
func ago(at *time.Time) string {
	if at == nil || at.IsZero() {
		return "–"
	}
	d := time.Since(*at)
	if d < 0 {
		return "in " + span(-d)
	}
	if d < 5*time.Second {
		return "just now"
	}
	return span(d) + " ago"
}

func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return fmt.Sprintf("%d d", int(d.Hours()/24))
	}
}

func words[T ~string](list []T) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = string(v)
	}
	return strings.Join(parts, ", ")
}

// word makes one of the closed words readable: action_required → action required.
func word[T ~string](w T) string { return strings.ReplaceAll(string(w), "_", " ") }

func duration(from, to *time.Time) string {
	if from == nil {
		return "–"
	}
	end := time.Now()
	if to != nil {
		end = *to
	}
	return end.Sub(*from).Round(10 * time.Millisecond).String()
}

func counts(c host.Counts) string {
	return fmt.Sprintf("read %d, +%d ~%d -%d", c.Read, c.Added, c.Changed, c.Removed)
}

// mark is the sign of a step's status, for people who scan.
func mark(s host.RunStatus) string {
	switch s {
	case host.StatusSucceeded:
		return "✓"
	case host.StatusFailed, host.StatusInterrupted:
		return "✗"
	case host.StatusPartial:
		return "◐"
	case host.StatusRunning:
		return "▸"
	case host.StatusSkipped, host.StatusCancelled:
		return "–"
	default:
		return "·"
	}
}

// actorWord names an actor, "" when none was recorded.
func actorWord(a *host.Actor) string {
	if a == nil {
		return ""
	}
	return host.Visible(a.String())
}

func printRun(w io.Writer, r host.Run) error {
	if err := pairs(w,
		[2]string{"run", r.ID}, [2]string{"connection", r.Alias}, [2]string{"connector", strings.TrimSpace(r.Connector + " " + r.ConnectorVersion)},
		[2]string{"program", programWord(r)},
		[2]string{"status", word(r.Status)}, [2]string{"queue", queuePlace(r)}, [2]string{"trigger", word(r.Trigger)},
		[2]string{"started by", actorWord(r.Actor)},
		[2]string{"started", ago(r.StartedAt)}, [2]string{"took", duration(r.StartedAt, r.FinishedAt)},
	); err != nil {
		return err
	}
	fmt.Fprintln(w)
	printSteps(w, r)
	if len(r.RefusedCalls) > 0 {
		fmt.Fprintf(w, "\nThe kernel refused system calls of the connector: %s.\n", strings.Join(r.RefusedCalls, ", "))
	}
	return printContacts(w, r.Network)
}

// printContacts lists the hosts a run's connector asked to reach.
func printContacts(w io.Writer, contacts []host.Contact) error {
	if len(contacts) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	rows := make([][]string, 0, len(contacts))
	for _, c := range contacts {
		outcome := c.Reason
		if c.Denied > 0 {
			outcome = fmt.Sprintf("denied %s: %s", times(c.Denied), c.Reason)
		}
		name := c.Host
		if c.Port > 0 {
			name = net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
		}
		rows = append(rows, []string{name, strconv.Itoa(c.Connections), byteCount(c.Sent), byteCount(c.Received), outcome})
	}
	return table(w, []string{"HOST", "CONNECTIONS", "SENT", "RECEIVED", "REFUSED"}, rows)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// byteCount writes a number of bytes for a person: "950 B", "1.2 MB".
func byteCount(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), 0
	for value >= 1000 && unit < 4 {
		value /= 1000
		unit++
	}
	return fmt.Sprintf("%.3g %s", value, []string{"B", "kB", "MB", "GB", "TB"}[unit])
}

// programWord names the program that was run, and marks one nobody vouched for.
func programWord(r host.Run) string {
	if r.ConnectorSHA256 == "" {
		return ""
	}
	return fmt.Sprintf("sha256 %.12s, %s", r.ConnectorSHA256, loud(r.ConnectorTrust))
}

// queuePlace says where a queued run stands and what keeps it; "" for any other.
func queuePlace(r host.Run) string {
	if r.Queue == nil {
		return ""
	}
	text := fmt.Sprintf("%s of %d: %s", ordinal(r.Queue.Position), r.Queue.Waiting, r.Queue.Explanation)
	if r.Queue.Until != nil {
		text += ", until " + r.Queue.Until.Local().Format("15:04:05")
	}
	return text
}

// activity says what a connection is doing, and its place when it is queued.
func activity(s host.ConnectionStatus) string {
	if s.LastRun == nil {
		return word(s.Activity)
	}
	return activityIn(s.Activity, s.LastRun.Queue)
}

func itemActivity(s host.ConnectionItem) string {
	if s.LastRun == nil {
		return word(s.Activity)
	}
	return activityIn(s.Activity, s.LastRun.Queue)
}

// activityIn says what a connection does, and its place while its run is queued.
func activityIn(activity host.Activity, queue *host.QueuePlace) string {
	if queue == nil {
		return word(activity)
	}
	return fmt.Sprintf("%s, %s", word(activity), ordinal(queue.Position))
}

// ordinal writes 1 as "1st".
func ordinal(n int) string {
	ending := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			ending = "st"
		case 2:
			ending = "nd"
		case 3:
			ending = "rd"
		}
	}
	return fmt.Sprint(n, ending)
}

func printSteps(w io.Writer, r host.Run) {
	for _, s := range r.Steps {
		fmt.Fprintln(w, stepLine(s))
		printProblem(w, s.Error)
		for _, g := range s.Gaps {
			fmt.Fprintf(w, "      gap: %s: %s\n", host.Visible(g.Scope), continued(g.Error.Message, "      "))
		}
	}
	if r.Error != nil {
		printProblem(w, r.Error)
	}
}

func stepLine(s host.Step) string {
	line := fmt.Sprintf("  %s %-28s %s", mark(s.Status), host.Visible(s.Title), word(s.Status))
	if s.Stream != "" && (s.Read > 0 || s.Status == host.StatusSucceeded) {
		line += "  " + counts(s.Counts)
	}
	if s.Full != "" {
		line += "  " + fullWords(s.Full)
	}
	if s.Note != "" {
		line += "  (" + host.Visible(s.Note) + ")"
	}
	return line
}

// fullWords says why a stream was read from its beginning.
func fullWords(why host.FullRead) string {
	switch why {
	case host.FullRefused:
		return "read from the beginning, because the cursor was refused"
	case host.FullInterval:
		return "read from the beginning, as sync.full_every asks"
	default:
		return "read from the beginning, as asked"
	}
}

func printProblem(w io.Writer, p *host.Problem) {
	if p == nil {
		return
	}
	fmt.Fprintf(w, "      %s (%s)\n", continued(p.Message, "      "), host.Visible(p.Code))
	if p.Remedy != "" {
		fmt.Fprintf(w, "      what to do: %s\n", continued(p.Remedy, "      "))
	}
}

// indent writes raw JSON so that a person, or a diff, can read it.
func indent(w io.Writer, raw []byte) error {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return fmt.Errorf("indent JSON: %w", err)
	}
	_, err := b.WriteTo(w)
	return err
}
