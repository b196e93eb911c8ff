package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/plumbline-dev/plumbline/plugins"
	"github.com/plumbline-dev/plumbline/plugins/internal/simulator/aws"
	"github.com/plumbline-dev/plumbline/plugins/internal/simulator/github"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// subject is a connector with its simulated vendor.
type subject struct {
	connector   string
	settings    map[string]any
	secrets     map[string]string
	wrong       map[string]string // secrets of the same form that the vendor refuses
	permissions []string
	open        func(vendor.Mode) http.Handler
}

// subjectOf returns the subject of a connector, as the server of the case is now if there is one.
func (s *stage) subjectOf(connector string) (subject, error) {
	if s.server == nil {
		return subjectOf(connector)
	}
	of := subject{connector: connector, settings: s.server.settings(), secrets: s.server.secrets(), wrong: map[string]string{}}
	for name := range of.secrets {
		of.wrong[name] = "wrong-canary-17"
	}
	return of, nil
}

// subjectOf returns the subject of a connector with a simulated vendor.
func subjectOf(connector string) (subject, error) {
	switch connector {
	case "fake": // its settings are its script
		return subject{connector: connector, settings: map[string]any{},
			open: func(vendor.Mode) http.Handler { return http.NotFoundHandler() }}, nil
	case "aws":
		of := aws.System{}
		return subject{connector, of.Settings(), of.Secrets(), of.WrongSecrets(), of.Permissions(),
			func(m vendor.Mode) http.Handler { return aws.New(m) }}, nil
	case "github":
		of := github.NewSystem()
		return subject{connector, of.Settings(), of.Secrets(), of.WrongSecrets(), of.Permissions(),
			func(m vendor.Mode) http.Handler { return of.Open(m) }}, nil
	}
	raw, err := plugins.Simulators.ReadFile(connector + "/simulator.yaml")
	if err != nil {
		return subject{}, fmt.Errorf("open simulator: %w", err)
	}
	file, err := vendor.Read(bytes.NewReader(raw))
	if err != nil {
		return subject{}, fmt.Errorf("read simulator of %s:\n%w", connector, err)
	}
	return subject{
		connector, file.Settings(), file.Secrets(), file.WrongSecrets(), file.Permissions(),
		func(m vendor.Mode) http.Handler { return file.New(m) },
	}, nil
}

// few is the population of a vendor of the corpus.
func few() vendor.Mode { return vendor.Mode{Small: true} }

// world answers every request with one vendor.
type world struct{ vendor http.Handler }

// Answer implements replay.Upstream.
func (w world) Answer(ctx context.Context, q replay.Request) (replay.Answer, error) {
	r, err := http.NewRequestWithContext(ctx, q.Method, q.URL.String(), bytes.NewReader(q.Body))
	if err != nil {
		return replay.Answer{}, fmt.Errorf("make request: %w", err)
	}
	r.Header = q.Header
	answer := httptest.NewRecorder()
	w.vendor.ServeHTTP(answer, r)
	return replay.Answer{Status: answer.Code, Header: answer.Header(), Body: answer.Body.Bytes()}, nil
}
