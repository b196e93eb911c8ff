package prompt

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

// public returns the words that may be sent as they are: names that the product or the
// connector gives to steps, streams, permissions, codes and choices.
func public(m Material) map[string]bool {
	words := map[string]bool{}
	add := func(all ...string) {
		for _, word := range all {
			if word != "" {
				words[strings.ToLower(word)] = true
			}
		}
	}
	c := m.Connector
	add(m.Run.Connector, c.ID, c.Name, c.Vendor, "true", "false", "none", "all", "default")
	for _, s := range c.Streams {
		add(s.Name, s.Title, s.Kind)
	}
	for _, s := range c.Steps {
		add(s.Name, s.Title, s.Stream)
	}
	for _, p := range c.Permissions {
		add(p.ID)
	}
	problem := func(p *host.Problem) {
		if p != nil {
			add(p.Code)
			add(p.Permissions...)
		}
	}
	problem(m.Run.Error)
	for _, s := range m.Run.Steps {
		add(s.Name, s.Title, s.Stream)
		problem(s.Error)
		for _, gap := range s.Gaps {
			problem(&gap.Error)
		}
	}
	if m.Explanation.Cause != nil {
		add(string(m.Explanation.Cause.ID), m.Explanation.Cause.Code)
	}
	for _, also := range m.Explanation.Also {
		add(string(also.ID), also.Code)
	}
	addSettingNames(c.ConfigSchema, add)
	return words
}

// addSettingNames adds the names of settings, and the values that are a choice of a list.
func addSettingNames(schema json.RawMessage, add func(...string)) {
	var shape struct {
		Properties map[string]struct {
			Enum []any `json:"enum"`
		} `json:"properties"`
	}
	if json.Unmarshal(schema, &shape) != nil {
		return
	}
	for name, property := range shape.Properties {
		add(name, "settings."+name, "secrets."+name)
		for _, choice := range property.Enum {
			if text, ok := choice.(string); ok {
				add(text)
			}
		}
	}
}

var linkPattern = regexp.MustCompile(`https?://[^\s"'<>)\]]+`)

// documentation returns the hosts of the connector's own documentation: of its home page and
// of the links in its setup guide.
func documentation(c host.Connector) map[string]bool {
	hosts := map[string]bool{}
	texts := append([]string{c.Homepage, c.Guide.Introduction}, c.Guide.Prerequisites...)
	texts = append(texts, c.Guide.Notes...)
	for _, step := range c.Guide.Steps {
		texts = append(texts, step.Body, step.ExpectedOutcome)
	}
	for _, text := range texts {
		for _, link := range linkPattern.FindAllString(text, -1) {
			if parsed, err := url.Parse(link); err == nil && strings.Contains(parsed.Hostname(), ".") {
				hosts[strings.ToLower(parsed.Hostname())] = true
			}
		}
	}
	return hosts
}

func sorted(set map[string]bool) []string {
	all := slices.Sorted(maps.Keys(set))
	if all == nil {
		all = []string{}
	}
	return all
}

// SettingValues returns the texts in the settings of a connection, which name its tenant, its
// hosts and its people.
func SettingValues(settings json.RawMessage) (values []string) {
	var whole any
	if json.Unmarshal(settings, &whole) != nil {
		return nil
	}
	var walk func(value any)
	walk = func(value any) {
		switch v := value.(type) {
		case string:
			values = append(values, v)
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			for _, one := range v {
				walk(one)
			}
		}
	}
	walk(whole)
	slices.Sort(values)
	return slices.Compact(values)
}

// Texts returns the texts of a run that others supplied, in which names of people are sought.
func Texts(m Material) ([]string, error) {
	raw, err := json.Marshal([]any{m.Run, m.Explanation, m.Lines})
	if err != nil {
		return nil, fmt.Errorf("encode the run: %w", err)
	}
	return SettingValues(raw), nil
}
