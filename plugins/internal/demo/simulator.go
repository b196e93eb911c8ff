package main

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/plumbline-dev/plumbline/plugins"
	"github.com/plumbline-dev/plumbline/plugins/internal/simulator/aws"
	"github.com/plumbline-dev/plumbline/plugins/internal/simulator/github"
	"github.com/plumbline-dev/plumbline/plugins/internal/simulator/google"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

// simulator is what plays a vendor, and what the connection to it needs.
type simulator struct {
	settings map[string]any
	secrets  map[string]string
	open     func(vendor.Mode) http.Handler
}

// simulatorOf returns the simulator of a connector's vendor: one in Go, or that of its simulator.yaml.
func simulatorOf(connector string) (simulator, error) {
	switch connector {
	case "aws":
		return simulator{aws.System{}.Settings(), aws.System{}.Secrets(), func(m vendor.Mode) http.Handler { return aws.New(m) }}, nil
	case "github":
		of := github.NewSystem()
		return simulator{of.Settings(), of.Secrets(), func(m vendor.Mode) http.Handler { return of.Open(m) }}, nil
	}
	raw, err := plugins.Simulators.ReadFile(connector + "/simulator.yaml")
	if err != nil {
		return simulator{}, fmt.Errorf("open simulator: %w", err)
	}
	file, err := vendor.Read(bytes.NewReader(raw))
	if err != nil {
		return simulator{}, fmt.Errorf("read simulator of %s:\n%w", connector, err)
	}
	s := simulator{file.Settings(), file.Secrets(), func(m vendor.Mode) http.Handler { return file.New(m) }}
	if connector == "google-workspace" {
		tokens := google.Tokens{KeyFile: s.secrets["key_file"], Subject: fmt.Sprint(s.settings["admin_email"])}
		s.settings["chrome_devices"] = false // the company has none
		s.open = func(m vendor.Mode) http.Handler { return tokens.Before(file.New(m), m) }
	}
	return s, nil
}
