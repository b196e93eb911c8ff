package sdk

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Guide is a set-up guide. It leads a person from nothing to a connection.
type Guide struct {
	Introduction  string   // Markdown
	Prerequisites []string // Markdown, one line each
	Steps         []GuideStep
	Notes         []string // Markdown, one line each
	Minutes       int      // how long a first set-up takes
}

// GuideStep is one step of a guide.
type GuideStep struct {
	ID              string // "step-1", "step-2" …
	Title           string
	Body            string // Markdown
	ExpectedOutcome string // what a person sees after the step
}

const outcomeMark = "**Expected outcome:**"

// ParseGuide reads a guide written as Markdown:
//
//	An introduction. Takes about 10 minutes.
//
//	## Before you start
//	- one line each
//
//	## Step 1: Title
//	What to do.
//
//	**Expected outcome:** what a person sees after the step.
//
//	## Notes
//	- one line each
//
// Steps are numbered from 1 without gaps, and each ends with its expected outcome. ParseGuide
// refuses any other heading of level two, so that a typing mistake does not hide a step.
func ParseGuide(markdown string) (Guide, error) {
	var g Guide
	var errs []error
	text, minutes := takeMinutes(strings.ReplaceAll(markdown, "\r\n", "\n"))
	g.Minutes = minutes
	for i, part := range strings.Split("\n"+text, "\n## ") {
		if i == 0 {
			g.Introduction = strings.TrimSpace(part)
			continue
		}
		title, body, _ := strings.Cut(part, "\n")
		if err := g.add(strings.TrimSpace(title), strings.TrimSpace(body)); err != nil {
			errs = append(errs, err)
		}
	}
	if g.Introduction == "" {
		errs = append(errs, errors.New("it has no introduction"))
	}
	if len(g.Steps) == 0 {
		errs = append(errs, errors.New(`it has no "## Step 1: …"`))
	}
	return g, errors.Join(errs...)
}

func (g *Guide) add(title, body string) error {
	switch title {
	case "Before you start":
		g.Prerequisites = listItems(body)
		return nil
	case "Notes":
		g.Notes = listItems(body)
		return nil
	}
	number, name, ok := strings.Cut(strings.TrimPrefix(title, "Step "), ":")
	if !ok || !strings.HasPrefix(title, "Step ") {
		return fmt.Errorf("heading %q is not one of: Before you start, Step N: …, Notes", title)
	}
	if number != strconv.Itoa(len(g.Steps)+1) {
		return fmt.Errorf("heading %q: expected step %d", title, len(g.Steps)+1)
	}
	text, outcome, ok := strings.Cut(body, outcomeMark)
	if outcome = strings.TrimSpace(outcome); !ok || outcome == "" {
		return fmt.Errorf("step %s does not end with %q and a text", number, outcomeMark)
	}
	g.Steps = append(g.Steps, GuideStep{
		ID: "step-" + number, Title: strings.TrimSpace(name), Body: strings.TrimSpace(text), ExpectedOutcome: outcome,
	})
	return nil
}

// takeMinutes removes the sentence with the duration and returns the minutes.
func takeMinutes(text string) (string, int) {
	sentence := regexp.MustCompile(`(?i)takes about (\d+) minutes?\.[ \t]*`)
	at := sentence.FindStringSubmatchIndex(text)
	if at == nil {
		return text, 0
	}
	minutes, _ := strconv.Atoi(text[at[2]:at[3]]) // digits; 0 when there are too many
	return text[:at[0]] + text[at[1]:], minutes
}

// listItems returns the items of a Markdown list, continuation lines joined.
func listItems(body string) []string {
	var items []string
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "* "):
			items = append(items, strings.TrimSpace(line[2:]))
		case line != "" && len(items) > 0:
			items[len(items)-1] += " " + line
		case line != "":
			items = append(items, line)
		}
	}
	return items
}
