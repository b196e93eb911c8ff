package engine

import (
	"encoding/json"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// LimitChecks makes the bounds of checks small.
func (e *Engine) LimitChecks(timeout time.Duration, atOnce, kept int) {
	e.checks.limits = checkLimits{timeout: timeout, atOnce: atOnce, kept: kept}
}

// CheckSettings is checkSettings, for schemas that the scripted connector has not.
func CheckSettings(schema, settings string, secrets map[string]string, stored ...host.SecretInfo) error {
	connector := host.Connector{ID: "test", Name: "Test", ConfigSchema: json.RawMessage(schema)}
	return checkSettings(connector, json.RawMessage(settings), secrets, stored)
}
