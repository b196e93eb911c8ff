package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// hostStep is the host's own first step of every run.
const hostStep = "start"

// checkDescription refuses a description with another name than the file's, unknown
// kinds or categories, or a name that stands in it twice. Package wire has checked its
// sizes before.
func checkDescription(id string, c host.Connector) *host.Problem {
	if !idPattern.MatchString(c.ID) || c.ID == Interpreter {
		return notAConnector(id, c.Path, fmt.Sprintf("it calls itself %q, which is no connector id", c.ID))
	}
	if c.ID != id {
		return notAConnector(id, c.Path, fmt.Sprintf("it calls itself %q; the file and the connector must have one name", c.ID))
	}
	if !json.Valid(c.ConfigSchema) || !utf8.Valid(c.ConfigSchema) {
		return notAConnector(id, c.Path, "its config schema is not JSON")
	}
	if !bytes.HasPrefix(bytes.TrimLeft(c.ConfigSchema, " \t\r\n"), []byte("{")) {
		return notAConnector(id, c.Path, "its config schema is not a JSON object")
	}
	if len(c.Streams) == 0 {
		return notAConnector(id, c.Path, "it declares no streams")
	}
	seen := map[string]bool{}
	for _, s := range c.Streams {
		if !wire.IsName(s.Name) {
			return notAConnector(id, c.Path, fmt.Sprintf("stream name %q is not lower-case letters, digits, dashes and underscores", s.Name))
		}
		if seen[s.Name] {
			return notAConnector(id, c.Path, fmt.Sprintf("it declares stream %q twice", s.Name))
		}
		seen[s.Name] = true
		if !slices.Contains(kind.Kinds(), kind.Kind(s.Kind)) {
			return notAConnector(id, c.Path, fmt.Sprintf("stream %q has the unknown kind %q", s.Name, s.Kind))
		}
	}
	if why := checkSteps(c); why != "" {
		return notAConnector(id, c.Path, why)
	}
	for _, category := range c.Categories {
		if !category.Known() {
			return notAConnector(id, c.Path, fmt.Sprintf("it declares the unknown category %q", category))
		}
	}
	return nil
}

// checkSteps returns what is wrong with the steps, "" for nothing.
func checkSteps(c host.Connector) string {
	seen := map[string]bool{hostStep: true}
	for _, s := range c.Steps {
		_, declared := c.Stream(s.Stream)
		switch {
		case !wire.IsName(s.Name):
			return fmt.Sprintf("step name %q is not lower-case letters, digits, dashes and underscores", s.Name)
		case s.Name == hostStep:
			return fmt.Sprintf("it declares the step %q, which is the host's own", s.Name)
		case seen[s.Name]:
			return fmt.Sprintf("it declares step %q twice", s.Name)
		case s.Stream != "" && !declared:
			return fmt.Sprintf("step %q reads the stream %q, which it does not declare", s.Name, s.Stream)
		}
		seen[s.Name] = true
	}
	return ""
}
