package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/display"
)

// Request is what a model is asked.
type Request struct {
	Settings aisummary.Settings
	Key      string // empty = none is sent
	System   string
	Message  string
}

// anthropicVersion is the version of the shape of /v1/messages.
const anthropicVersion = "2023-06-01"

// chatRequest is the body for /v1/chat/completions.
type chatRequest struct {
	Model     string    `json:"model"`
	Messages  []message `json:"messages"`
	Stream    bool      `json:"stream"`
	MaxTokens int       `json:"max_tokens,omitempty"`
	// MaxCompletion replaces max_tokens at OpenAI itself, whose newer models refuse the older name.
	MaxCompletion int `json:"max_completion_tokens,omitempty"`
}

// messagesRequest is the body for /v1/messages.
type messagesRequest struct {
	Model     string    `json:"model"`
	MaxTokens int       `json:"max_tokens"`
	System    string    `json:"system"`
	Messages  []message `json:"messages"`
	Stream    bool      `json:"stream"`
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// URL returns where a request with these settings goes. The address may end in /v1 or not.
func URL(s aisummary.Settings) string {
	base := strings.TrimSuffix(strings.TrimRight(s.Address, "/"), "/v1")
	if s.Provider == aisummary.ProviderAnthropic {
		return base + "/v1/messages"
	}
	return base + "/v1/chat/completions"
}

// Body returns the body of a request. The same request has the same body.
func (r Request) Body() ([]byte, error) {
	var body any
	if r.Settings.Provider == aisummary.ProviderAnthropic {
		body = messagesRequest{
			Model: r.Settings.Model, MaxTokens: r.Settings.Tokens, System: r.System,
			Messages: []message{{Role: "user", Content: r.Message}}, Stream: true,
		}
	} else {
		chat := chatRequest{
			Model: r.Settings.Model, Messages: []message{{Role: "system", Content: r.System}, {Role: "user", Content: r.Message}}, Stream: true,
		}
		if at, err := url.Parse(r.Settings.Address); err == nil && at.Hostname() == "api.openai.com" {
			chat.MaxCompletion = r.Settings.Tokens
		} else {
			chat.MaxTokens = r.Settings.Tokens
		}
		body = chat
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return nil, fmt.Errorf("encode the request: %w", err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// Headers returns the headers of a request. Key stands for the key.
func (r Request) Headers(key string) http.Header {
	h := http.Header{"Content-Type": {"application/json"}, "Accept": {"text/event-stream"}, "User-Agent": {"Plumbline"}}
	if r.Settings.Provider == aisummary.ProviderAnthropic {
		h.Set("Anthropic-Version", anthropicVersion)
		if key != "" {
			h.Set("X-Api-Key", key)
		}
	} else if key != "" {
		h.Set("Authorization", "Bearer "+key)
	}
	return h
}

// Limits of the settings.
const (
	LeastSeconds = 5
	UsualSeconds = 60
	MostSeconds  = 300
	LeastTokens  = 256
	UsualTokens  = 1500
	MostTokens   = 8192

	longestModel = 200
)

// Check refuses settings that cannot be used, by field.
func Check(s aisummary.Settings) error {
	var faults host.Faults
	if !slices.Contains([]aisummary.Provider{aisummary.ProviderOpenAI, aisummary.ProviderAnthropic}, s.Provider) {
		faults.Add(host.Invalid("provider", string(s.Provider), "must be openai or anthropic"))
	}
	if rule := addressRule(s.Address); rule != "" {
		faults.Add(host.Invalid("address", nil, rule)) // its text may hold a password
	}
	switch {
	case strings.TrimSpace(s.Model) == "":
		faults.Add(host.Invalid("model", s.Model, "is missing: give the name that the provider lists"))
	case len(s.Model) > longestModel, display.Visible(s.Model) != s.Model, strings.TrimSpace(s.Model) != s.Model:
		faults.Add(host.Invalid("model", display.Cut(display.Visible(s.Model), longestModel), "is no name of a model"))
	}
	if s.Seconds < LeastSeconds || s.Seconds > MostSeconds {
		faults.Add(host.Invalid("time_limit_seconds", s.Seconds, fmt.Sprintf("must be from %d to %d", LeastSeconds, MostSeconds)))
	}
	if s.Tokens < LeastTokens || s.Tokens > MostTokens {
		faults.Add(host.Invalid("token_limit", s.Tokens, fmt.Sprintf("must be from %d to %d", LeastTokens, MostTokens)))
	}
	return faults.Err()
}

// addressRule returns the rule that an address breaks, or "".
func addressRule(address string) string {
	u, err := url.Parse(address)
	switch {
	case address == "":
		return "is missing, such as https://api.openai.com or https://api.anthropic.com"
	case err != nil || u.Host == "" || u.Hostname() == "":
		return "is no address such as https://api.openai.com"
	case u.User != nil:
		return "must hold no user and no password: give the key apart from it"
	case u.RawQuery != "" || u.Fragment != "":
		return "must end before ? and #"
	case u.Scheme == "https" || u.Scheme == "http" && local(u.Hostname()):
		return ""
	}
	return "must begin with https://; http:// is taken for this machine alone, such as http://127.0.0.1:11434"
}

// local reports whether a host is this machine.
func local(name string) bool {
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}
