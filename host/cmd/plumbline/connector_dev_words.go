package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/sdk/conform"
)

func (e devEvent) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", e.At.Format("15:04:05"), e.headline())
	for _, c := range e.Changes {
		fmt.Fprintln(&b, "            "+display.Visible(c))
	}
	if e.Output != "" {
		fmt.Fprintln(&b, e.Output)
	}
	switch {
	case e.Problem != nil:
		// A description's mistakes are several in one message; each gets its own line here.
		fmt.Fprintln(&b, "  "+strings.ReplaceAll(continued(e.Problem.Message, "  "), "; ", "\n  "))
		if e.Problem.Remedy != "" {
			fmt.Fprintln(&b, "  what to do: "+continued(e.Problem.Remedy, "  "))
		}
	case e.Run != nil:
		printSteps(&b, *e.Run)
	case e.DryRun != nil:
		printDryRun(&b, *e.DryRun)
	case e.Tests != nil:
		for _, r := range e.Tests.Results {
			if r.Verdict == conform.Failed {
				detail := strings.ReplaceAll(strings.TrimSpace(r.Detail), "\n", "\n         ")
				fmt.Fprintf(&b, "  %-4s FAILED  %s\n         %s\n         %s\n", r.ID, r.Title, detail, r.Link)
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
			text += " instead of " + e.Replaces
		}
		return text + ".\n          " + e.Development.Message
	case "reloaded":
		text := fmt.Sprintf("reloaded %s %s", e.Connector, e.Version)
		if len(e.Changes) == 0 {
			text += ", which describes itself as before"
		}
		return text
	case "run":
		return fmt.Sprintf("synced %s: %s (run %s, IN DEVELOPMENT)", e.Run.Alias, word(e.Run.Status), e.Run.ID)
	case "dry_run":
		return "tried with " + e.DryRun.Alias + "; nothing was stored"
	case "tested":
		return fmt.Sprintf("conformance: %d passed, %d failed, %d not tried", e.Tests.Passed, e.Tests.Failed, e.Tests.NotTried)
	case "not_tried":
		return "not tried"
	case "lost":
		return "the host does not answer; the command asks again"
	case "found":
		return "the host answers again"
	case "ended":
		return e.Connector + " is in development no more; the host uses its own program again"
	default:
		return e.Event
	}
}

func someOf(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// differences says how a connector's description of itself has changed, a line each.
func differences(old, now host.Connector) []string {
	var lines []string
	before, after := traits(old), traits(now)
	all := maps.Clone(before)
	maps.Copy(all, after)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		was, had := before[name]
		is, has := after[name]
		switch {
		case !had:
			lines = append(lines, "+ "+strings.TrimSpace(name+" "+is))
		case !has:
			lines = append(lines, "- "+strings.TrimSpace(name+" "+was))
		case was != is:
			lines = append(lines, fmt.Sprintf("~ %s: %s → %s", name, cmp.Or(was, "none"), cmp.Or(is, "none")))
		}
	}
	return lines
}

// traits are the parts of a connector's description that differences compares, by name.
func traits(c host.Connector) map[string]string {
	m := map[string]string{"name": c.Name, "version": c.Version, "categories": words(c.Categories)}
	for _, s := range c.Streams {
		m["stream "+s.Name] = fmt.Sprintf("(%s, removals: %s)", s.Kind, s.Deletes)
		if s.Incremental {
			m["stream "+s.Name] = fmt.Sprintf("(%s, removals: %s, incremental)", s.Kind, s.Deletes)
		}
	}
	if schema, err := readSchema(c); err == nil { // the host has checked it
		for _, row := range schema.rows() {
			needed := ""
			if row[2] != "no" {
				needed = ", needed: " + row[2]
			}
			m["setting "+strings.TrimSpace(row[0])] = "(" + row[1] + needed + ")"
		}
	}
	for _, p := range c.Permissions {
		m["permission "+p.ID] = ""
		if p.Optional {
			m["permission "+p.ID] = "(optional)"
		}
	}
	for _, h := range c.Network {
		m[fmt.Sprintf("host %s:%d", h.Host, h.Port)] = ""
	}
	for _, f := range c.Files {
		m["file "+f.Path] = ""
	}
	return m
}
