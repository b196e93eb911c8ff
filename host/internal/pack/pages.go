package pack

import (
	"bytes"
	_ "embed" // the page is a file
	"errors"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

//go:embed page.html
var pageText string

//go:embed verify.md
var verifyText string

// demoWords say what a pack of a demo is.
const demoWords = "DEMO: the records are of a company that does not exist. This pack is evidence of nothing."

// mostShown is how many findings the page shows. The files have all.
const mostShown = 200

// standards writes the results in the formats of others.
func (a *archive) standards(c *Content) error {
	raw, err := indented(oscal(c))
	if err != nil {
		return err
	}
	if err := a.text("oscal/assessment-results.json", raw); err != nil {
		return err
	}
	return a.ocsf(c)
}

// page is what the page shows.
type page struct {
	*Content
	Predicate *predicate
	DemoWords string
	Shown     []Finding
	Left      int64
	Passing   int
	Failing   int
	Other     int
	Files     []File
}

// errEnough ends a list that has as many as are wanted.
var errEnough = errors.New("enough")

// pages writes what people read: the page, and how to verify the pack.
func (a *archive) pages(c *Content, m *manifest) error {
	p := page{Content: c, Predicate: &m.predicate, DemoWords: demoWords, Files: sortedFiles(a.files)}
	for i := range c.Tests {
		switch c.Tests[i].Result.State {
		case verdict.StatePassing:
			p.Passing++
		case verdict.StateFailing:
			p.Failing++
		default:
			p.Other++
		}
	}
	err := c.Findings(a.ctx, func(f Finding) error {
		if f.Outcome != verdict.OutcomeFail {
			return nil
		}
		if len(p.Shown) == mostShown {
			return errEnough
		}
		p.Shown = append(p.Shown, f)
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	p.Left = m.predicate.Findings - int64(len(p.Shown))
	html, err := rendered(p)
	if err != nil {
		return err
	}
	if err := a.text("index.html", html); err != nil {
		return err
	}
	return a.text("VERIFY.md", []byte(strings.NewReplacer(
		"{{key}}", m.key.Public, "{{moment}}", c.Moment.UTC().Format(time.RFC3339Nano), "{{demo}}", demoLine(c.Demo),
	).Replace(verifyText)))
}

func demoLine(demo bool) string {
	if demo {
		return "**" + demoWords + "**\n\n"
	}
	return ""
}

// rendered returns the page. It has no script, and a policy that lets none run.
func rendered(p page) ([]byte, error) {
	parsed, err := template.New("page").Funcs(template.FuncMap{
		"visible": display.Visible, "join": strings.Join,
		"day":    func(at time.Time) string { return at.In(p.Location).Format("2 January 2006") },
		"moment": func(at time.Time) string { return at.In(p.Location).Format("2 January 2006, 15:04:05 MST") },
		"when": func(at *time.Time) string {
			if at == nil {
				return "never"
			}
			return at.In(p.Location).Format("2006-01-02 15:04 MST")
		},
		"size": func(n int64) string { return fmt.Sprintf("%.1f kB", float64(n)/1000) },
		"word": func(of any) string { return strings.ReplaceAll(fmt.Sprint(of), "_", " ") },
	}).Parse(pageText)
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, p); err != nil {
		return nil, fmt.Errorf("write the page: %w", err)
	}
	return out.Bytes(), nil
}
