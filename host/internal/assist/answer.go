package assist

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/assistant"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/app"
)

// The bounds of an answer.
const (
	mostText   = 2000     // bytes of one text
	mostAnswer = 64 << 10 // bytes of an answer as JSON
	mostGaps   = 100
	mostRuns   = 50 // ids of runs
	mostItems  = 200
	fewItems   = 50 // without a limit
)

// asking is a call that is being answered.
type asking struct {
	app    *app.App
	policy assistant.Policy
	now    time.Time
	answer assistant.Answer
	kinds  map[string]bool // of the records in the answer
}

func newAsking(a *app.App, policy assistant.Policy, now time.Time) *asking {
	return &asking{app: a, policy: policy, now: now, kinds: map[string]bool{}, answer: assistant.Answer{
		AsOf: now.UTC(), Complete: true, Gaps: []assistant.AnswerGap{}, SourceRuns: []string{}, Untrusted: true, Notice: assistant.Notice,
		Data: assistant.AnswerData{Items: []map[string]any{}},
	}}
}

// gap says what the answer does not know.
func (q *asking) gap(subject, why string) {
	q.answer.Complete = false
	q.note(subject, why)
}

// note says what the answer leaves out of records that are all in it.
func (q *asking) note(subject, why string) {
	g := assistant.AnswerGap{Subject: subject, Why: why}
	if !slices.Contains(q.answer.Gaps, g) {
		q.answer.Gaps = append(q.answer.Gaps, g)
	}
}

// run names a run that the answer was read by.
func (q *asking) run(id string) {
	if id != "" && len(q.answer.SourceRuns) < mostRuns && !slices.Contains(q.answer.SourceRuns, id) {
		q.answer.SourceRuns = append(q.answer.SourceRuns, id)
	}
}

// add adds an item; members without a value are left out.
func (q *asking) add(item map[string]any) {
	q.answer.Data.Items = append(q.answer.Data.Items, item)
}

// next says that more items follow.
func (q *asking) next(cursor string) {
	if q.answer.Data.Next = cursor; cursor != "" {
		q.answer.Truncated = true
	}
}

// mayRead refuses a kind that is withheld, and notes what is left out of its records.
func (q *asking) mayRead(kind string) error {
	if q.policy.WithholdsKind(kind) {
		return host.Refused(host.CodeForbidden, "A person lets it with `plumbline mcp clients set "+q.policy.Client+"`.",
			"records of the kind %s are withheld from the client %s", kind, q.policy.Client)
	}
	q.kinds[kind] = true
	return nil
}

// withholds reports whether a field of a kind is left out.
func (q *asking) withholds(kind, field string) bool {
	personal := display.Personal(kind, field) || kind == "custom" && display.PersonalColumn(field)
	return field == "vendor" || q.policy.WithholdsField(kind, field) || personal && !q.policy.Personal
}

// source says how far a connection can be relied on.
func (q *asking) source(s host.Source) {
	if s.State != host.SourceComplete {
		q.gap(s.Alias, string(s.State)+": "+s.Explanation)
	}
}

// connection says how far what is known of a connection can be relied on.
func (q *asking) connection(c host.ConnectionStatus) {
	if c.LastRun != nil {
		q.run(c.LastRun.ID)
	}
	if c.Health != host.HealthHealthy || c.Reason != host.ReasonOnTime {
		q.gap(c.Alias, string(c.Reason)+": "+c.Explanation)
	}
	for _, s := range c.Streams {
		switch {
		case s.Held != nil:
			q.gap(c.Alias+"/"+s.Name, "a removal of records waits for a person")
		case s.LastCompleteAt == nil:
			q.gap(c.Alias+"/"+s.Name, "was never read to its end")
		}
	}
}

// finish cleans the answer and brings it below its bounds.
func (q *asking) finish() error {
	a := &q.answer
	if !q.policy.Personal {
		q.note("personal fields", "withheld from the client "+q.policy.Client+
			": names, addresses and numbers of persons, and keys that may hold them. Addresses in other texts are "+
			"masked; a name within a text cannot be recognised")
	}
	for _, field := range q.policy.WithheldFields {
		q.note("field "+field, "withheld from the client "+q.policy.Client)
	}
	if len(a.Gaps) > mostGaps {
		why := fmt.Sprintf("%d more are left out; ask about fewer connections", len(a.Gaps)-mostGaps)
		a.Gaps = append(a.Gaps[:mostGaps], assistant.AnswerGap{Subject: "more gaps", Why: why})
		a.Truncated = true
	}
	for i, g := range a.Gaps {
		a.Gaps[i] = assistant.AnswerGap{Subject: clean(g.Subject, !q.policy.Personal), Why: clean(g.Why, !q.policy.Personal)}
	}
	var err error
	if a.Data.Summary, err = cleaned(a.Data.Summary, !q.policy.Personal); err != nil {
		return err
	}
	for i, item := range a.Data.Items {
		if a.Data.Items[i], err = cleaned(item, !q.policy.Personal); err != nil {
			return err
		}
	}
	return q.fit()
}

// fit leaves items out until the answer is below its bound.
func (q *asking) fit() error {
	a := &q.answer
	for whole := len(a.Data.Items); ; {
		raw, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("encode answer: %w", err)
		}
		if a.Truncated {
			a.Complete = false
		}
		if len(raw) <= mostAnswer {
			return nil
		}
		if len(a.Data.Items) == 0 {
			a.Data.Summary = map[string]any{"cut": "The answer was larger than an answer may be. Ask about less."}
			a.Truncated, a.Complete = true, false
			return nil
		}
		if whole == len(a.Data.Items) {
			q.note("the end of the list", "cut off because the answer was too large: ask again with a smaller limit or for fewer fields")
		}
		// The cursor would skip what is left out here.
		a.Data.Items, a.Data.Next, a.Truncated = a.Data.Items[:len(a.Data.Items)*3/4], "", true
	}
}

// cleaned returns a document whose texts, also names of members, are clean.
func cleaned(doc map[string]any, mask bool) (map[string]any, error) {
	if doc == nil {
		return nil, nil
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode item: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var plain map[string]any
	if err := decoder.Decode(&plain); err != nil {
		return nil, fmt.Errorf("decode item: %w", err)
	}
	return cleanValue(plain, mask).(map[string]any), nil
}

func cleanValue(value any, mask bool) any {
	switch v := value.(type) {
	case string:
		return clean(v, mask)
	case []any:
		for i := range v {
			v[i] = cleanValue(v[i], mask)
		}
		return v
	case map[string]any:
		members := make(map[string]any, len(v))
		for name, member := range v {
			if member == nil || member == "" {
				continue // not known, or nothing
			}
			members[clean(name, mask)] = cleanValue(member, mask)
		}
		return members
	}
	return value
}

// clean returns a text without the characters that a terminal obeys or that a person cannot see, cut at its bound. Mask masks
// addresses and numbers of telephones.
func clean(text string, mask bool) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	text = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && display.Hidden(r) {
			return -1
		}
		return r
	}, text)
	if mask {
		text = display.MaskContacts(text)
	}
	return display.Cut(text, mostText)
}
