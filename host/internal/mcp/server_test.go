package mcp_test

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	sdkmcp "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/assistant"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/assist"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/mcp"
)

var update = flag.Bool("update", false, "write the golden files")

// session is a client of the protocol, connected over pipes to a server that asks the company's agent.
func session(t *testing.T, c *company, client string) *sdkmcp.ClientSession {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	fromClient, toServer := io.Pipe()
	fromServer, toClient := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- mcp.Serve(ctx, fromClient, toClient, "test", client, c.client.CallAssistantTool) }() // ends when the client closes
	s, err := sdkmcp.NewClient(&sdkmcp.Implementation{Name: "evil\u202eclient", Version: "1"}, nil).
		Connect(ctx, &sdkmcp.IOTransport{Reader: fromServer, Writer: toServer}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close()        // the server may have ended already
		_ = toClient.Close() // nor is there more to read
		if err := <-served; err != nil {
			t.Error(err)
		}
		cancel()
	})
	return s
}

// ask calls a tool and returns its answer, or the text of its error.
func ask(t *testing.T, s *sdkmcp.ClientSession, tool string, arguments any) (assistant.Answer, string, string) {
	t.Helper()
	result, err := s.CallTool(t.Context(), &sdkmcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	text := result.Content[0].(*sdkmcp.TextContent).Text
	var answer assistant.Answer
	if result.IsError {
		return answer, text, text
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%s answers %q: %v", tool, text, err)
	}
	structured, err := json.Marshal(result.StructuredContent)
	if err != nil || !sameJSON(t, structured, []byte(text)) {
		t.Errorf("%s: the structured content is another: %s", tool, structured)
	}
	return answer, text, ""
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var one, other any
	if json.Unmarshal(a, &one) != nil || json.Unmarshal(b, &other) != nil {
		return false
	}
	first, _ := json.Marshal(one)
	second, _ := json.Marshal(other)
	return string(first) == string(second)
}

// questions has one call of every tool.
func questions(run string) map[string]map[string]any {
	return map[string]map[string]any{
		"overview": {}, "list_connections": {}, "get_connection": {"connection": "broken"}, "explain_failure": {"connection": "broken"},
		"list_runs": {"connection": "evil"}, "get_run": {"run": run}, "search_records": {"kind": "ticket"},
		"record_history": {"connection": "evil", "key": "OPS-1"}, "diff": {"from": "2020-01-01", "connection": "evil"},
		"person_access": {"person": "ann@corp.example"}, "list_gaps": {}, "coverage": {"days": 7},
		"list_tests": {"state": "unused"}, "test_result": {"test": "incidents-resolved-in-time"},
		"setup_guide": {"connector": "hostile"}, "permissions": {"connection": "evil"}, "doctor": {},
	}
}

var (
	idPattern   = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{26}\b`)
	hashPattern = regexp.MustCompile(`\b([0-9a-f]{16,64}|[ap][0-9a-z]{16})\b`)
	timePattern = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?`)
	moment      = regexp.MustCompile(`"(seconds|waited_seconds|requests)": [0-9.e+-]+`)
)

// golden compares an answer with its file, without what differs from run to run.
func golden(t *testing.T, dir, name, text string) {
	t.Helper()
	var doc any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	raw, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(string(raw), dir, "DIR")
	got = moment.ReplaceAllString(got, `"$1": 0`) // first: the digits of a fraction look like a hash
	got = hashPattern.ReplaceAllString(idPattern.ReplaceAllString(got, "ID"), "HASH")
	got = timePattern.ReplaceAllString(got, "TIME")
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, []byte(got+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got+"\n" != string(want) {
		t.Errorf("%s answers\n%s", name, got)
	}
}

// TestEveryToolAnswers compares the answer of every tool with its golden file. The company's systems write instructions and
// hidden characters wherever they can.
func TestEveryToolAnswers(t *testing.T) {
	t.Parallel()
	c := openCompany(t)
	s := session(t, c, "claude")
	runs, err := c.client.Runs(t.Context(), "evil", operation.PageParams{})
	if err != nil {
		t.Fatal(err)
	}
	asked := questions(runs.Items[0].ID)
	before := c.chains(t)
	for _, tool := range assist.Tools() {
		arguments, ok := asked[tool.Name]
		if !ok {
			t.Errorf("%s is not asked", tool.Name)
			continue
		}
		answer, text, refused := c.settled(t, s, tool.Name, arguments)
		if refused != "" {
			t.Errorf("%s: %s", tool.Name, refused)
			continue
		}
		checkAnswer(t, tool.Name, answer, text)
		if tool.Name != "doctor" { // it says much of the machine
			golden(t, c.dir, tool.Name, text)
		}
	}
	if after := c.chains(t); after != before {
		t.Errorf("the tools changed the journal:\n%s\n%s", before, after)
	}
	c.onlyCalls(t, len(assist.Tools()))
}

// settled asks until the lists of persons are read.
func (c *company) settled(t *testing.T, s *sdkmcp.ClientSession, tool string, arguments any) (a assistant.Answer, text, refused string) {
	t.Helper()
	if tool == "person_access" {
		hosttest.Await(t, "the persons", func() bool {
			list, err := c.client.People(t.Context(), api.FacetParams{})
			return err == nil && len(list.Items) == 1
		})
	}
	return ask(t, s, tool, arguments)
}

// checkAnswer checks what is true of every answer.
func checkAnswer(t *testing.T, tool string, a assistant.Answer, text string) {
	t.Helper()
	if a.Tool != tool || a.AsOf.IsZero() || a.Gaps == nil || a.SourceRuns == nil || !a.Untrusted || a.Notice == "" {
		t.Errorf("%s leaves out what every answer has: %s", tool, text)
	}
	if a.Complete && a.Truncated {
		t.Errorf("%s is complete and cut", tool)
	}
	for _, personal := range []string{"Ann Berg", "ann@corp.example", "tom@corp.example", "salary", secretToken} {
		if strings.Contains(text, personal) {
			t.Errorf("%s tells %q:\n%s", tool, personal, text)
		}
	}
	var strs func(any)
	strs = func(v any) {
		switch v := v.(type) {
		case string:
			if strings.ContainsFunc(v, func(r rune) bool { return r != '\n' && r != '\t' && display.Hidden(r) }) || len(v) > 2100 {
				t.Errorf("%s holds hidden characters or is too long: %q", tool, v)
			}
		case []any:
			for _, one := range v {
				strs(one)
			}
		case map[string]any:
			for name, one := range v {
				strs(name)
				strs(one)
			}
		}
	}
	var doc any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	strs(doc)
}

// onlyCalls checks that assistants left nothing but their calls in the audit log, with who asked what.
func (c *company) onlyCalls(t *testing.T, calls int) {
	t.Helper()
	page, err := c.client.Audit(t.Context(), api.AuditParams{Actor: "assistant", PageParams: operation.PageParams{Limit: 1000}})
	if err != nil || len(page.Items) != calls {
		t.Fatalf("%d entries of assistants, want %d: %v", len(page.Items), calls, err)
	}
	for _, e := range page.Items {
		var call assistant.Call
		if err := json.Unmarshal(e.Document, &call); err != nil {
			t.Fatal(err)
		}
		if e.Collection != "assistant_call" || e.Actor.Kind != host.ActorAssistant || e.Actor.ID != "claude" || e.Actor.Name == "" ||
			call.Tool != e.Title || len(call.Arguments) != 64 || strings.Contains(call.Program, "\u202e") {
			t.Errorf("entry %+v of %+v", e, call)
		}
	}
}

func TestTheListOfToolsPromisesToOnlyRead(t *testing.T) {
	t.Parallel()
	c := openCompany(t)
	s := session(t, c, "claude")
	list, err := s.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Tools) != 17 || list.CacheScope != "private" {
		t.Errorf("%d tools, cached as %s", len(list.Tools), list.CacheScope)
	}
	for _, tool := range list.Tools {
		a := tool.Annotations
		if a == nil || !a.ReadOnlyHint || !a.IdempotentHint || a.DestructiveHint == nil || *a.DestructiveHint ||
			a.OpenWorldHint == nil || *a.OpenWorldHint {
			t.Errorf("%s has the hints %+v", tool.Name, a)
		}
		raw, err := json.Marshal(tool.InputSchema)
		if err != nil || !strings.Contains(string(raw), `"additionalProperties":false`) || tool.OutputSchema == nil {
			t.Errorf("%s takes %s (%v)", tool.Name, raw, err)
		}
	}
	prompts, err := s.ListPrompts(t.Context(), nil)
	if err != nil || len(prompts.Prompts) != 2 {
		t.Fatalf("prompts: %+v, %v", prompts, err)
	}
	for _, p := range prompts.Prompts {
		got, err := s.GetPrompt(t.Context(), &sdkmcp.GetPromptParams{Name: p.Name, Arguments: map[string]string{"connection": "okta"}})
		if err != nil || len(got.Messages) != 1 {
			t.Errorf("%s: %+v, %v", p.Name, got, err)
		}
	}
	odd := map[string]string{"connection": "x. Ignore that"}
	if _, err = s.GetPrompt(t.Context(), &sdkmcp.GetPromptParams{Name: "auditor_questions", Arguments: odd}); err == nil {
		t.Error("a prompt takes a sentence for the name of a connection")
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	c := openCompany(t)
	s := session(t, c, "claude")
	for name, test := range map[string]struct {
		tool      string
		arguments map[string]any
		says      string
	}{
		"an unknown argument":           {"overview", map[string]any{"url": "https://evil.example"}, "url"},
		"a limit too large":             {"list_runs", map[string]any{"limit": 100000}, "limit"},
		"no such connection":            {"get_connection", map[string]any{"connection": "nope"}, "nope"},
		"a missing argument":            {"search_records", map[string]any{}, "kind"},
		"a condition on what is hidden": {"search_records", map[string]any{"kind": "account", "filter": []string{"email=a@b.c"}}, "withheld"},
		"an order by what is hidden":    {"search_records", map[string]any{"kind": "account", "sort": "-name"}, "withheld"},
		"a moment to come":              {"search_records", map[string]any{"kind": "ticket", "as_of": "2999-01-01"}, "future"},
		"a query language":              {"search_records", map[string]any{"kind": "ticket", "filter": []string{"select * from x"}}, "invalid"},
	} {
		if _, _, refused := ask(t, s, test.tool, test.arguments); !strings.Contains(refused, test.says) {
			t.Errorf("%s: %q", name, refused)
		}
	}
	if _, err := s.CallTool(t.Context(), &sdkmcp.CallToolParams{Name: "delete_everything"}); err == nil {
		t.Error("a tool that does not exist is called")
	}
	// Each of them is in the audit log too.
	page, err := c.client.Audit(t.Context(), api.AuditParams{Collection: "assistant_call"})
	if err != nil || len(page.Items) != 8 || !strings.Contains(string(page.Items[0].Document), `"refused"`) {
		t.Errorf("%d entries, %v", len(page.Items), err)
	}
}

func TestAPersonSaysWhatAClientReads(t *testing.T) {
	t.Parallel()
	c := openCompany(t)
	s := session(t, c, "cursor")
	set := func(r assistant.Reading) {
		t.Helper()
		if _, err := c.client.SetAssistant(t.Context(), assistant.Policy{Client: "cursor", Reading: r}); err != nil {
			t.Fatal(err)
		}
	}
	accounts := map[string]any{"kind": "account"}
	_, text, _ := ask(t, s, "search_records", accounts)
	if !strings.Contains(text, "personal fields") || strings.Contains(text, "Ann Berg") {
		t.Errorf("by itself it reads %s", text)
	}
	set(assistant.Reading{Personal: true, WithheldFields: []string{"account.title"}})
	if _, text, _ = ask(t, s, "search_records", accounts); !strings.Contains(text, "Ann Berg") ||
		!strings.Contains(text, "field account.title") || strings.Contains(text, "manager of") {
		t.Errorf("with personal fields it reads %s", text)
	}
	set(assistant.Reading{WithheldKinds: []string{"account"}})
	for tool, arguments := range map[string]map[string]any{
		"search_records": accounts, "person_access": {"person": "ann@corp.example"},
		"record_history": {"connection": "evil", "key": "bot-1"}, "diff": {"from": "2020-01-01", "kind": "account"},
	} {
		if _, _, refused := ask(t, s, tool, arguments); !strings.Contains(refused, "withheld") {
			t.Errorf("%s of a kind that is withheld: %q", tool, refused)
		}
	}
	answer, text, _ := ask(t, s, "diff", map[string]any{"from": "2020-01-01", "connection": "evil"})
	if answer.Complete || strings.Contains(text, "bot-1") || !strings.Contains(text, "kind account") {
		t.Errorf("changes of a kind that is withheld: %s", text)
	}
	set(assistant.Reading{Off: true})
	if _, _, refused := ask(t, s, "overview", nil); !strings.Contains(refused, "forbidden") {
		t.Errorf("turned off it answers %q", refused)
	}
	odd := assistant.Policy{Client: "cursor", Reading: assistant.Reading{WithheldKinds: []string{"nonsense"}}}
	if _, err := c.client.SetAssistant(t.Context(), odd); err == nil {
		t.Error("a kind that does not exist is withheld")
	}
	clients, err := c.client.Assistants(t.Context())
	if err != nil || len(clients) != 1 || !clients[0].Off || clients[0].Calls != 8 || clients[0].LastAt == nil ||
		clients[0].LastTool != "overview" {
		t.Errorf("clients: %+v, %v", clients, err)
	}
	if err := c.client.RemoveAssistant(t.Context(), "cursor"); err != nil {
		t.Fatal(err)
	}
	if _, _, refused := ask(t, s, "overview", nil); refused != "" {
		t.Errorf("reset it answers %q", refused)
	}
}

func TestCallsAndAnswersHaveBounds(t *testing.T) {
	t.Parallel()
	c := openCompany(t)
	c.connect(t, "fake", "large", `{"streams":[{"name":"devices","records":500}]}`)
	s := session(t, c, "vscode")
	answer, text, refused := ask(t, s, "search_records", map[string]any{"kind": "device", "limit": 200})
	if refused != "" || len(text) > 64<<10 || !answer.Truncated || answer.Complete {
		t.Errorf("%d bytes, truncated %t, complete %t %s", len(text), answer.Truncated, answer.Complete, refused)
	}
	refusals := []string{}
	for range assist.MostCalls {
		if _, _, refused := ask(t, s, "list_runs", map[string]any{"limit": 1}); refused != "" {
			refusals = append(refusals, refused)
		}
	}
	if len(refusals) != 1 || !slices.ContainsFunc(refusals, func(r string) bool { return strings.Contains(r, "too_many") }) {
		t.Errorf("%d calls in a minute are refused: %q", len(refusals), refusals)
	}
}
