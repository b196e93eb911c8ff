package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// open reads all files once.
func open(ctx context.Context, s *sdk.Session) (settings, *survey, error) {
	var c settings
	if err := s.Settings(&c); err != nil {
		return c, nil, err
	}
	p, err := openPlace(c.Path)
	if err != nil {
		return c, nil, err
	}
	v, err := newSurvey(ctx, p)
	if err != nil {
		p.close()
		return c, nil, err
	}
	if len(p.names) == 0 {
		p.close()
		return c, nil, sdk.ConfigInvalid("/path", "the directory %s has no reports", c.Path).
			WithRemedy("Have the scanner write its reports to this directory.")
	}
	return c, v, nil
}

// maxGaps is how many gaps are reported by name. A host keeps a hundred of a stream.
const maxGaps = 80

// gaps reports the first problems by name, and counts the others.
type gaps struct {
	out   *sdk.Output
	named map[string]int
	more  int
	last  error
}

func (g *gaps) report(scope string, err error) {
	if len(g.named) >= maxGaps {
		g.more++
		g.last = err
		return
	}
	if g.named[scope]++; g.named[scope] > 1 {
		scope = fmt.Sprintf("%s (%d)", scope, g.named[scope])
	}
	g.out.Gap(scope, err)
}

func (g *gaps) end() {
	if g.more > 0 {
		e := sdk.AsError(g.last)
		e.Message = fmt.Sprintf("%d more reports have problems; for example %s", g.more, e.Message)
		g.out.Gap("more reports", e)
	}
}

func readFindings(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	c, v, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer v.close()
	g := &gaps{out: out, named: map[string]int{}}
	defer g.end()
	v.problems(c, time.Now(), g.report)
	return sendFindings(ctx, v, out, g)
}

func sendFindings(ctx context.Context, v *survey, out *sdk.Output, g *gaps) error {
	for i, source := range v.sources {
		times := map[string]int{}
		err := v.emit(ctx, i, func(r *report, f finding) error {
			key := f.key(r)
			if times[key]++; times[key] > 1 {
				key = fmt.Sprintf("%s-%d", key, times[key])
			}
			if f.passed {
				return nil
			}
			f.ExternalID = key
			return out.Put(key, f.Finding)
		})
		if err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			g.report(source.name, problem(source.name, err))
		}
	}
	return nil
}

// readReports sends the reports that count. A report without findings shows that somebody looked.
func readReports(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	c, v, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer v.close()
	g := &gaps{out: out, named: map[string]int{}}
	defer g.end()
	v.problems(c, time.Now(), g.report)
	sent := map[string]bool{}
	for _, source := range v.sources {
		for _, r := range source.reports {
			key := r.identity()
			if !v.has(r) || source.err != nil || sent[key] {
				continue
			}
			sent[key] = true
			if err := out.Put(shortKey(key), r.assessment(key, v.counts[r])); err != nil {
				return err
			}
		}
	}
	return nil
}

// shortKey keeps the key of a report below the limit of keys.
func shortKey(key string) string { return cut(key, sdk.MaxKeyBytes-8) }

func (r *report) assessment(key string, counts tally) kind.Assessment {
	tool := strings.TrimSpace(r.Tool + " " + r.Version)
	return kind.Assessment{
		ExternalID: shortKey(key), Title: cut(r.Tool+" of "+r.Target, maxTitle), Subject: r.Target, Type: r.Format, Status: "complete",
		Assessor: tool, CompletedAt: kind.At(r.At.Truncate(time.Second)),
		Vendor: vendorOf(map[string]any{"format": r.Format, "tool": r.Tool, "tool_version": r.Version,
			"findings": counts}),
	}
}

// check reads all files, and says what each of them is.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	var c settings
	var v *survey
	reports := sdk.Probe{ID: "reports", Title: "Reports", Optional: true}
	err := r.Do(ctx, sdk.Probe{ID: "files", Title: "Files"}, func(ctx context.Context) (string, error) {
		var err error
		if c, v, err = open(ctx, s); err != nil {
			return "", err
		}
		return fmt.Sprintf("%d files can be listed.", len(v.sources)), nil
	})
	if err != nil {
		r.Skip(reports, "Not tried: the files cannot be read.")
		return err
	}
	defer v.close()
	return r.Do(ctx, reports, func(context.Context) (string, error) {
		var first error
		number := 0
		v.problems(c, time.Now(), func(_ string, err error) {
			number++
			first = cmp.Or(first, err)
		})
		if first != nil {
			e := sdk.AsError(first)
			if number > 1 {
				e.Message = fmt.Sprintf("%d problems, the first: %s", number, e.Message)
			}
			return "", e
		}
		var found []string
		for _, s := range v.sources {
			found = append(found, s.describe())
		}
		const most = 20
		text := strings.Join(found[:min(len(found), most)], ", ")
		if len(found) > most {
			text += fmt.Sprintf(" and %d more", len(found)-most)
		}
		return "Read " + text + ".", nil
	})
}
