package host

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Connector is a program for one kind of system, as it describes itself.
type Connector struct {
	ID           string          `json:"id" doc:"File name of the program, e.g. envoy"`
	Name         string          `json:"name" doc:"As the vendor writes it"`
	Version      string          `json:"version"`
	Vendor       string          `json:"vendor"`
	Summary      string          `json:"summary" doc:"One sentence: what connecting this gives"`
	Homepage     string          `json:"homepage,omitempty"`
	License      string          `json:"license,omitempty"`
	SDK          string          `json:"sdk"`
	Capabilities []string        `json:"capabilities"`
	Categories   []Category      `json:"categories"`
	Streams      []StreamInfo    `json:"streams"`
	Steps        []StepInfo      `json:"steps"`
	Permissions  []Permission    `json:"permissions"`
	Network      []NetworkHost   `json:"network"`
	NetworkTCP   bool            `json:"network_tcp" doc:"It opens its own TCP connections, through the host's proxy, and is contained less"`
	Files        []FileAccess    `json:"files"`
	Limits       ConnectorLimits `json:"limits"`
	ConfigSchema json.RawMessage `json:"config_schema" doc:"JSON Schema 2020-12; a secret is marked writeOnly"`
	Guide        SetupGuide      `json:"guide"`
	Path         string          `json:"path" doc:"The program file"`
	SHA256       string          `json:"sha256" doc:"Of the program file, lower-case hex"`
	Interpreter  string          `json:"interpreter_sha256,omitempty" doc:"Of the program that runs a connector described by a file"`
	Trust        Trust           `json:"trust" enum:"bundled,signed,trusted,unverified,development" doc:"Why this program is taken for what it claims to be"`
	Installation *Installation   `json:"installation,omitempty" doc:"Set when a release of it is installed"`
	Problem      *Problem        `json:"problem,omitempty" doc:"Why this program cannot be used; everything but id and path may be empty then"`
	Connections  int             `json:"connections" doc:"How many connections use it"`
}

// DescriptionSuffix ends the name of a file that describes a connector instead of
// being its program. Before it stands the connector's id.
const DescriptionSuffix = ".connector.yaml"

// StreamInfo describes a stream a connector can read.
type StreamInfo struct {
	Name        string   `json:"name"`
	Title       string   `json:"title"`
	Kind        string   `json:"kind"`
	Description string   `json:"description,omitempty"`
	Permissions []string `json:"permissions"`
	Deletes     string   `json:"deletes" enum:"snapshot,tombstone,never" doc:"How a removal upstream becomes visible"`
	Incremental bool     `json:"incremental"`
}

// StepInfo describes a step of every run of a connector.
type StepInfo struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Stream string `json:"stream,omitempty"`
}

// Permission is something the vendor must grant, and what it unlocks.
type Permission struct {
	ID       string   `json:"id" doc:"The vendor's own name for it"`
	Reason   string   `json:"reason" doc:"Why it is needed"`
	Streams  []string `json:"streams"`
	Optional bool     `json:"optional"`
}

// NetworkHost is a host the connector talks to.
type NetworkHost struct {
	Host    string `json:"host" doc:"A name, a *.pattern, or {setting} when a setting names it"`
	Port    int    `json:"port"`
	Purpose string `json:"purpose"`
}

// FileAccess is something the connector reads on the machine it runs on.
type FileAccess struct {
	Path    string `json:"path" doc:"An absolute path, a directory with all that is in it, or {setting} when a setting names it"`
	Purpose string `json:"purpose"`
}

// ConnectorLimits say how much the vendor allows one tenant, however many
// connections it has. What is 0 is not known.
type ConnectorLimits struct {
	RequestsPerSecond  float64  `json:"requests_per_second"`
	ConcurrentRequests int      `json:"concurrent_requests"`
	ConcurrentRuns     int      `json:"concurrent_runs" doc:"Syncs of this connector at one moment"`
	TenantSettings     []string `json:"tenant_settings" doc:"Settings that together name the tenant; without them the credential does"`
}

// SetupGuide takes a person from nothing to a working connection.
type SetupGuide struct {
	Introduction  string      `json:"introduction" doc:"Markdown"`
	Prerequisites []string    `json:"prerequisites" doc:"Markdown, one line each"`
	Steps         []GuideStep `json:"steps"`
	Notes         []string    `json:"notes" doc:"Markdown, one line each"`
	Minutes       int         `json:"minutes" doc:"How long a first set-up takes"`
}

// GuideStep is one step of a setup guide.
type GuideStep struct {
	ID              string `json:"id"`
	Title           string `json:"title"`
	Body            string `json:"body" doc:"Markdown"`
	ExpectedOutcome string `json:"expected_outcome"`
}

// NameSettings returns a problem whose remedy names settings as the form does. A
// connector knows a setting by its name in the schema; a person sees its title. Nil
// stays nil.
func (c Connector) NameSettings(p *Problem) *Problem {
	if p == nil || !strings.Contains(p.Remedy, "setting \"") {
		return p
	}
	named := *p
	for name, title := range c.settingTitles() {
		if title != "" && title != name {
			named.Remedy = strings.ReplaceAll(named.Remedy, fmt.Sprintf("setting %q", name), fmt.Sprintf("setting %q (%s)", title, name))
		}
	}
	return &named
}

// AuthoritySetting returns the title of the setting that takes the certificate of an authority, empty when there is none.
func (c Connector) AuthoritySetting() string {
	title, takes := c.settingTitles()["ca_certificate"]
	if takes && title == "" {
		return "ca_certificate"
	}
	return title
}

// settingTitles returns the titles of the settings by name; none when the schema cannot be read.
func (c Connector) settingTitles() map[string]string {
	var schema struct {
		Properties map[string]struct {
			Title string `json:"title"`
		} `json:"properties"`
	}
	if json.Unmarshal(c.ConfigSchema, &schema) != nil {
		return nil
	}
	titles := map[string]string{}
	for name, property := range schema.Properties {
		titles[name] = property.Title
	}
	return titles
}

// Stream returns the stream called name, or false.
func (c Connector) Stream(name string) (StreamInfo, bool) {
	for _, s := range c.Streams {
		if s.Name == name {
			return s, true
		}
	}
	return StreamInfo{}, false
}
