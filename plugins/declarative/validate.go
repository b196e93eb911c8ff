package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// mistakes collects the mistakes in a file, each with its line.
type mistakes []error

func (m *mistakes) at(line int, format string, args ...any) {
	*m = append(*m, fmt.Errorf("line %d: "+format, append([]any{line}, args...)...))
}

// once returns the lines of an error, each once, sorted by their line in the file.
func once(err error) error {
	var texts []string
	for text := range strings.SplitSeq(err.Error(), "\n") {
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	slices.SortStableFunc(texts, func(a, b string) int { return lineIn(a) - lineIn(b) })
	return errors.New(strings.Join(texts, "\n"))
}

// lineIn returns the line number at the beginning of a mistake, 0 without one.
func lineIn(text string) (line int) {
	if _, err := fmt.Sscanf(text, "line %d:", &line); err != nil {
		return 0
	}
	return line
}

// located adds the line of the key to each mistake that the SDK finds.
func (m *manifest) located(err error) error {
	if err == nil {
		return nil
	}
	var wrong mistakes
	for text := range strings.SplitSeq(err.Error(), "\n") {
		word, _, _ := strings.Cut(strings.TrimSuffix(text, ":"), " ")
		line := m.lines.of(strings.TrimSuffix(word, ":"))
		for _, s := range m.Streams {
			if strings.HasPrefix(text, fmt.Sprintf("stream %q:", s.Name)) {
				line = s.lines.of("")
			}
		}
		if strings.Contains(text, "one category") {
			line = m.lines.of("categories")
		}
		wrong.at(line, "%s", text)
	}
	return once(errors.Join(wrong...))
}

// check returns every mistake in the values of a file, other than those of its
// expressions.
func (m *manifest) check() error {
	var wrong mistakes
	for key, value := range map[string]string{
		"id": m.ID, "name": m.Name, "version": m.Version, "vendor": m.Vendor, "summary": m.Summary, "base_url": m.BaseURL.source,
	} {
		if strings.TrimSpace(value) == "" {
			wrong.at(m.lines.of(key), "%s must be given", key)
		}
	}
	for _, c := range m.Categories {
		if !slices.Contains(sdk.Categories(), c) {
			wrong.at(m.lines.of("categories"), "there is no category %q; the categories are %s", c, strings.Join(sdk.Categories(), ", "))
		}
	}
	for name := range m.Headers {
		if !headerName.MatchString(name) {
			wrong.at(m.lines.of("headers"), "%q is not a name of a header", name)
		}
	}
	seen := map[string]bool{}
	for i := range m.Settings {
		m.checkSetting(&wrong, &m.Settings[i], seen)
	}
	m.checkPermissions(&wrong)
	m.checkNetwork(&wrong)
	m.checkAuth(&wrong)
	m.checkLimits(&wrong)
	for i := range m.Streams {
		m.checkStream(&wrong, &m.Streams[i])
	}
	return errors.Join(wrong...)
}

var (
	headerName  = regexp.MustCompile("^[!#$%&'*+.^_|~0-9A-Za-z-]+$")
	settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// checkSetting checks that a form can show a setting.
func (m *manifest) checkSetting(wrong *mistakes, s *setting, seen map[string]bool) {
	at := func(key, format string, args ...any) {
		wrong.at(s.lines.of(key), "setting %q: "+format, append([]any{s.Name}, args...)...)
	}
	switch {
	case !settingName.MatchString(s.Name):
		at("name", "a name has letters, digits and underscores, and does not begin with a digit")
	case seen[s.Name]:
		at("name", "the name is used twice")
	}
	seen[s.Name] = true
	if s.Title == "" {
		at("title", "title must be given: the form shows it")
	}
	if !slices.Contains([]string{"", "string", "integer", "number", "boolean"}, s.Type) {
		at("type", "type is string, integer, number or boolean, not %q", s.Type)
		return
	}
	if s.Secret && (s.Type != "" && s.Type != "string" || s.Default != nil || len(s.Choices) > 0) {
		at("secret", "a secret is a string without default and choices")
	}
	for _, choice := range s.Choices {
		if !s.takes(choice) {
			at("choices", "the choice %v is not of type %s", choice, s.typeName())
		}
	}
	switch {
	case s.Default == nil:
	case !s.takes(s.Default):
		at("default", "the default %v is not of type %s", s.Default, s.typeName())
	case len(s.Choices) > 0 && !slices.Contains(s.Choices, s.Default):
		at("default", "the default %v is not among the choices", s.Default)
	}
	if guide, err := sdk.ParseGuide(m.Guide); err == nil && s.Step != "" &&
		!slices.ContainsFunc(guide.Steps, func(g sdk.GuideStep) bool { return g.ID == s.Step }) {
		at("guide_step", "the guide has no %s", s.Step)
	}
}

func (s *setting) typeName() string { return cmp.Or(s.Type, "string") }

// takes reports whether a value from the file has the setting's type.
func (s *setting) takes(value any) bool {
	switch value.(type) {
	case string:
		return s.typeName() == "string"
	case bool:
		return s.Type == "boolean"
	case int, int64, uint64:
		return s.Type == "integer" || s.Type == "number"
	case float64:
		return s.Type == "number"
	}
	return false
}

func (m *manifest) checkPermissions(wrong *mistakes) {
	seen := map[string]bool{}
	for _, p := range m.Permissions {
		if p.ID == "" || p.Reason == "" {
			wrong.at(p.lines.of(""), "permission %q: id and reason must be given", p.ID)
		}
		if p.ID != "" && seen[p.ID] {
			wrong.at(p.lines.of("id"), "permission %q is declared twice", p.ID)
		}
		seen[p.ID] = true
	}
}

// checkNetwork also checks that the connector may reach the API itself.
func (m *manifest) checkNetwork(wrong *mistakes) {
	for _, n := range m.Network {
		if n.Host == "" || n.Purpose == "" {
			wrong.at(n.lines.of(""), "network: host and purpose must be given")
		}
		if n.Port < 0 || n.Port > 65535 {
			wrong.at(n.lines.of("port"), "network: %d is not a port", n.Port)
		}
		if strings.ContainsAny(n.Host, "/:") {
			wrong.at(n.lines.of("host"), "network: %q is an address; write the name of the host, and its port under port", n.Host)
		}
		for _, name := range placeholders(n.Host) {
			if !m.isSetting(name) {
				wrong.at(n.lines.of("host"), "network: {%s} does not name a setting that is not secret", name)
			}
		}
	}
	u, err := url.Parse(m.BaseURL.source)
	if err != nil || u.Host == "" || strings.Contains(m.BaseURL.source, "{{") {
		return // only a run knows the settings
	}
	if !slices.ContainsFunc(m.Network, func(n networkHost) bool { return covers(n.Host, u.Hostname()) }) {
		wrong.at(m.BaseURL.line, "base_url: network does not declare %s, so the connector could not reach it", u.Hostname())
	}
}

// placeholders returns the names in {braces}.
func placeholders(host string) (names []string) {
	for _, match := range regexp.MustCompile(`\{([^{}]*)\}`).FindAllStringSubmatch(host, -1) {
		names = append(names, match[1])
	}
	return names
}

// covers reports whether a declared host matches name.
func covers(declared, name string) bool {
	if strings.Contains(declared, "{") {
		return true
	}
	if rest, wild := strings.CutPrefix(declared, "*"); wild {
		return strings.HasSuffix(strings.ToLower(name), strings.ToLower(rest))
	}
	return strings.EqualFold(declared, name)
}

func (m *manifest) isSecret(name string) bool {
	return slices.ContainsFunc(m.Settings, func(s setting) bool { return s.Name == name && s.Secret })
}

func (m *manifest) isSetting(name string) bool {
	return slices.ContainsFunc(m.Settings, func(s setting) bool { return s.Name == name && !s.Secret })
}

// checkAuth checks that the secrets of auth are secret settings.
func (m *manifest) checkAuth(wrong *mistakes) {
	line := m.lines.of("auth")
	ways := 0
	secret := func(key, name string) {
		if !m.isSecret(name) {
			wrong.at(line, "auth: %s: %q does not name a setting with secret: true", key, name)
		}
	}
	if m.Auth.Bearer != "" {
		ways++
		secret("bearer", m.Auth.Bearer)
	}
	if h := m.Auth.Header; h != nil {
		ways++
		secret("header.secret", h.Secret)
		if !headerName.MatchString(h.Name) {
			wrong.at(line, "auth: header.name: %q is not a name of a header", h.Name)
		}
	}
	if b := m.Auth.Basic; b != nil {
		ways++
		name := b.Username.source
		switch {
		case name == "":
			wrong.at(line, "auth: basic.username must be given")
		case m.isSetting(name):
			wrong.at(b.Username.line, "auth: basic.username: to send the setting, write \"{{ settings.%s }}\"", name)
		case b.Password == "" && !m.isSecret(name):
			wrong.at(line, "auth: basic: username or password must name a setting with secret: true")
		}
		if b.Password != "" {
			secret("basic.password", b.Password)
		}
	}
	if ways > 1 {
		wrong.at(line, "auth: use one of bearer, header and basic")
	}
}

func (m *manifest) checkLimits(wrong *mistakes) {
	line := m.lines.of("limits")
	if m.Limits.RequestsPerSecond < 0 || m.Limits.ConcurrentRequests < 0 {
		wrong.at(line, "limits: a limit must not be negative")
	}
	for _, name := range m.Limits.TenantSettings {
		if !m.isSetting(name) {
			wrong.at(line, "limits: tenant_settings: %q does not name a setting that is not secret", name)
		}
	}
}

// checkStream checks a stream, except for its expressions.
func (m *manifest) checkStream(wrong *mistakes, s *stream) {
	at := func(key, format string, args ...any) {
		wrong.at(s.lines.of(key), "stream %q: "+format, append([]any{s.Name}, args...)...)
	}
	for key, value := range map[string]string{
		"name": s.Name, "title": s.Title, "kind": s.Kind, "path": s.Path.source, "records": s.Records.source, "key": s.Key.source,
	} {
		if value == "" {
			at(key, "%s must be given", key)
		}
	}
	for _, id := range s.Permissions {
		if !slices.ContainsFunc(m.Permissions, func(p permission) bool { return p.ID == id }) {
			at("permissions", "permission %q is not declared", id)
		}
	}
	if s.Deletes != "" && s.Deletes != "snapshot" && s.Deletes != "never" {
		at("deletes", "deletes is snapshot or never, not %q", s.Deletes)
	}
	if n := s.Paging.count(); n > 1 {
		at("paging", "use one way of paging, not %d", n)
	}
	p := s.Paging
	switch {
	case p.Page != nil && p.Page.Query == "", p.Offset != nil && p.Offset.Query == "":
		at("paging", "query must be given: the parameter with the number")
	case p.Page != nil && p.Page.First != nil && *p.Page.First < 0:
		at("paging", "first must not be negative")
	case p.Token != nil && (p.Token.Query == "" || p.Token.From.source == ""):
		at("paging", "query and from must be given: the parameter for the token, and the token in an answer")
	}
}

// checkFields compares the fields of a stream with its kind: the names, the literals, and the required
// fields.
func (s *streamPlan) checkFields() error {
	var wrong mistakes
	known := kind.Fields(kind.Kind(s.Kind))
	if known == nil {
		if s.Kind != "" {
			wrong.at(s.lines.of("kind"), "stream %q: there is no kind %q; the kinds are %v", s.Name, s.Kind, kind.Kinds())
		}
		return errors.Join(wrong...)
	}
	names := []string{"description", "fix", "url"} // prose and addresses, which kind.Fields leaves out
	for _, f := range known {
		names = append(names, f.Name)
		if f.Type == kind.FieldText {
			s.texts = append(s.texts, f.Name)
		}
		if len(f.Words) > 0 {
			s.words[f.Name] = f.Words
		}
		if slices.Equal(f.Words, []string{"yes", "no", "unknown"}) {
			s.truths = append(s.truths, f.Name)
		}
		if err := checkResults(f, s.fields[f.Name]); err != nil {
			wrong = append(wrong, err)
		}
	}
	for name, e := range s.Fields {
		if !slices.Contains(names, name) {
			wrong.at(e.line, "kind %s has no field %s; it has %s", s.Kind, name, strings.Join(names[3:], ", "))
		}
	}
	for _, name := range required(kind.Kind(s.Kind)) {
		if s.Fields[name].source == "" {
			wrong.at(s.lines.of("fields"), "stream %q: kind %s requires the field %s", s.Name, s.Kind, name)
		}
	}
	return errors.Join(wrong...)
}

// required returns the fields that every record of a kind has.
func required(k kind.Kind) []string {
	var schema struct {
		Required []string `json:"required"`
	}
	raw, err := kind.Schema(k)
	if err != nil || json.Unmarshal(raw, &schema) != nil {
		return nil // checkFields reports an unknown kind
	}
	return schema.Required
}
