package assist

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/assistant"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/app"
)

// The limits of calls.
const (
	MostCalls     = 60 // of one client within callSpan
	callSpan      = time.Minute
	mostClients   = 1000     // whose latest calls are remembered
	mostArguments = 16 << 10 // bytes
)

// Tool is one question that assistants may ask.
type Tool struct {
	Name        string
	Title       string
	Description string
	Arguments   reflect.Type // a struct whose fields are the arguments

	answer func(ctx context.Context, q *asking, arguments json.RawMessage) error
}

// define returns a tool whose arguments are the fields of A.
func define[A any](name, title, description string, answer func(ctx context.Context, q *asking, arguments A) error) Tool {
	return Tool{
		Name: name, Title: title, Description: description, Arguments: reflect.TypeFor[A](),
		answer: func(ctx context.Context, q *asking, raw json.RawMessage) error {
			var arguments A
			if err := decode(raw, &arguments); err != nil {
				return err
			}
			return answer(ctx, q, arguments)
		},
	}
}

// decode reads arguments and refuses one that the tool does not have.
func decode(raw json.RawMessage, into any) error {
	if len(raw) == 0 {
		raw = json.RawMessage("{}")
	}
	if len(raw) > mostArguments {
		return host.Invalid("arguments", nil, fmt.Sprintf("have %d bytes; at most %d are allowed", len(raw), mostArguments))
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return host.Invalid("arguments", nil, "are not those of the tool: "+display.Visible(display.Cut(err.Error(), 200)))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return host.Invalid("arguments", nil, "must be one JSON object")
	}
	return nil
}

// Desk answers assistants. Its methods may be called from any goroutine.
type Desk struct {
	app *app.App
	now func() time.Time

	mu    sync.Mutex // held while a call is answered: calls of assistants never crowd out those of people
	calls map[string][]time.Time
}

// New returns a desk over the use cases. Now is the clock of its limits; nil = time.Now.
func New(a *app.App, now func() time.Time) *Desk {
	if now == nil {
		now = time.Now
	}
	return &Desk{app: a, now: now, calls: map[string][]time.Time{}}
}

// Call answers one call. The context names the person who runs the client.
func (d *Desk) Call(ctx context.Context, r assistant.Question) (assistant.Answer, error) {
	by, err := host.Acting(ctx)
	if err != nil {
		return assistant.Answer{}, err
	}
	if err := assistant.ValidateClient(r.Client); err != nil {
		return assistant.Answer{}, err
	}
	if by.Kind != host.ActorPerson {
		return assistant.Answer{}, host.Refused(host.CodeForbidden, "Run the client as a person.", "%s may run no assistant", by)
	}
	name := by.Name
	if name == "" {
		name = by.ID
	}
	ctx = host.WithActor(ctx, host.Actor{Kind: host.ActorAssistant, ID: r.Client, Name: name, Auth: by.Auth})
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.allow(r.Client); err != nil {
		return assistant.Answer{}, err
	}
	q, failed := d.ask(ctx, r)
	sum := sha256.Sum256(r.Arguments)
	call := assistant.Call{
		Client: r.Client, Program: display.Visible(display.Cut(r.Program, 100)), Tool: toolName(r.Tool),
		Arguments: hex.EncodeToString(sum[:]), Outcome: "answered", Kinds: []string{},
	}
	if failed != nil {
		call.Outcome, call.Code = "refused", host.AsProblem(failed).Code
	} else {
		at := q.answer.AsOf
		call.Rows, call.AsOf, call.Personal = len(q.answer.Data.Items), &at, q.policy.Personal
		call.Kinds = slices.AppendSeq(call.Kinds, maps.Keys(q.kinds))
		slices.Sort(call.Kinds)
	}
	if _, err := d.app.RecordAssistantCall(ctx, call); err != nil {
		return assistant.Answer{}, d.ours(r.Tool, err)
	}
	if failed != nil {
		return assistant.Answer{}, d.ours(r.Tool, failed)
	}
	return q.answer, nil
}

// toolName returns the name of a tool for the audit log; one that does not exist is not written there as it was sent.
func toolName(name string) string {
	if slices.ContainsFunc(Tools(), func(t Tool) bool { return t.Name == name }) {
		return name
	}
	return "(no such tool)"
}

// allow refuses a client that calls too often.
func (d *Desk) allow(client string) error {
	now := d.now()
	latest := slices.DeleteFunc(d.calls[client], func(at time.Time) bool { return now.Sub(at) >= callSpan })
	if len(latest) >= MostCalls {
		wait := callSpan - now.Sub(latest[0])
		return &host.Problem{
			Code: host.CodeTooMany, Message: fmt.Sprintf("the client called %d tools within a minute, which is the most", MostCalls),
			Remedy: fmt.Sprintf("Wait %d seconds.", int(wait.Seconds())+1), Fault: host.FaultCustomer, Retry: host.RetryAfter,
			RetryAfter: wait.Seconds(),
		}
	}
	if len(d.calls) >= mostClients {
		maps.DeleteFunc(d.calls, func(_ string, calls []time.Time) bool { return now.Sub(calls[len(calls)-1]) >= callSpan })
	}
	d.calls[client] = append(latest, now)
	return nil
}

// ask answers a call that is not too many.
func (d *Desk) ask(ctx context.Context, r assistant.Question) (*asking, error) {
	policy, err := d.app.AssistantPolicy(r.Client)
	if err != nil {
		return nil, err
	}
	now := d.now()
	if policy.Off || policy.ExpiresAt != nil && !now.Before(*policy.ExpiresAt) {
		return nil, host.Refused(host.CodeForbidden, "A person lets it again with `plumbline mcp clients set "+r.Client+" --on`.",
			"the client %s may call no tool: a person turned it off, or its time is over", r.Client)
	}
	at := slices.IndexFunc(Tools(), func(t Tool) bool { return t.Name == r.Tool })
	if at < 0 {
		return nil, host.NotFound("tool", display.Visible(display.Cut(r.Tool, 60)), "The list of tools names those there are.")
	}
	demo, err := d.app.Demo()
	if err != nil {
		return nil, err
	}
	q := newAsking(d.app, policy, now)
	q.answer.Tool, q.answer.Demo = r.Tool, demo
	if err := Tools()[at].answer(ctx, q, r.Arguments); err != nil {
		return nil, err
	}
	return q, q.finish()
}

// ours returns an error in the host's words. An error that is no problem may hold anything, so it is logged and not told.
func (d *Desk) ours(tool string, err error) error {
	var p *host.Problem
	if errors.As(err, &p) && p.Code != host.CodeInternal {
		told := *p
		told.Message, told.Remedy, told.Detail = clean(p.Message, false), clean(p.Remedy, false), ""
		return &told
	}
	d.app.Logger().Error("answer an assistant", "tool", tool, "err", err)
	return &host.Problem{
		Code: host.CodeInternal, Message: "the question could not be answered", Fault: host.FaultHost, Retry: host.RetryAfter,
		Remedy: "The agent's log says why. Run `plumbline doctor`.",
	}
}
