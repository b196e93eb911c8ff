package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
)

// printJSON prints what a command shows as a JSON document.
func (a *app) printJSON(v any) error {
	shown, err := a.shown(v)
	if err != nil {
		return err
	}
	return printJSON(a.out, shown)
}

// printJSONLine is printJSON for a document on a line of its own.
func (a *app) printJSONLine(v any) error {
	shown, err := a.shown(v)
	if err != nil {
		return err
	}
	return encoderTo(a.out).Encode(shown)
}

// shown returns an object as a command shows it: with the member demo when its content is of a demo.
func (a *app) shown(v any) (any, error) {
	if !a.demoSeen.Load() {
		return v, nil
	}
	var raw bytes.Buffer
	if err := encoderTo(&raw).Encode(v); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	object, isObject := bytes.CutSuffix(bytes.TrimSpace(raw.Bytes()), []byte("}"))
	if !isObject {
		return v, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw.Bytes(), &members); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	if members["demo"] != nil {
		return v, nil
	}
	if len(members) > 0 {
		object = append(object, ',')
	}
	return json.RawMessage(append(object, `"demo":true}`...)), nil
}

func encoderTo(w io.Writer) *json.Encoder {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder
}

func printJSON(w io.Writer, v any) error {
	encoder := encoderTo(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

func printRemoved(w io.Writer, r map[string]string) error {
	return say(w, "Removed %s.\n", r["removed"])
}

func say(w io.Writer, format string, args ...any) error {
	_, err := fmt.Fprintf(w, format, args...)
	return err
}

// table prints rows under a header in aligned columns. A cell is one line, whatever
// its text.
func table(w io.Writer, header []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(header, "\t"))
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(each(row, display.Visible), "\t"))
	}
	return t.Flush()
}

func tableOf[T any](w io.Writer, header []string, items []T, row func(T) []string) error {
	return table(w, header, each(items, row))
}

func each[T, R any](list []T, f func(T) R) []R {
	made := make([]R, len(list))
	for i, v := range list {
		made[i] = f(v)
	}
	return made
}

// pairs prints labels, each with the value that follows it, one under the other.
// It leaves out empty values.
func pairs(w io.Writer, list ...string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for p := range slices.Chunk(list, 2) {
		if p[1] != "" {
			fmt.Fprintf(t, "%s:\t%s\n", p[0], display.Visible(p[1]))
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
	return strings.Join(each(list, func(v T) string { return string(v) }), ", ")
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
	return display.Visible(a.String())
}

func printRun(w io.Writer, r host.Run) error {
	if err := pairs(w,
		"run", r.ID, "connection", r.Alias, "connector", strings.TrimSpace(r.Connector+" "+r.ConnectorVersion), "program", programWord(r),
		"status", word(r.Status), "queue", queuePlace(r.Queue), "trigger", word(r.Trigger), "started by", actorWord(r.Actor),
		"started", ago(r.StartedAt), "took", duration(r.StartedAt, r.FinishedAt),
	); err != nil {
		return err
	}
	fmt.Fprintln(w)
	printSteps(w, r)
	if len(r.RefusedCalls) > 0 {
		fmt.Fprintf(w, "\nThe kernel refused system calls of the connector: %s.\n", strings.Join(r.RefusedCalls, ", "))
	}
	if len(r.Network) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return tableOf(w, []string{"HOST", "CONNECTIONS", "SENT", "RECEIVED", "REFUSED"}, r.Network, contactRow)
}

func contactRow(c host.Contact) []string {
	reason, name := c.Reason, c.Host
	if c.Denied > 0 {
		reason = fmt.Sprintf("denied %s: %s", times(c.Denied), c.Reason)
	}
	if c.Port > 0 {
		name = net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
	}
	return []string{name, strconv.Itoa(c.Connections), byteCount(c.Sent), byteCount(c.Received), reason}
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

// programWord names the program of a run, and marks an unverified one.
func programWord(r host.Run) string {
	if r.ConnectorSHA256 == "" {
		return ""
	}
	return fmt.Sprintf("sha256 %.12s, %s", r.ConnectorSHA256, loud(r.ConnectorTrust))
}

// queuePlace gives the position of a queued run and what it waits for; "" for any other.
func queuePlace(q *host.QueuePlace) string {
	if q == nil {
		return ""
	}
	text := fmt.Sprintf("%s of %d: %s", ordinal(q.Position), q.Waiting, q.Explanation)
	if q.Until != nil {
		text += ", until " + q.Until.Local().Format("15:04:05")
	}
	return text
}

// activity says what a connection does, and its position while its run is queued.
func activity(a host.Activity, queue *host.QueuePlace) string {
	if queue == nil {
		return word(a)
	}
	return fmt.Sprintf("%s, %s", word(a), ordinal(queue.Position))
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
			fmt.Fprintf(w, "      gap: %s: %s\n", display.Visible(g.Scope), continued(g.Error.Message, "      "))
		}
	}
	printProblem(w, r.Error)
}

func stepLine(s host.Step) string {
	line := fmt.Sprintf("  %s %-28s %s", mark(s.Status), display.Visible(s.Title), word(s.Status))
	if s.Stream != "" && (s.Read > 0 || s.Status == host.StatusSucceeded) {
		line += "  " + counts(s.Counts)
	}
	if s.Full != "" {
		line += "  " + fullWords(s.Full)
	}
	if s.Note != "" {
		line += "  (" + display.Visible(s.Note) + ")"
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
	fmt.Fprintf(w, "      %s (%s)\n", continued(p.Error(), "      "), display.Visible(p.Code))
	if p.Remedy != "" {
		fmt.Fprintf(w, "      what to do: %s\n", continued(p.Remedy, "      "))
	}
}
