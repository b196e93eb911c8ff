package plan

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
	"github.com/plumbline-dev/plumbline/sdk"
)

var (
	headerName  = regexp.MustCompile("^[!#$%&'*+.^_|~0-9A-Za-z-]+$")
	settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// checkFile checks the values of a file, other than its requests and expressions.
func (c *compiler) checkFile() {
	f := c.file
	for key, value := range map[string]string{"id": f.ID, "name": f.Name, "version": f.Version, "vendor": f.Vendor, "summary": f.Summary,
		"base_url": f.BaseURL.Source} {
		if strings.TrimSpace(value) == "" {
			c.wrong.Add(f.At(key), "%s must be given", key)
		}
	}
	for _, category := range f.Categories {
		if !slices.Contains(sdk.Categories(), category) {
			c.wrong.Add(f.At("categories"), "there is no category %q%s; the categories are %s",
				category, file.Nearest(category, sdk.Categories()), strings.Join(sdk.Categories(), ", "))
		}
	}
	seen := map[string]bool{}
	for i := range f.Settings {
		c.checkSetting(&f.Settings[i], seen)
	}
	c.checkPermissions()
	c.checkNetwork()
	c.checkLimits()
}

// checkSetting checks that a form can show a setting.
func (c *compiler) checkSetting(s *file.Setting, seen map[string]bool) {
	at := func(key, format string, args ...any) {
		c.wrong.Add(s.At(key), "setting %q: "+format, append([]any{s.Name}, args...)...)
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
		if !takes(s, choice) {
			at("choices", "the choice %v is not of type %s", choice, typeName(s))
		}
	}
	switch {
	case s.Default == nil:
	case !takes(s, s.Default):
		at("default", "the default %v is not of type %s", s.Default, typeName(s))
	case len(s.Choices) > 0 && !slices.Contains(s.Choices, s.Default):
		at("default", "the default %v is not among the choices", s.Default)
	}
	if guide, err := sdk.ParseGuide(c.file.Guide); err == nil && s.Step != "" &&
		!slices.ContainsFunc(guide.Steps, func(g sdk.GuideStep) bool { return g.ID == s.Step }) {
		at("guide_step", "the guide has no %s", s.Step)
	}
}

func typeName(s *file.Setting) string {
	if s.Type == "" {
		return "string"
	}
	return s.Type
}

// takes reports whether a value from the file has the setting's type.
func takes(s *file.Setting, value any) bool {
	switch value.(type) {
	case string:
		return typeName(s) == "string"
	case bool:
		return s.Type == "boolean"
	case int, int64, uint64:
		return s.Type == "integer" || s.Type == "number"
	case float64:
		return s.Type == "number"
	}
	return false
}

func (c *compiler) checkPermissions() {
	seen := map[string]bool{}
	for i := range c.file.Permissions {
		p := &c.file.Permissions[i]
		if p.ID == "" || p.Reason == "" {
			c.wrong.Add(p.At(""), "permission %q: id and reason must be given", p.ID)
		}
		if p.ID != "" && seen[p.ID] {
			c.wrong.Add(p.At("id"), "permission %q is declared twice", p.ID)
		}
		seen[p.ID] = true
	}
}

// checkNetwork also checks that network declares the hosts of literal addresses.
func (c *compiler) checkNetwork() {
	for i := range c.file.Network {
		n := &c.file.Network[i]
		if n.Host == "" || n.Purpose == "" {
			c.wrong.Add(n.At(""), "network: host and purpose must be given")
		}
		if n.Port < 0 || n.Port > 65535 {
			c.wrong.Add(n.At("port"), "network: %d is not a port", n.Port)
		}
		if strings.ContainsAny(n.Host, "/:") {
			c.wrong.Add(n.At("host"), "network: %q is an address; write the name of the host, and its port under port", n.Host)
		}
		for _, name := range placeholders(n.Host) {
			if !c.isSetting(name) {
				c.wrong.Add(n.At("host"), "network: {%s} does not name a setting that is not secret%s", name, file.Nearest(name, c.known))
			}
		}
	}
	c.reachable("base_url", c.file.BaseURL)
}

// reachable refuses a literal address whose host network does not declare. Only a run
// knows an address with settings in it.
func (c *compiler) reachable(what string, address file.Text) {
	u, err := url.Parse(address.Source)
	if err != nil || u.Host == "" || strings.Contains(u.Host, "{") || strings.Contains(strings.Split(address.Source, "/")[2], "{{") {
		return
	}
	if !slices.ContainsFunc(c.file.Network, func(n file.Host) bool { return covers(n.Host, u.Hostname()) }) {
		c.wrong.Add(address.At, "%s: network does not declare %s, so nothing could be asked", what, u.Hostname())
	}
}

// placeholders returns the names in {braces}.
func placeholders(text string) (found []string) {
	for _, match := range regexp.MustCompile(`\{([^{}]*)\}`).FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
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

// Reaches reports whether network declares a host, with these settings.
func (p *Plan) Reaches(name string, settings map[string]any) bool {
	for _, n := range p.File.Network {
		declared := n.Host
		for _, setting := range placeholders(declared) {
			value, _ := settings[setting].(string)
			if u, err := url.Parse(value); err == nil && u.Host != "" {
				value = u.Hostname()
			}
			declared = strings.ReplaceAll(declared, "{"+setting+"}", value)
		}
		if covers(declared, name) {
			return true
		}
	}
	return false
}

func (c *compiler) isSecret(name string) bool { return slices.Contains(c.secrets, name) }

func (c *compiler) isSetting(name string) bool { return slices.Contains(c.known, name) }

// secret refuses a name that is not the name of a secret.
func (c *compiler) secret(at file.At, what, name string) {
	if !c.isSecret(name) {
		c.wrong.Add(at, "%s: %q does not name a setting with secret: true%s", what, name, file.Nearest(name, c.secrets))
	}
}

// declared refuses a permission that is not declared.
func (c *compiler) declared(at file.At, what, id string) {
	var ids []string
	for _, p := range c.file.Permissions {
		ids = append(ids, p.ID)
	}
	if !slices.Contains(ids, id) {
		c.wrong.Add(at, "%s: permission %q is not declared%s", what, id, file.Nearest(id, ids))
	}
}

func (c *compiler) checkLimits() {
	l := &c.file.Limits
	if l.RequestsPerSecond < 0 || l.ConcurrentRequests < 0 {
		c.wrong.Add(l.At(""), "limits: a limit must not be negative")
	}
	for _, name := range l.TenantSettings {
		if !c.isSetting(name) {
			c.wrong.Add(l.At("tenant_settings"), "limits: tenant_settings: %q does not name a setting that is not secret%s",
				name, file.Nearest(name, c.known))
		}
	}
}
