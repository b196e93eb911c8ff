package expression

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	inText     = regexp.MustCompile(`"(https?://[^"/]+)`)
	settingIn  = regexp.MustCompile(`^settings\.\??([A-Za-z0-9_]+)(?:\.orValue\("([^"]*)"\))?$`)
	anySetting = regexp.MustCompile(`settings\.\??([A-Za-z0-9_]+)`)
)

// Hosts returns the hosts of an address, with {name} for those of settings.
func Hosts(address string) (all []string) {
	scheme, rest, found := strings.Cut(address, "://")
	if !found || strings.Contains(scheme, "{{") {
		return wholeHosts(address)
	}
	var b strings.Builder
	for rest != "" {
		before, after, inside := strings.Cut(rest, "{{")
		if host, _, ends := strings.Cut(before, "/"); ends {
			b.WriteString(host)
			break
		}
		b.WriteString(before)
		if !inside {
			break
		}
		expression, behind, _ := strings.Cut(after, "}}")
		match := anySetting.FindStringSubmatch(expression)
		if match == nil {
			return nil
		}
		b.WriteString("{" + match[1] + "}")
		rest = behind
	}
	host := b.String()
	if scheme == "http" && !strings.Contains(host, ":") {
		host += ":80"
	}
	return []string{host}
}

// wholeHosts returns the hosts of an address whose host an expression yields.
func wholeHosts(address string) (all []string) {
	expression, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(address), "{{"), "}}")
	expression = strings.TrimSpace(expression)
	if match := settingIn.FindStringSubmatch(expression); match != nil {
		return []string{"{" + match[1] + "}"}
	}
	for _, match := range inText.FindAllStringSubmatch(expression, -1) {
		if u, err := url.Parse(match[1]); err == nil && u.Host != "" {
			all = append(all, u.Host)
		}
	}
	if len(all) == 0 {
		for _, match := range anySetting.FindAllStringSubmatch(expression, -1) {
			all = append(all, "{"+match[1]+"}")
		}
	}
	return all
}
