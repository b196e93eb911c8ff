package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk/conform"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// simulatedNow gives a description a present in which it asks the same each time.
const simulatedNow = "PLUMBLINE_SIMULATED_NOW=2026-03-02T00:00:00Z"

// simulated is what "declarative simulate" prints of the system that it stands in for.
type simulated struct {
	Address  string            `json:"address"`
	From     string            `json:"from"` // the name of the file that says what it answers
	Settings json.RawMessage   `json:"settings"`
	Secrets  map[string]string `json:"secrets"`
	Records  map[string]int    `json:"records"` // that each stream has, if the system says so
}

// simulate records a complete run of a description against the system of simulator.yaml
// beside it, or else one that is derived from the description itself. It returns nil when
// that system cannot be read whole, and says so.
func (a *app) simulate(ctx context.Context, config conform.Config) (*replay.Fixture, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	program := exec.CommandContext(ctx, config.Program, "simulate")
	program.Env = config.Environ
	input, err := program.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start simulator: %w", err)
	}
	output, err := program.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start simulator: %w", err)
	}
	var said strings.Builder
	program.Stderr = &said
	if err := program.Start(); err != nil {
		return nil, fmt.Errorf("start simulator: %w", err)
	}
	var system simulated
	err = json.NewDecoder(output).Decode(&system)
	if err == nil {
		config.Settings, config.Secrets = system.Settings, system.Secrets
		var recorded conform.Recorded
		if recorded, err = conform.Record(ctx, config, forward(system.Address)); err == nil {
			err = system.whole(recorded)
		}
		if err == nil {
			_ = input.Close() // ends the program
			_ = program.Wait()
			return repeatable(recorded.Fixture, system.Secrets), nil
		}
	}
	interrupted := ctx.Err() != nil
	cancel()
	_ = program.Wait() // it was stopped
	if interrupted {
		return nil, context.Canceled
	}
	if said.Len() > 0 {
		return nil, &host.Problem{
			Code: host.CodeInvalid, Message: strings.TrimSpace(said.String()), Fault: host.FaultCustomer, Retry: host.RetryNever,
			Remedy: "Correct what the message names.",
		}
	}
	fmt.Fprintf(a.errs, "The system that %s describes cannot be read whole (%v): correct it, or give a recording with --fixtures.\n",
		system.From, err)
	return nil, nil
}

// whole returns why a recording does not have everything that the system holds.
func (s simulated) whole(r conform.Recorded) error {
	if r.Whole != nil {
		return r.Whole
	}
	for _, stream := range slices.Sorted(maps.Keys(s.Records)) {
		if got, want := r.Records[stream], s.Records[stream]; got != want {
			return fmt.Errorf("stream %s: %d records, and by %s it has %d", stream, got, s.From, want)
		}
	}
	return nil
}

// forward sends every request, whatever its host, to an address on this machine.
type forward string

// RoundTrip implements http.RoundTripper.
func (f forward) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Host = r.URL.Host
	r.Header.Set("X-Forwarded-Proto", r.URL.Scheme)
	r.URL.Scheme, r.URL.Host = "http", string(f)
	return http.DefaultTransport.RoundTrip(r)
}

// repeatable returns a recording that answers at any later time: what a request says of
// the present, and a signed statement in it, may be anything.
func repeatable(f replay.Fixture, secrets map[string]string) *replay.Fixture {
	for i := range f.Exchanges {
		e := &f.Exchanges[i]
		if strings.Contains(e.Asked, "assertion=") || ofNow(e.Asked) {
			e.Asked = "*"
		}
		u, err := url.Parse(e.URL)
		if err != nil {
			continue
		}
		query := u.Query()
		for name := range query {
			if ofNow(query.Get(name)) {
				query.Set(name, "*")
			}
		}
		u.RawQuery = query.Encode()
		e.URL = u.String()
	}
	for name, value := range secrets {
		if strings.Contains(value, "PRIVATE KEY") {
			f.Secrets[name] = value // no other value can stand for a key
		}
	}
	return &f
}

// ofNow reports whether a text holds today's date, or is a Unix time of today.
func ofNow(text string) bool {
	now := time.Now().UTC()
	if strings.Contains(text, now.Format(time.DateOnly)) {
		return true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return false
	}
	return time.Unix(n, 0).Sub(now).Abs() < time.Hour || time.UnixMilli(n).Sub(now).Abs() < time.Hour
}
