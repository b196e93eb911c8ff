package egress

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk"
)

// Policy is what one process may reach.
type Policy []Rule

// Rule is one declared host.
type Rule struct {
	Name  string // lower-case ASCII name, "*.example.com", or an address
	Port  int
	Named bool // a person's setting names the whole of it
}

// PolicyOf fills a connector's declarations in with a connection's settings, a JSON
// object. A declaration whose setting is empty allows nothing.
func PolicyOf(declared []host.NetworkHost, settings []byte) (Policy, error) {
	values := map[string]any{}
	if len(settings) > 0 {
		if err := json.Unmarshal(settings, &values); err != nil {
			return nil, fmt.Errorf("read settings: %w", err)
		}
	}
	var policy Policy
	for _, d := range declared {
		if name, whole := sdk.SettingOf(d.Host); whole {
			policy = append(policy, named(values[name], d.Port)...)
		} else if pattern, ok := filled(d.Host, values); ok {
			policy = append(policy, Rule{Name: pattern, Port: d.Port})
		}
	}
	return policy, nil
}

// named returns the rules of a setting that holds one or several hosts: a URL, a host with a port, or a host.
func named(value any, port int) (rules []Rule) {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			rules = append(rules, named(one, port)...)
		}
	case string:
		if name, port, ok := target(v, port); ok {
			rules = append(rules, Rule{Name: name, Port: port, Named: true})
		}
	}
	return rules
}

// target reads host and port from a setting.
func target(text string, port int) (string, int, bool) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = "//" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return "", 0, false
	}
	if usual, ok := map[string]int{"https": 443, "http": 80, "ldap": 389, "ldaps": 636}[u.Scheme]; ok {
		port = usual
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return "", 0, false
		}
	}
	name, err := normal(u.Hostname())
	return name, port, err == nil
}

// filled puts settings into a pattern such as "{org}.example.com". A setting may only
// contain the letters of a host name, so the pattern stays the connector's declaration.
func filled(pattern string, values map[string]any) (string, bool) {
	for name, value := range values {
		text, isText := value.(string)
		if !isText || text == "" || strings.Trim(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
			continue
		}
		pattern = strings.ReplaceAll(pattern, "{"+name+"}", text)
	}
	if strings.ContainsAny(pattern, "{}") {
		return "", false
	}
	if rest, ok := strings.CutPrefix(pattern, "*."); ok {
		name, err := normal(rest)
		return "*." + name, err == nil
	}
	name, err := normal(pattern)
	return name, err == nil
}

// normal returns the spelling in which hosts are compared.
func normal(name string) (string, error) {
	if address, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		if address.Zone() != "" {
			return "", fmt.Errorf("the address %s names an interface of this machine", name)
		}
		return address.Unmap().String(), nil
	}
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(strings.ToLower(name), "."))
	if err != nil || ascii == "" {
		return "", fmt.Errorf("%q is not a host name", name)
	}
	return ascii, nil
}

// rule returns the rule that allows name and port, or false. A rule that a setting names
// comes first, because it allows more addresses.
func (p Policy) rule(name string, port int) (Rule, bool) {
	matches := func(named bool) func(Rule) bool {
		return func(r Rule) bool { return r.Named == named && r.Port == port && r.covers(name) }
	}
	for _, named := range []bool{true, false} {
		if i := slices.IndexFunc(p, matches(named)); i >= 0 {
			return p[i], true
		}
	}
	return Rule{}, false
}

// covers reports whether the rule's name or pattern matches name.
func (r Rule) covers(name string) bool {
	if below, ok := strings.CutPrefix(r.Name, "*"); ok {
		return strings.HasSuffix(name, below) && len(name) > len(below)
	}
	return r.Name == name
}

// permits returns why the rule may not lead to address, nil if it may.
func (r Rule) permits(address netip.Addr) error {
	address = address.Unmap()
	what := classOf(address)
	literal, err := netip.ParseAddr(r.Name)
	switch {
	case r.Named && err == nil && literal == address:
		return nil
	case r.Named && (r.Name == "localhost" || strings.HasSuffix(r.Name, ".localhost")):
		if what == thisMachine {
			return nil
		}
	case what == public, r.Named && what == private:
		return nil
	}
	if r.Named {
		return fmt.Errorf("%s leads to %s, %s: a connection may go there only when its settings give that address itself",
			r.Name, address, what)
	}
	return fmt.Errorf("%s leads to %s, %s: a connector may go there only when the connection's settings name it",
		r.Name, address, what)
}
