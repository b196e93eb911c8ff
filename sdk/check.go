package sdk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Probe is one part of a check of the live system.
type Probe struct {
	ID         string // e.g. "authenticate"
	Title      string // e.g. "Sign in"
	Permission string // the id of the permission that it tests; "" = none
	Optional   bool   // a failure does not make the connection unusable
}

// Choices are what one setting can be filled with, such as the columns of a file.
type Choices struct {
	Setting string   // property name of the config schema
	Items   []Choice // the first 300 count
	Targets []Target // what an item can be assigned to, for a setting whose lines are "item = target"
}

// Choice is one thing that a setting can be filled with.
type Choice struct {
	Value     string
	Samples   []string // the first values there, 10 at most; the same place is the same row in every item
	Suggested string   // the value of the target that fits; "" = none
}

// Target is what an item can be assigned to, such as a field of a kind.
type Target struct {
	Value       string
	Title       string
	Description string // what it means, one sentence
}

// The bounds of what a probe offers.
const (
	maxChoices = 300
	maxTargets = 100
	maxSamples = 10
)

// Report receives the results of a check's probes.
type Report struct {
	session *Session
	send    func(*connectorv1.CheckResponse)

	mu       sync.Mutex
	identity string
	reported []error
	offers   map[string][]*connectorv1.Choices // by probe
}

// Offer adds what a setting can be filled with to the result of the probe with this id,
// which has not ended. It leaves out what exceeds the bounds.
func (r *Report) Offer(probe string, c Choices) {
	text := func(s string, most int) string { return cut(r.session.scrub.text(s), most) }
	m := &connectorv1.Choices{Setting: c.Setting}
	for _, item := range c.Items[:min(len(c.Items), maxChoices)] {
		choice := &connectorv1.Choice{Value: item.Value, Suggested: item.Suggested}
		for _, sample := range item.Samples[:min(len(item.Samples), maxSamples)] {
			choice.Samples = append(choice.Samples, text(sample, 100))
		}
		m.Items = append(m.Items, choice)
	}
	for _, t := range c.Targets[:min(len(c.Targets), maxTargets)] {
		m.Targets = append(m.Targets, &connectorv1.Target{Value: t.Value, Title: text(t.Title, 200), Description: text(t.Description, 500)})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.offers == nil {
		r.offers = map[string][]*connectorv1.Choices{}
	}
	r.offers[probe] = append(r.offers[probe], m)
}

// offered returns what was offered with a probe.
func (r *Report) offered(probe string) []*connectorv1.Choices {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.offers[probe]
}

// outcome is a result of a probe that is neither success nor failure.
type outcome struct {
	state connectorv1.Probe_State
	text  string
}

func (o *outcome) Error() string { return o.text }

// Undetermined returns the error of a probe whose answer cannot be determined.
func Undetermined(format string, args ...any) error {
	return &outcome{connectorv1.Probe_STATE_UNKNOWN, fmt.Sprintf(format, args...)}
}

// TooBroad returns the error of a permission probe when more was granted than is needed.
func TooBroad(format string, args ...any) error {
	return &outcome{connectorv1.Probe_STATE_TOO_BROAD, fmt.Sprintf(format, args...)}
}

// Do runs one probe. It reports the probe as running and then its result. F returns one
// sentence about what it found. Do returns the error of f, so that the author can stop; it
// reports Undetermined and TooBroad and returns nil for them.
func (r *Report) Do(ctx context.Context, p Probe, f func(ctx context.Context) (found string, err error)) error {
	r.session.enter(p.ID)
	r.emit(p, connectorv1.Probe_STATE_RUNNING, "", nil, 0)
	begun := time.Now()
	var found string
	err := guard(func() (err error) { found, err = f(ctx); return err })
	took := time.Since(begun)
	var other *outcome
	switch {
	case err == nil:
		r.emit(p, connectorv1.Probe_STATE_OK, found, nil, took)
		return nil
	case errors.As(err, &other):
		r.emit(p, other.state, other.text, nil, took)
		return nil
	}
	if ctx.Err() != nil {
		err = orCause(ctx, err)
	}
	e := AsError(err)
	state := connectorv1.Probe_STATE_FAILED
	if e.Code == CodePermissionMissing {
		state = connectorv1.Probe_STATE_MISSING
	}
	r.emit(p, state, e.Message, e, took)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reported = append(r.reported, err)
	return err
}

// Skip reports a probe that was not tried because an earlier one failed.
func (r *Report) Skip(p Probe, why string) {
	r.emit(p, connectorv1.Probe_STATE_SKIPPED, why, nil, 0)
}

// SkipAll reports probes that were not tried because an earlier one failed.
func (r *Report) SkipAll(why string, probes ...Probe) {
	for _, p := range probes {
		r.Skip(p, why)
	}
}

// Identity reports the owner of the credential.
func (r *Report) Identity(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.identity = text
}

func (r *Report) emit(p Probe, state connectorv1.Probe_State, message string, e *Error, took time.Duration) {
	m := &connectorv1.Probe{
		Id: p.ID, Title: p.Title, State: state, Permission: p.Permission, Required: !p.Optional,
		Message: cut(r.session.scrub.text(message), 1<<10), Choices: r.offered(p.ID),
	}
	if e != nil {
		clean := r.session.scrub.clean(e)
		clean.Step = p.ID
		m.Error = clean.toWire()
	}
	if took > 0 {
		m.Took = durationpb.New(took)
	}
	r.send(&connectorv1.CheckResponse{Message: &connectorv1.CheckResponse_Probe{Probe: m}})
}

// wasReported reports whether err is an error that Do returned.
func (r *Report) wasReported(err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.reported, func(known error) bool { return errors.Is(err, known) })
}

// Check tries settings for the host.
func (s *server) Check(req *connectorv1.CheckRequest, wire grpc.ServerStreamingServer[connectorv1.CheckResponse]) error {
	s.begin()
	defer s.end()
	ctx, stop := s.bind(wire.Context())
	defer stop()
	if d := req.GetTimeout().AsDuration(); d > 0 {
		var end context.CancelFunc
		ctx, end = context.WithTimeoutCause(ctx, d, Errorf(CodeNetworkTimeout, "the check took longer than %s", d))
		defer end()
	}
	var mu sync.Mutex // one message at a time on the wire
	send := func(m *connectorv1.CheckResponse) {
		mu.Lock()
		defer mu.Unlock()
		_ = wire.Send(m) // a host that is gone also ends ctx
	}
	session, wrong := newSession(s.connector, req.GetCredentials(), reporter{log: func(l *connectorv1.Log) {
		send(&connectorv1.CheckResponse{Message: &connectorv1.CheckResponse_Log{Log: l}})
	}})
	session.way = s.wayOf(ctx)
	session.way.id = req.GetRenewals()
	defer session.close()
	report := &Report{session: session, send: send}
	switch {
	case req.GetChoices():
		s.choices(ctx, session, report)
	case len(wrong) == 0:
		report.settings(wrong)
		s.probe(ctx, session, report)
	default:
		report.settings(wrong)
	}
	send(&connectorv1.CheckResponse{Message: &connectorv1.CheckResponse_Done{Done: &connectorv1.CheckDone{
		Identity: cut(session.scrub.text(report.identity), 256),
	}}})
	return nil
}

// settings reports the offline validation: one probe for valid settings, else one for each
// wrong setting.
func (r *Report) settings(wrong []*Error) {
	if len(wrong) == 0 {
		r.emit(Probe{ID: "settings", Title: "Settings"}, connectorv1.Probe_STATE_OK, "The settings are complete.", nil, 0)
	}
	for _, e := range wrong {
		r.emit(Probe{ID: "settings" + e.ConfigPath, Title: "Settings"}, connectorv1.Probe_STATE_FAILED, e.Message, e, 0)
	}
}

// choices runs the author's Choices. The host has validated the settings that were given.
func (s *server) choices(ctx context.Context, session *Session, report *Report) {
	if s.connector.Choices == nil {
		return
	}
	err := guard(func() error { return s.connector.Choices(ctx, session, report) })
	if err = orCause(ctx, err); err != nil && !report.wasReported(err) {
		report.emit(Probe{ID: "choices", Title: "Choices"}, connectorv1.Probe_STATE_FAILED, AsError(err).Message, AsError(err), 0)
	}
}

// probe runs the author's check, or Connect for a connector without a check.
func (s *server) probe(ctx context.Context, session *Session, report *Report) {
	last := Probe{ID: "check", Title: "Check"}
	err := guard(func() error {
		switch {
		case s.connector.Check != nil:
			return s.connector.Check(ctx, session, report)
		case s.connector.Connect != nil:
			return report.Do(ctx, Probe{ID: connectStep, Title: "Sign in"}, func(ctx context.Context) (string, error) {
				return "Signed in.", s.connector.Connect(ctx, session)
			})
		}
		return nil
	})
	if err = orCause(ctx, err); err != nil && !report.wasReported(err) {
		report.emit(last, connectorv1.Probe_STATE_FAILED, AsError(err).Message, AsError(err), 0)
	}
}
