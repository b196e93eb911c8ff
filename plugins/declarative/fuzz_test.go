package main

import (
	"os"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// FuzzDescription loads any text. The result is a valid connector, or a list of different mistakes, one per
// line.
func FuzzDescription(f *testing.F) {
	raw, err := os.ReadFile("testdata/acme.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(raw))
	for _, paging := range []string{
		"page: {query: page, first: 0, total: response.total}", "offset: {query: offset}", "next: response.next", "link: true",
	} {
		f.Add(strings.Replace(string(raw), tokenPaging, paging, 1))
	}
	for _, text := range []string{
		head + levels("}\nrecords: response"), head + cc + "}\n" + oneStream(listed),
		head + bearer + oneStream(changes+"deletes: never\nincremental: {cursor: item.at, start: 2026-01-01, window: 1d1h}"),
		head + "auth: {choose: {setting: way, ways: {plain: {choose: {setting: way}}}}}\nanswers: [{when: 'true', is: x}]\n" +
			oneStream("path: '{{ {{ }}'\nquery: {a: [[b], {c: d}]}\njson: {secret: {secret: key}}\neach: {of: users, as: in}"),
		"a: &a {b: *a}\n<<: *a", "plumbline: 1\nstreams:\n- each: {of: a, as: b}\n  name: a\n- <<: [{name: b}, 7]",
		"", "plumbline: 1", "settings:\n  -", "plumbline: 1\nstreams:\n- ~\n- {name: a}", "plumbline: 1\n---\n", "plumbline: {}", "- 1",
		"plumbline: 1\nstreams: [1]", "plumbline: 1\nstreams:\n- &a {name: a}\n- *a",
		"plumbline: 1\nsettings: &s\n- {name: x, choices: [[1], {a: b}], default: [1]}\nnetwork: *s",
		"plumbline: 1\nauth: {basic: {username: [x]}}",
		"plumbline: 1\nbase_url: '{{ {{ }} }}'", "plumbline: 1\ncheck: {identity: 'item.?a.orValue(true ? 1 : null)'}", "a: &a [*a]",
		"plumbline: 1\nstreams: {<<: {name: x}}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parse(strings.NewReader(text))
		if err == nil {
			if err := c.Validate(); err != nil {
				t.Errorf("it was loaded, and then: %v", err)
			}
			for _, s := range c.Streams {
				if kind.Fields(s.Kind) == nil {
					t.Errorf("stream %s has the kind %q", s.Name, s.Kind)
				}
			}
			return
		}
		seen := map[string]bool{}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if seen[line] {
				t.Errorf("%q is said twice:\n%v", line, err)
			}
			seen[line] = true
		}
	})
}
