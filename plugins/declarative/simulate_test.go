package main

import (
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/read"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/simulate"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// TestASimulatedSystemIsReadWhole derives a system from each example of the README and from
// others, and reads it: every stream is whole and has records.
func TestASimulatedSystemIsReadWhole(t *testing.T) {
	t.Parallel()
	acme, err := os.ReadFile("testdata/acme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{"acme": string(acme), "levels": head + levels("}\nrecords: response")}
	for name, paging := range map[string]string{
		"next": "next: response.links.next", "link": "link: true", "page": "page: {query: page, total: response.total}",
		"offset": "offset: {query: at, more: response.more}",
		"last":   "page: {query: page, last: response.pages}", "short": "page: {query: page, stop: short, size: {query: size, value: 5}}",
		"header": "token: {query: c, from: 'headers[\"x-next\"]'}",
	} {
		texts["paging "+name] = head + bearer + oneStream("path: /v1/list\nrecords: response.list\npaging: {"+paging+"}")
	}
	for name, form := range map[string]string{"json_lines": "response", "csv": "response", "xml": "response.users.user"} {
		texts["form "+name] = head + bearer + oneStream("path: /v1/list\nanswer: "+name+"\nrecords: "+form)
	}
	parts := strings.Split(levels("}\nrecords: response"), "name: users")
	texts["a key with the item above"] = head + parts[0] + "name: users" +
		strings.Replace(parts[1], "key: item.id", `key: team.id + "/" + item.id`, 1)
	texts["records that are looked up"] = head + bearer + oneStream("path: /v1/list\n"+
		`records: 'response.list.map(one, merge(one, {"owner": find(response.owners, "id", one.?owner.orValue(""))}))'`)
	for name, records := range map[string]string{
		"of the first page":  "first(response.pages).list",
		"at a place":         "response[1].list",
		"with members moved": `'response.list.map(one, merge(one.attributes, {"id": one.id}))'`,
		"with other names":   `'response.list.map(one, {"id": one.number, "name": one.title})'`,
		"in groups":          `'response.groups.map(group, group.rules.map(rule, merge(rule, {"group": group.name}))).flatten()'`,
		"chosen":             "response.list.filter(one, one.kind == 'person')",
	} {
		texts["records "+name] = head + bearer + oneStream("path: /v1/list\nrecords: "+records)
	}
	texts["a condition on what has members"] = head + bearer + strings.Replace(
		oneStream("path: /v1/list\nrecords: response\nwhere: has(item.user) && item.user != null"), "item.?mfa", "item.user.mfa", 1)
	texts["tags"] = head + bearer + strings.Replace(
		strings.Replace(oneStream("path: /v1/list\nrecords: response"), "kind: account", "kind: resource", 1), facts,
		"\n    key: item.id\n    fields: {external_id: item.id, name: item.name, type: '\"bucket\"', tags: item.labels}\n", 1)
	for _, vendor := range []string{"slack", "okta", "entra", "docusign"} {
		raw, err := os.ReadFile("testdata/vendors/" + vendor + ".connector.yaml")
		if err != nil {
			t.Fatal(err)
		}
		texts[vendor] = string(raw)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range strings.Split(string(readme), "```yaml\n")[1:] {
		example, _, _ := strings.Cut(part, "```")
		whole := strings.ReplaceAll(aroundExample, "login.example.com", "\"{base_url}\"")
		for _, key := range topKey.FindAllStringSubmatch(example, -1) {
			whole = regexp.MustCompile(`(?m)^`+key[1]+`:.*\n(?:[ \n].*\n|\n)*`).ReplaceAllString(whole, "")
		}
		example = strings.ReplaceAll(strings.ReplaceAll(example, "https://login.example.com", "{{ settings.base_url }}"),
			"token_url: {{ settings.base_url }}/token", `token_url: "{{ settings.base_url }}/token"`)
		texts["example "+string(rune('a'+i))] = whole + example
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := file.Decode(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			p, err := plan.New(f)
			if err != nil {
				t.Fatal(err)
			}
			settings, secrets, err := simulate.Settings(p)
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(simulate.New(p, settings))
			t.Cleanup(server.Close)
			for setting, value := range settings {
				if text, ok := value.(string); ok && strings.HasPrefix(text, "https://") {
					settings[setting] = server.URL
				}
			}
			c, err := read.Connector(p)
			if err != nil {
				t.Fatal(err)
			}
			bench := sdktest.NewBench(t, c)
			out := bench.Sync(t, sdktest.Input{Settings: settings, Secrets: secrets})
			for stream, s := range out.Streams {
				if s.Result != "complete" || len(s.Records) < 3 {
					t.Errorf("%s: %s with %d, %v, gaps %v", stream, s.Result, len(s.Records), s.Err, s.Gaps)
				}
			}
			probes, _ := bench.Check(t, sdktest.Input{Settings: settings, Secrets: secrets})
			for _, probe := range probes {
				if probe.State == "failed" || probe.State == "missing" {
					t.Errorf("probe %+v", probe)
				}
			}
		})
	}
}
