package summary

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/summary/prompt"
	"github.com/plumbline-dev/plumbline/host/internal/summary/provider"
)

// prepared is a request that may be sent.
type prepared struct {
	prompt  prompt.Prompt
	request provider.Request
	body    string
	hash    string
}

// prepare writes the request about a run. It refuses one that holds a secret.
func (k *Keeper) prepare(m prompt.Material) (prepared, error) {
	found, err := k.stored()
	if err != nil {
		return prepared{}, err
	}
	if found.Revision == 0 {
		return prepared{}, off()
	}
	key, err := k.key(found.Value)
	if err != nil {
		return prepared{}, err
	}
	scrub, err := k.scrub(m.Connection.ID, key)
	if err != nil {
		return prepared{}, err
	}
	m.Private.Scrub = scrub
	written, err := prompt.Write(m)
	if err != nil {
		return prepared{}, err
	}
	p := prepared{
		prompt:  written,
		request: provider.Request{Settings: found.Value, Key: key, System: written.System, Message: written.Message},
	}
	body, err := p.request.Body()
	if err != nil {
		return prepared{}, err
	}
	sum := sha256.Sum256(body)
	p.body, p.hash = string(body), hex.EncodeToString(sum[:])
	if scrub(p.body) != p.body {
		return prepared{}, host.Refused(aisummary.CodeUnsafe,
			"Report this to the makers of Plumbline; `plumbline summary preview` shows nothing for the same reason.",
			"the request would hold a secret of this connection, so nothing was sent")
	}
	return p, nil
}

// scrub returns what replaces every form of the secrets of a connection and of the key.
func (k *Keeper) scrub(connection, key string) (func(string) string, error) {
	sealed, err := k.config.Store.SealedSecrets(connection)
	if err != nil {
		return nil, err
	}
	values := []string{key}
	for name, box := range sealed {
		plain, err := k.config.Key.Open(connection, name, box)
		if err != nil {
			return nil, fmt.Errorf("open secret %s: %w", name, err)
		}
		values = append(values, string(plain))
	}
	return secret.NewScrubber(values...).Scrub, nil
}

// Preview returns exactly what Generate would send.
func (k *Keeper) Preview(m prompt.Material) (aisummary.Preview, error) {
	p, err := k.prepare(m)
	if err != nil {
		return aisummary.Preview{}, err
	}
	s := p.request.Settings
	preview := aisummary.Preview{
		Provider: s.Provider, Model: s.Model, URL: provider.URL(s), Headers: []aisummary.PreviewHeader{}, Body: p.body,
		System: p.prompt.System, Message: p.prompt.Message, SHA256: p.hash, PromptVersion: prompt.Version,
		Redacted: p.prompt.Redacted, Omitted: p.prompt.Omitted,
	}
	shown := ""
	if p.request.Key != "" {
		shown = "••••"
	}
	for name, values := range p.request.Headers(shown) {
		preview.Headers = append(preview.Headers, aisummary.PreviewHeader{Name: name, Value: strings.Join(values, ", ")})
	}
	slices.SortFunc(preview.Headers, func(a, b aisummary.PreviewHeader) int { return strings.Compare(a.Name, b.Name) })
	return preview, nil
}

// Generate begins to ask the model about a run. The context names the actor; the attempt goes
// on when it ends.
func (k *Keeper) Generate(ctx context.Context, m prompt.Material) error {
	by, err := host.Acting(ctx)
	if err != nil {
		return err
	}
	p, err := k.prepare(m)
	if err != nil {
		return err
	}
	s, now := p.request.Settings, k.config.Now().UTC()
	at, err := url.Parse(s.Address)
	if err != nil {
		return fmt.Errorf("read the address: %w", err)
	}
	work := &work{
		attempt: aisummary.Attempt{
			ID: ulid.Make().String(), Run: m.Run.ID, Provider: s.Provider, Address: at.Host, Model: s.Model, PromptVersion: prompt.Version,
			SentBytes: len(p.body), SentSHA256: p.hash, At: now, By: by, Outcome: aisummary.OutcomeAsked,
		},
		progress: aisummary.Progress{Phase: "asking", Since: now, Until: now.Add(time.Duration(s.Seconds) * time.Second)},
	}
	ctx, work.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	if err := k.enter(m.Connection.ID, work); err != nil {
		work.cancel(nil)
		return err
	}
	r := record{Connection: m.Connection.ID, Alias: m.Connection.Alias, Latest: work.attempt}
	if err := k.put(ctx, r); err != nil { // before anything is sent
		k.leave(m.Connection.ID, work)
		return err
	}
	go k.run(ctx, work, p, r) // ends with the answer, a limit, Cancel or Close
	return nil
}

// enter makes an attempt the one of its connection.
func (k *Keeper) enter(connection string, w *work) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	busy := func(message string) error {
		return &host.Problem{
			Code: host.CodeBusy, Message: message, Remedy: "Wait for it, or cancel it.", Fault: host.FaultCustomer, Retry: host.RetryAfter,
		}
	}
	switch {
	case k.closed:
		return busy("plumbline is stopping")
	case k.works[connection] != nil:
		return busy("a summary of this connection is being made already")
	case len(k.works) >= mostWorks:
		return busy(fmt.Sprintf("%d summaries are being made already", len(k.works)))
	}
	k.works[connection] = w
	k.wait.Add(1)
	k.tellLocked(connection, "started")
	return nil
}

// leave ends what enter began.
func (k *Keeper) leave(connection string, w *work) {
	w.cancel(nil)
	k.mu.Lock()
	delete(k.works, connection)
	k.tellLocked(connection, event.KindFinished)
	k.mu.Unlock()
	k.wait.Done()
}

// run asks the model and stores what became of it.
func (k *Keeper) run(ctx context.Context, w *work, p prepared, r record) {
	defer k.leave(r.Connection, w)
	reply, err := k.client.Send(ctx, p.request, func(characters int) { k.report(r.Connection, w, characters) })
	var answer aisummary.Answer
	if err == nil {
		answer, err = p.prompt.Read(reply.Text)
	}
	ended := k.config.Now().UTC()
	a := &r.Latest
	a.EndedAt, a.InputTokens, a.OutputTokens = &ended, reply.InputTokens, reply.OutputTokens
	switch cause := context.Cause(ctx); {
	case err == nil:
		a.Outcome = aisummary.OutcomeReady
		r.Summary = &aisummary.Summary{Attempt: *a, Answer: answer}
	case errors.Is(cause, errClosing):
		a.Outcome, a.Problem = aisummary.OutcomeFailed, interrupted()
	case cause != nil:
		a.Outcome = aisummary.OutcomeCancelled
	default:
		a.Outcome, a.Problem = aisummary.OutcomeFailed, host.AsProblem(err)
	}
	k.mu.Lock()
	storing := context.WithoutCancel(ctx)
	if w.by != nil {
		storing = host.WithActor(storing, *w.by)
	}
	forgot := w.forgot
	k.mu.Unlock()
	if forgot {
		return
	}
	if err := k.put(storing, r); err != nil {
		k.config.Logger.Error("store a summary", "connection", r.Connection, "err", err)
	}
}

// progressPace is the least time between two hints of progress.
const progressPace = 400 * time.Millisecond

func (k *Keeper) report(connection string, w *work, characters int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	first := w.progress.Phase != "answering" || w.progress.Characters == 0
	w.progress.Phase, w.progress.Characters = "answering", characters
	if now := k.config.Now(); first || now.Sub(w.shown) >= progressPace {
		w.shown = now
		k.tellLocked(connection, event.KindProgress)
	}
}

// Cancel stops the attempt of a connection. The context names who does.
func (k *Keeper) Cancel(ctx context.Context, connection string) error {
	by, err := host.Acting(ctx)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	w := k.works[connection]
	if w == nil {
		return host.Refused(host.CodeConflict, "", "no summary of this connection is being made")
	}
	w.by = &by
	w.cancel(context.Canceled)
	return nil
}

// interrupted is the problem of an attempt that Plumbline did not see to its end.
func interrupted() *host.Problem {
	return &host.Problem{
		Code: aisummary.CodeInterrupted, Message: "Plumbline was stopped while the model was being asked", Remedy: "Generate again.",
		Fault: host.FaultHost, Retry: host.RetryAfter,
	}
}
