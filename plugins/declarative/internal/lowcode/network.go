package lowcode

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// chooseAuth makes the way in which most streams sign in that of the file.
func (m *importer) chooseAuth() {
	m.keep(func(s *stream) {
		for above := s; above != nil; above = above.parent {
			above.auth.object()
		}
	})
	count := map[string]int{}
	for _, s := range m.streams {
		mark := s.auth.print()
		count[mark]++
		if mark != "" && (m.main.print() == "" || count[mark] > count[m.main.print()]) {
			m.main = s.auth
		}
	}
	m.keep(func(s *stream) {
		for above := s; above != nil; above = above.parent {
			if above.auth.object().has("choose") && above.auth.print() != m.main.print() {
				fail("the stream lets a setting choose otherwise how to sign in, and only a file can do that")
			}
		}
	})
}

// keep leaves out the streams that try refuses.
func (m *importer) keep(try func(s *stream)) {
	m.streams = slices.DeleteFunc(m.streams, func(s *stream) bool {
		err := attempt(func() { try(s) })
		if err != nil {
			m.left.add(s.auth.line, s.name, "%s", err.Error())
		}
		return err != nil
	})
}

func (a *signIn) print() string {
	if a == nil {
		return ""
	}
	if a.way == nil && len(a.headers)+len(a.queries) == 0 {
		return ""
	}
	return shown(a.way) + shown(a.headers) + shown(a.queries)
}

// object returns how requests are signed in; without a way, an empty object.
func (a *signIn) object() *object {
	if a == nil || a.print() == "" {
		return newObject(0)
	}
	o := newObject(a.line)
	switch {
	case len(a.queries) > 1 || len(a.queries) == 1 && (a.way != nil || len(a.headers) > 0):
		fail("a secret in a parameter beside another credential has no translation")
	case len(a.queries) == 1:
		o.put("query", a.queries[0])
	case len(a.headers) == 0:
		return a.way
	case a.way == nil && len(a.headers) == 1:
		o.put("header", a.headers[0])
	case a.way == nil:
		o.put("header", a.headers)
	case a.way.has("header"):
		o.put("header", append([]*object{a.way.values["header"].(*object)}, a.headers...))
	case a.way.has("bearer"):
		bearer := pairs(a.line, "name", "Authorization", "prefix", "Bearer ", "secret", a.way.values["bearer"])
		o.put("header", append([]*object{bearer}, a.headers...))
	default:
		fail("a secret in a header beside this way to sign in has no translation")
	}
	return o
}

// network declares the hosts of the addresses.
func (m *importer) network() ([]*object, error) {
	var all []*object
	seen := map[string]bool{}
	add := func(address, purpose string, line int) error {
		hosts := hostsOf(address)
		if len(hosts) == 0 {
			return fmt.Errorf("line %d: the host of %s is known to a run alone", line, address)
		}
		for _, host := range hosts {
			name, port, _ := strings.Cut(host, ":")
			if seen[host] {
				continue
			}
			seen[host] = true
			o := pairs(line, "host", name)
			if n, err := strconv.Atoi(port); err == nil && n != 443 {
				o.put("port", n)
			}
			o.put("purpose", purpose)
			all = append(all, o)
		}
		return nil
	}
	for _, s := range m.streams {
		if err := add(s.base, "The API.", s.line); err != nil {
			return nil, err
		}
	}
	for _, text := range m.signInAddresses() {
		if err := add(text, "Signs in.", m.streams[0].line); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// signInAddresses returns the addresses that give tokens.
func (m *importer) signInAddresses() (all []string) {
	var look func(o *object)
	look = func(o *object) {
		if o == nil {
			return
		}
		for _, key := range o.keys {
			switch v := o.values[key].(type) {
			case *object:
				look(v)
			case string:
				if key == "token_url" || key == "url" {
					all = append(all, v)
				}
			}
		}
	}
	look(m.main.object())
	for _, s := range m.streams {
		look(s.auth.object())
	}
	return all
}

var (
	inText     = regexp.MustCompile(`"(https?://[^"/]+)`)
	settingIn  = regexp.MustCompile(`^settings\.\??([A-Za-z0-9_]+)(?:\.orValue\("([^"]*)"\))?$`)
	anySetting = regexp.MustCompile(`settings\.\??([A-Za-z0-9_]+)`)
)

// hostsOf returns the hosts of an address, with {name} for those of settings.
func hostsOf(address string) (all []string) {
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
