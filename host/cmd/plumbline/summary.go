package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

func (a *app) summaryCommand() *cobra.Command {
	c := group("summary", "Ask a language model why an unhealthy connection fails",
		a.summaryConfigureCommand(), a.summarySettingsCommand(), a.summaryTestCommand(), a.summaryOffCommand(),
		a.summaryPreviewCommand(), a.summaryGenerateCommand(), a.summaryShowCommand(), a.summaryCancelCommand(),
		a.summaryRateCommand(), a.summaryFeedbackCommand())
	c.Long = "The AI Summary is off until a provider is configured. It sends the facts of one failed run to that provider, when a\n" +
		"person asks for it, after secrets, personal data and hosts were replaced by placeholders; `plumbline summary preview`\n" +
		"shows exactly what. An answer that does not pass every check is refused. `plumbline connection explain` needs no model."
	return c
}

type summaryFlags struct {
	edit     aisummary.Edit
	provider string
	secrets  []string
	noKey    bool
	limit    time.Duration
}

func (a *app) summaryConfigureCommand() *cobra.Command {
	var f summaryFlags
	c := &cobra.Command{
		Use: "configure", Short: "Set which model is asked", Args: exactly(0),
		Long: "The provider openai is any endpoint that answers /v1/chat/completions, anthropic one that answers /v1/messages. The key\n" +
			"is sealed as the secrets of connections are. Without --secret the stored one stays, for the same address only.",
		Example: "  plumbline summary configure --provider anthropic --model claude-sonnet-4-5 --secret key=env:ANTHROPIC_API_KEY\n" +
			"  plumbline summary configure --provider openai --address http://127.0.0.1:11434 --model llama3.3 --no-key",
	}
	c.Flags().StringVar(&f.provider, "provider", "", "openai or anthropic")
	c.Flags().StringVar(&f.edit.Address, "address", "", "of the provider (default https://api.openai.com or https://api.anthropic.com)")
	c.Flags().StringVar(&f.edit.Model, "model", "", "as the provider names it")
	c.Flags().StringArrayVar(&f.secrets, "secret", nil, "the key, as key=env:VARIABLE, key=file:PATH or key=- for standard input")
	c.Flags().BoolVar(&f.noKey, "no-key", false, "the provider needs no key")
	c.Flags().DurationVar(&f.limit, "time-limit", 0, "how long one summary may take, 5s to 5m (default 1m)")
	c.Flags().IntVar(&f.edit.Tokens, "token-limit", 0, "how long an answer may be, 256 to 8192 tokens (default 1500)")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := a.readEdit(&f); err != nil {
			return err
		}
		return answered(a, func(ctx context.Context, client *calls.Client, _ []string) (aisummary.Configuration, error) {
			return client.ConfigureSummary(ctx, f.edit)
		}, printSummarySettings)(c, args)
	}
	return c
}

// readEdit turns flags into the edit that they ask for.
func (a *app) readEdit(f *summaryFlags) error {
	f.edit.Provider, f.edit.Seconds = aisummary.Provider(f.provider), int(f.limit/time.Second)
	usual := map[aisummary.Provider]string{
		aisummary.ProviderOpenAI: "https://api.openai.com", aisummary.ProviderAnthropic: "https://api.anthropic.com",
	}
	f.edit.Address = cmp.Or(f.edit.Address, usual[f.edit.Provider])
	switch {
	case len(f.secrets) > 0 && f.noKey:
		return usagef("--secret and --no-key exclude each other")
	case f.noKey:
		f.edit.Key = new(string)
	case len(f.secrets) > 0:
		secrets, err := a.secrets(f.secrets)
		if err != nil {
			return err
		}
		key, given := secrets["key"]
		if !given || len(secrets) > 1 {
			return usagef("the AI Summary has one secret, key: give --secret key=env:VARIABLE")
		}
		f.edit.Key = &key
	}
	return nil
}

func printSummarySettings(w io.Writer, c aisummary.Configuration) error {
	if !c.Configured {
		return say(w, "Off: no model is configured. `plumbline summary configure --help` shows how.\n")
	}
	s := c.Settings
	key := "none"
	if s.KeySetAt != nil {
		key = "set " + ago(s.KeySetAt)
		if s.KeySetBy != nil {
			key += " by " + s.KeySetBy.String()
		}
	}
	if err := pairs(w, "provider", string(s.Provider), "address", s.Address, "model", s.Model, "key", key,
		"time limit", fmt.Sprintf("%d seconds", s.Seconds), "token limit", fmt.Sprint(s.Tokens)); err != nil {
		return err
	}
	printSummaryProblem(w, c.Problem)
	return nil
}

func printSummaryProblem(w io.Writer, p *host.Problem) {
	if p == nil {
		return
	}
	fmt.Fprintf(w, "problem:     %s (%s)\n", continued(p.Message, ""), p.Code)
	if p.Detail != "" {
		fmt.Fprintf(w, "detail:      %s\n", continued(p.Detail, ""))
	}
	if p.Remedy != "" {
		fmt.Fprintf(w, "what to do:  %s\n", continued(p.Remedy, ""))
	}
}

func (a *app) summarySettingsCommand() *cobra.Command {
	ask := func(ctx context.Context, client *calls.Client, _ []string) (aisummary.Configuration, error) {
		return client.SummaryConfiguration(ctx)
	}
	return &cobra.Command{
		Use: "settings", Short: "Show which model is asked", Args: exactly(0), Example: "  plumbline summary settings",
		RunE: answered(a, ask, printSummarySettings),
	}
}

func (a *app) summaryTestCommand() *cobra.Command {
	return &cobra.Command{
		Use: "test", Short: "Ask the configured model for one word", Args: exactly(0), Example: "  plumbline summary test",
		Long: "Sends a question that holds nothing of yours. The exit code is 4 when the key is refused, 3 when something else fails.",
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c.Context(), func(client *calls.Client) error {
				tested, err := client.TestSummary(c.Context(), nil)
				if err != nil {
					return err
				}
				err = emit(a, tested, func(w io.Writer, t aisummary.Tested) error {
					if t.OK {
						return say(w, "%s answered at %s in %.1f seconds.\n", display.Visible(cmp.Or(t.Model, "The model")), t.URL, t.Seconds)
					}
					printSummaryProblem(w, t.Problem)
					return nil
				})
				if err == nil && !tested.OK {
					return outcome{summaryCode(tested.Problem)}
				}
				return err
			})
		},
	}
}

// summaryCode is the exit code for a summary that failed.
func summaryCode(p *host.Problem) int {
	switch {
	case p != nil && p.Code == aisummary.CodeCredential:
		return exitAuth
	case p != nil && p.Code == aisummary.CodeRateLimited:
		return exitTryAgain
	}
	return exitSomeFailed
}

func (a *app) summaryOffCommand() *cobra.Command {
	off := func(ctx context.Context, client *calls.Client, _ []string) (map[string]bool, error) {
		return map[string]bool{"configured": false}, client.TurnOffSummary(ctx)
	}
	return &cobra.Command{
		Use: "off", Short: "Ask no model any more, and delete the key", Args: exactly(0), Example: "  plumbline summary off",
		Long: "Summaries that were made and feedback on them stay.",
		RunE: answered(a, off, func(w io.Writer, _ map[string]bool) error {
			return say(w, "The AI Summary is off; its key is deleted.\n")
		}),
	}
}

func (a *app) summaryPreviewCommand() *cobra.Command {
	return &cobra.Command{
		Use: "preview ALIAS", Short: "Show exactly what would be sent about a connection", Args: exactly(1),
		Long:    "Nothing is sent. With --json the member body is the request byte for byte.",
		Example: "  plumbline summary preview corp\n  plumbline summary preview corp --json",
		RunE: answered(a, ofFirst((*calls.Client).PreviewSummary), func(w io.Writer, p aisummary.Preview) error {
			fmt.Fprintf(w, "POST %s\n", display.Visible(p.URL))
			for _, h := range p.Headers {
				fmt.Fprintf(w, "%s: %s\n", h.Name, display.Visible(h.Value))
			}
			fmt.Fprintf(w, "\n--- instructions (prompt version %s)\n%s\n--- message\n%s\n---\n", p.PromptVersion, display.VisibleText(p.System),
				display.VisibleText(p.Message))
			return say(w, "%d bytes, SHA-256 %s. Replaced by placeholders: %s.\n", len(p.Body), p.SHA256, redactedWords(p.Redacted))
		}),
	}
}

func redactedWords(all []aisummary.Redaction) string {
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(each(all, func(r aisummary.Redaction) string { return fmt.Sprintf("%d × %s", r.Count, r.Kind) }), ", ")
}

func (a *app) summaryShowCommand() *cobra.Command {
	show := func(c *calls.Client, ctx context.Context, ref string) (aisummary.Card, error) {
		return c.Summary(ctx, ref, 0, operation.WaitParam{})
	}
	return &cobra.Command{
		Use: "show ALIAS", Short: "Show the summary of a connection and where it stands", Args: exactly(1),
		Example: "  plumbline summary show corp",
		RunE:    answered(a, ofFirst(show), printCard),
	}
}

func (a *app) summaryGenerateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "generate ALIAS", Short: "Ask the model about the latest run of an unhealthy connection", Args: exactly(1),
		Long: "Waits for the answer; Ctrl-C cancels. The exit code is 0 for an answer that passed, 3 when there is none,\n" +
			"4 when the key is refused, 75 when the provider asks to try again later.",
		Example: "  plumbline summary generate corp",
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(client *calls.Client) error {
				card, err := a.generate(c.Context(), client, args[0])
				if err != nil {
					return err
				}
				if err := emit(a, card, printCard); err != nil {
					return err
				}
				if card.State != aisummary.StateReady {
					return outcome{summaryCode(card.Problem)}
				}
				return nil
			})
		},
	}
}

// generate waits until a summary is made. When ctx ends, it cancels the attempt.
func (a *app) generate(ctx context.Context, client *calls.Client, ref string) (aisummary.Card, error) {
	card, err := client.GenerateSummary(ctx, ref)
	line := progressLine{app: a}
	defer line.done()
	for err == nil && card.State == aisummary.StateGenerating {
		if p := card.Progress; p != nil {
			line.line(p.Phase+", characters", int64(p.Characters), 0)
		}
		card, err = client.Summary(ctx, ref, card.Version, operation.WaitParam{Wait: "10s"})
	}
	if ctx.Err() != nil {
		if _, cancelErr := client.CancelSummary(context.WithoutCancel(ctx), ref); cancelErr != nil && err == nil {
			err = cancelErr
		}
	}
	return card, err
}

func printCard(w io.Writer, card aisummary.Card) error {
	switch {
	case !card.Shown:
		return say(w, "%s is not unhealthy, so there is nothing to summarise.\n", display.Visible(card.Alias))
	case card.Summary == nil && card.State == aisummary.StateNone:
		next := "`plumbline summary generate " + card.Alias + "` asks " + card.Model + "."
		if !card.Configured {
			next = "`plumbline summary configure` turns it on; `plumbline connection explain " + card.Alias + "` needs no model."
		}
		return say(w, "No summary yet. %s\n", display.Visible(next))
	}
	if err := pairs(w, "connection", card.Alias, "state", word(card.State), "run", card.Run); err != nil {
		return err
	}
	printSummaryProblem(w, card.Problem)
	if card.Summary == nil {
		return nil
	}
	printAnswer(w, *card.Summary)
	if card.State == aisummary.StateStale {
		return say(w, "\nNew sync data was recorded since. `plumbline summary generate %s` asks again.\n", display.Visible(card.Alias))
	}
	return nil
}

// printAnswer shows what a model answered, with who says so.
func printAnswer(w io.Writer, s aisummary.Summary) {
	by := s.Attempt
	fmt.Fprintf(w, "\n%s\n\ncause:       %s\nwho:         %s\nwhat to do:\n", continued(s.Answer.Summary, ""), continued(s.Answer.Cause, ""),
		actingWord(s.Answer.Who))
	for i, r := range s.Answer.Remedies {
		fmt.Fprintf(w, "  %d. %s (%s)\n", i+1, continued(r.Text, "     "), actingWord(r.Who))
	}
	fmt.Fprintln(w, "because:")
	for _, c := range s.Answer.Evidence {
		where := "step " + c.Step
		if c.Line > 0 {
			where = fmt.Sprintf("log line %d", c.Line)
		}
		fmt.Fprintf(w, "  - %s [%s]\n", continued(c.Text, "    "), display.Visible(where))
	}
	fmt.Fprintf(w, "\nA model wrote this: %s of %s, prompt %s, asked by %s %s about run %s.\n",
		display.Visible(by.Model), by.Address, by.PromptVersion, display.Visible(by.By.String()), ago(&by.At), by.Run)
	if s.Feedback != nil {
		fmt.Fprintf(w, "feedback: %s %s\n", s.Feedback.Verdict, display.Visible(s.Feedback.Reason))
	}
}

func (a *app) summaryCancelCommand() *cobra.Command {
	return &cobra.Command{
		Use: "cancel ALIAS", Short: "Stop asking the model about a connection", Args: exactly(1), Example: "  plumbline summary cancel corp",
		RunE: answered(a, ofFirst((*calls.Client).CancelSummary), func(w io.Writer, _ aisummary.Card) error { return say(w, "Cancelled.\n") }),
	}
}

func (a *app) summaryRateCommand() *cobra.Command {
	var reason string
	rate := func(ctx context.Context, client *calls.Client, args []string) (aisummary.Card, error) {
		verdict := aisummary.Verdict(args[1])
		if args[1] == "none" {
			verdict = ""
		}
		return client.RateSummary(ctx, args[0], verdict, reason)
	}
	c := &cobra.Command{
		Use: "rate ALIAS up|down|none", Short: "Say whether the summary of a connection helped", Args: exactly(2),
		Long:    "The verdict stays on this machine. none takes it back.",
		Example: "  plumbline summary rate corp down --reason \"The key was fine; the scope was missing\"",
		RunE:    answered(a, rate, func(w io.Writer, _ aisummary.Card) error { return say(w, "Kept on this machine.\n") }),
	}
	c.Flags().StringVar(&reason, "reason", "", "why")
	return c
}

func (a *app) summaryFeedbackCommand() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use: "feedback", Short: "Export every verdict with what it was about, as JSON Lines", Args: exactly(0),
		Example: "  plumbline summary feedback --to feedback.jsonl",
	}
	c.Flags().StringVar(&to, "to", "", "file to write (default standard output)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), func(client *calls.Client) error {
			if to == "" {
				return client.SummaryFeedback(c.Context(), a.out)
			}
			return durable.Write(to, 0o600, func(file io.Writer) error { return client.SummaryFeedback(c.Context(), file) })
		})
	}
	return c
}
