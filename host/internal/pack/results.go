package pack

import (
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host/verdict"
)

// results writes the controls, the tests and the findings.
func (a *archive) results(c *Content, m *manifest) error {
	if err := a.controls(c); err != nil {
		return err
	}
	if err := a.tests(c); err != nil {
		return err
	}
	file, err := a.add("results/findings.jsonl", func(o *output) error {
		out := newLines(o)
		return out.end(c.Findings(a.ctx, func(f Finding) error { return out.write(f) }))
	})
	if err != nil {
		return err
	}
	m.predicate.Findings = file.Records
	return a.findings(c)
}

func (a *archive) controls(c *Content) error {
	titles := map[string]string{}
	for _, r := range c.Requirements {
		titles[r.ID] = r.Title
	}
	header := []string{"framework", "requirement", "requirement_title", "control", "control_title", "shown_by", "tests"}
	return a.sheet("controls-to-requirements.csv", header, func(write func(...any) error) error {
		for _, one := range c.Controls {
			shown := "tests"
			if one.Manual {
				shown = "documents and decisions of people"
			}
			for _, r := range one.Requirements {
				if err := write(c.Framework.ID, r, titles[r], one.ID, one.Title, shown, strings.Join(one.Tests, " ")); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (a *archive) tests(c *Content) error {
	_, err := a.add("results/tests.jsonl", func(o *output) error {
		out := newLines(o)
		for i := range c.Tests {
			if err := out.write(c.Tests[i]); err != nil {
				return err
			}
		}
		return out.end(nil)
	})
	if err != nil {
		return err
	}
	header := []string{"test", "version", "title", "severity", "state", "reason", "at", "in_scope", "pass", "fail", "unknown", "excluded",
		"controls", "scope", "expect"}
	return a.sheet("results/tests.csv", header, func(write func(...any) error) error {
		for i := range c.Tests {
			t := &c.Tests[i]
			n := t.Result.Tally
			err := write(t.ID, t.Version, t.Title, string(t.Severity), string(t.Result.State), t.Result.Reason, t.Result.At.UTC(),
				n.InScope, n.Pass, n.Fail, n.Unknown, n.Excluded, strings.Join(t.Controls, " "), t.Scope, t.Expect)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// findings writes the findings for spreadsheets, and those that a person excluded.
func (a *archive) findings(c *Content) error {
	header := []string{"test", "severity", "outcome", "connection", "list", "key", "name", "message", "observed_at", "hash"}
	err := a.sheet("results/findings.csv", header, func(write func(...any) error) error {
		return c.Findings(a.ctx, func(f Finding) error {
			return write(f.Test, string(f.Severity), string(f.Outcome), f.Alias, f.Stream, f.Key, f.Name, f.Message, utc(f.ObservedAt), f.Hash)
		})
	})
	if err != nil {
		return err
	}
	header = []string{"test", "connection", "list", "key", "name", "reason", "by", "at", "until", "hash"}
	return a.sheet("results/exclusions.csv", header, func(write func(...any) error) error {
		return c.Findings(a.ctx, func(f Finding) error {
			if f.Outcome != verdict.OutcomeExcluded || f.Exclusion == nil {
				return nil
			}
			e := f.Exclusion
			return write(f.Test, f.Alias, f.Stream, f.Key, f.Name, e.Reason, e.By.String(), e.At.UTC(), utc(e.Until), f.Hash)
		})
	})
}

func utc(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	in := at.UTC()
	return &in
}
