package assist

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/assistant"
)

func TestTextsOfOthersAreCleaned(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain ✓ 日本":                      "plain ✓ 日本",
		"a\x1b[2Jb\u202ec\u200b\u2066d":   "a[2Jbcd",
		"tags \U000e0041 and \x00 \u009b": "tags  and  ",
		"two\nlines\tand a tab":           "two\nlines\tand a tab",
		"write to ann@corp.example now":   "write to a••@••••.••••••• now",
		"broken \xff byte":                "broken \ufffd byte",
	} {
		if got := clean(text, true); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	if got := clean("ann@corp.example", false); got != "ann@corp.example" {
		t.Errorf("unmasked: %q", got)
	}
	if got := clean(strings.Repeat("x", 9000), true); len(got) > mostText+40 {
		t.Errorf("%d bytes are left", len(got))
	}
}

func TestWithheldFieldsAreLeftOutAtEveryDepth(t *testing.T) {
	t.Parallel()
	withheld := assistant.Reading{WithheldFields: []string{"account.groups", "serial"}}
	q := newAsking(nil, assistant.Policy{Client: "c", Reading: withheld}, time.Now())
	fields, err := q.fieldsOf("account", json.RawMessage(`{"email":"a@b.example","groups":["x"],"status":"active","vendor":{"a":1},
		"custom":{"owner":"ann","serial":"1","level":3}}`))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(fields)
	if err != nil || string(raw) != `{"custom":{"level":3},"status":"active"}` {
		t.Errorf("%s is left, %v", raw, err)
	}
	for path, hidden := range map[string]bool{"/groups/0": true, "/status": false, "/custom/owner": true, "/vendor/a": true, "/email": true} {
		if q.hides("account", path) != hidden {
			t.Errorf("%s is hidden: %t", path, !hidden)
		}
	}
}

func TestAnAnswerThatIsTooLargeSaysSo(t *testing.T) {
	t.Parallel()
	q := newAsking(nil, assistant.Default("c"), time.Now())
	for range 200 {
		q.add(map[string]any{"text": strings.Repeat("y", 1500)})
	}
	q.next("more")
	if err := q.finish(); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(q.answer)
	if err != nil || len(raw) > mostAnswer || !q.answer.Truncated || q.answer.Complete || q.answer.Data.Next != "" {
		t.Errorf("%d bytes, truncated %t, complete %t, next %q, %v", len(raw), q.answer.Truncated, q.answer.Complete, q.answer.Data.Next, err)
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	var into SearchRecords
	for raw, fine := range map[string]bool{
		`{"kind":"account"}`: true, ``: true, `{"kind":"account","url":"https://x.example"}`: false, `[]`: false, `{} {}`: false,
		`{"kind":"` + strings.Repeat("k", mostArguments) + `"}`: false,
	} {
		if err := decode(json.RawMessage(raw), &into); (err == nil) != fine {
			t.Errorf("%.60s is taken: %v", raw, err)
		}
	}
}
