package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk/conform"
)

// printJSONLine prints one JSON document on a line of its own.
func printJSONLine(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// text writes an event for a person.
func (e devEvent) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", e.At.Format("15:04:05"), e.headline())
	for _, c := range e.Changes {
		fmt.Fprintln(&b, "            "+host.Visible(c))
	}
	if e.Output != "" {
		fmt.Fprintln(&b, e.Output)
	}
	switch {
	case e.Problem != nil:
		// A description's mistakes are several in one sentence; each has its line here.
		fmt.Fprintln(&b, "  "+strings.ReplaceAll(continued(e.Problem.Message, "  "), "; ", "\n  "))
		if e.Problem.Remedy != "" {
			fmt.Fprintln(&b, "  what to do: "+continued(e.Problem.Remedy, "  "))
		}
	case e.Run != nil:
		printSteps(&b, *e.Run)
	case e.Tests != nil:
		for _, r := range e.Tests.Results {
			if r.Verdict == conform.Failed {
				fmt.Fprintf(&b, "  %-4s FAILED  %s\n         %s\n         %s\n", r.ID, r.Title, strings.ReplaceAll(strings.TrimSpace(r.Detail), "\n", "\n         "), r.Link)
			}
		}
	}
	return b.String()
}

func (e devEvent) headline() string {
	stays := ""
	if e.Connector != "" {
		stays = "; the last good " + e.Connector + " stays in use"
	}
	switch e.Event {
	case "watching":
		return "watching " + e.Source + "; Ctrl-C ends it"
	case "waiting":
		return "waiting for a connector that is started with PLUMBLINE_DEV=" + e.Source
	case "changed":
		return "changed: " + someOf(e.Files, 4)
	case "built":
		return fmt.Sprintf("built in %.1f s", e.Seconds)
	case "build_failed":
		return "the build failed" + stays
	case "unchanged":
		return "the program is the one in use"
	case "refused":
		return "not used" + stays
	case "used":
		text := fmt.Sprintf("in use as %s %s", e.Connector, e.Version)
		if e.Replaces != "" {
			text += " in the place of " + e.Replaces
		}
		return text + ".\n          " + e.Development.Message
	case "reloaded":
		text := fmt.Sprintf("reloaded %s %s", e.Connector, e.Version)
		if len(e.Changes) == 0 {
			text += ", which says the same of itself"
		}
		return text
	case "run":
		return fmt.Sprintf("synced %s: %s (run %s, IN DEVELOPMENT)", e.Run.Alias, word(e.Run.Status), e.Run.ID)
	case "tested":
		return fmt.Sprintf("conformance: %d passed, %d failed, %d not tried", e.Tests.Passed, e.Tests.Failed, e.Tests.NotTried)
	case "not_tried":
		return "not tried"
	case "lost":
		return "the host cannot be asked; it will be asked again"
	case "found":
		return "the host answers again"
	case "ended":
		return e.Connector + " is in development no more; the host uses what it used before"
	default:
		return e.Event
	}
}

// someOf lists a few of many.
func someOf(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// differences says how what a connector says of itself has changed, a line each.
func differences(old, now host.Connector) []string {
	var lines []string
	for _, part := range []struct {
		what string
		of   func(host.Connector) map[string]string
	}{
		{"", names}, {"stream", streams}, {"setting", settings}, {"permission", permissions}, {"host", hosts}, {"file", files},
	} {
		before, after := part.of(old), part.of(now)
		for _, name := range keysOf(before, after) {
			was, had := before[name]
			is, has := after[name]
			label := strings.TrimSpace(part.what + " " + name)
			switch {
			case !had:
				lines = append(lines, "+ "+strings.TrimSpace(label+" "+is))
			case !has:
				lines = append(lines, "- "+strings.TrimSpace(label+" "+was))
			case was != is:
				lines = append(lines, fmt.Sprintf("~ %s: %s → %s", label, orNone(was), orNone(is)))
			}
		}
	}
	return lines
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func keysOf(maps ...map[string]string) []string {
	var keys []string
	for _, m := range maps {
		for k := range m {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func names(c host.Connector) map[string]string {
	return map[string]string{"name": c.Name, "version": c.Version, "categories": words(c.Categories)}
}

func streams(c host.Connector) map[string]string {
	m := map[string]string{}
	for _, s := range c.Streams {
		text := "(" + s.Kind + ", removals: " + s.Deletes
		if s.Incremental {
			text += ", incremental"
		}
		m[s.Name] = text + ")"
	}
	return m
}

func settings(c host.Connector) map[string]string {
	m := map[string]string{}
	schema, err := readSchema(c)
	if err != nil {
		return m // the host has checked it
	}
	for _, row := range schema.rows() {
		text := "(" + row[1]
		if row[2] != "no" {
			text += ", needed: " + row[2]
		}
		m[strings.TrimSpace(row[0])] = text + ")"
	}
	return m
}

func permissions(c host.Connector) map[string]string {
	m := map[string]string{}
	for _, p := range c.Permissions {
		m[p.ID] = ""
		if p.Optional {
			m[p.ID] = "(optional)"
		}
	}
	return m
}

func hosts(c host.Connector) map[string]string {
	m := map[string]string{}
	for _, h := range c.Network {
		m[fmt.Sprintf("%s:%d", h.Host, h.Port)] = ""
	}
	return m
}

func files(c host.Connector) map[string]string {
	m := map[string]string{}
	for _, f := range c.Files {
		m[f.Path] = ""
	}
	return m
}
