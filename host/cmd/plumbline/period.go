package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// coverageRule explains the days of a period in the help.
const coverageRule = "A day is proven if a complete read ended on it, or if no moment of it is longer after a complete read than two\n" +
	"periods of the schedule and two days. It is in part if it was only read in part, or if the latest complete read became\n" +
	"too old on it. Else it is blind: no read, failed reads, paused, not connected yet, or history that is no longer kept. The\n" +
	"days are those of the time zone of schedules."

// periodFlags say which period is asked about.
type periodFlags struct {
	p    proof.PeriodParams
	over string
}

func (f *periodFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.p.From, "from", "", "beginning of the period: a day or a time")
	flags.StringVar(&f.p.To, "to", "", "end of the period: a day, which is in it, or a time; now when it is left out")
	flags.StringVar(&f.over, "over", "", "length of the period up to its end in place of --from, e.g. 90d")
}

// params returns the period that the flags ask for.
func (f *periodFlags) params(now time.Time) (proof.PeriodParams, error) {
	p := f.p
	if f.over == "" {
		return p, nil
	}
	days, err := strconv.Atoi(strings.TrimSuffix(f.over, "d"))
	if err != nil || !strings.HasSuffix(f.over, "d") || days < 1 {
		return p, usagef("--over %s: it must be a number of days such as 90d", f.over)
	}
	if p.From != "" {
		return p, usagef("--over and --from both say where the period begins; give one of them")
	}
	end := now
	if p.To != "" {
		if end, err = time.Parse(time.DateOnly, p.To); err != nil {
			return p, usagef("--over needs a day in --to, such as 2026-09-30; give --from for a period that ends at a time")
		}
	}
	// The last day counts, so a period of one day begins on it.
	p.From = end.AddDate(0, 0, 1-days).Format(time.DateOnly)
	return p, nil
}

func (a *app) connectionCoverageCommand() *cobra.Command {
	return a.coverageCommand("coverage REF", "Show for each day of a period how far a connection was read",
		"  plumbline connection coverage okta\n  plumbline connection coverage okta --from 2026-07-01 --to 2026-09-30 --json",
		func(ctx context.Context, c *calls.Client, of string, p proof.PeriodParams) (verdict.PeriodCoverage, error) {
			return c.ConnectionCoverage(ctx, of, p)
		})
}

func (a *app) testCoverageCommand() *cobra.Command {
	return a.coverageCommand("coverage TEST", "Show for each day of a period how far the lists that a test reads were read",
		"  plumbline test coverage mfa-identity\n  plumbline test coverage mfa-identity --over 365d --json",
		func(ctx context.Context, c *calls.Client, of string, p proof.PeriodParams) (verdict.PeriodCoverage, error) {
			return c.TestCoverage(ctx, of, p)
		})
}

func (a *app) coverageCommand(
	use, short, example string,
	read func(ctx context.Context, c *calls.Client, of string, p proof.PeriodParams) (verdict.PeriodCoverage, error),
) *cobra.Command {
	f := periodFlags{}
	c := &cobra.Command{Use: use, Short: short, Args: exactly(1), Long: coverageRule, Example: example}
	f.add(c.Flags())
	ask := func(ctx context.Context, client *calls.Client, args []string) (verdict.PeriodCoverage, error) {
		p, err := f.params(time.Now())
		if err != nil {
			return verdict.PeriodCoverage{}, err
		}
		return read(ctx, client, args[0], p)
	}
	c.RunE = answered(a, ask, printCoverage)
	return c
}

func printCoverage(w io.Writer, c verdict.PeriodCoverage) error {
	if err := pairs(w, "of", c.Of, "period", periodWords(c.Period), "days", dayWords(c.Days)); err != nil {
		return err
	}
	header := []string{"FROM", "TO", "DAYS", "COVERAGE", "WHY"}
	fmt.Fprintln(w)
	if err := tableOf(w, header, c.Spans, coverageRow); err != nil {
		return err
	}
	for _, l := range c.Lists {
		used := ""
		if l.Direct {
			used = ", judged"
		}
		fmt.Fprintf(w, "\n%s of %s%s: %s\n", display.Visible(l.Title), l.Alias, used, dayWords(l.Days))
		if err := tableOf(w, header, l.Spans, coverageRow); err != nil {
			return err
		}
	}
	return nil
}

func coverageRow(s verdict.CoverageSpan) []string {
	why := s.Why
	if len(s.Gaps) > 0 {
		why += " " + strings.Join(s.Gaps, "; ")
	}
	if s.Run != "" {
		why += " (run " + s.Run + ")"
	}
	return []string{s.From, s.To, strconv.Itoa(s.Days), coverageWord(s.Coverage), why}
}

func coverageWord(c verdict.Coverage) string {
	if c == verdict.CoveragePart {
		return "in part"
	}
	return word(c)
}

func dayWords(d verdict.DayCount) string {
	return fmt.Sprintf("%d proven, %d in part, %d blind", d.Proven, d.Part, d.Blind)
}

// periodWords returns a period as a person reads it.
func periodWords(p verdict.Period) string {
	return fmt.Sprintf("%s to %s (%s), %d days", p.From.Format("2006-01-02 15:04"), p.To.Format("2006-01-02 15:04"), p.Zone, p.Days)
}
