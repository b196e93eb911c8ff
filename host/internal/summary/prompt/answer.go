package prompt

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/sdk/schema"
)

// LongestAnswer is the most bytes that an answer may have.
const LongestAnswer = 32 << 10

// Read returns the answer in what a model wrote, or the problem for which all of it is
// refused.
func (p Prompt) Read(text string) (aisummary.Answer, error) {
	raw := bare(text)
	var answer aisummary.Answer
	switch {
	case len(raw) > LongestAnswer:
		return answer, refused("it has %d bytes; at most %d are taken", len(raw), LongestAnswer)
	case p.redactor.scrub != nil && p.redactor.scrub(raw) != raw:
		return answer, refused("it holds a secret of this connection or of the provider")
	case !json.Valid([]byte(raw)):
		return answer, refused("it is not one JSON object")
	}
	compiled, err := schema.Compile([]byte(answerSchema))
	if err != nil {
		return answer, fmt.Errorf("compile the schema of an answer: %w", err)
	}
	if err := compiled.Validate([]byte(raw)); err != nil {
		return answer, refused("it is not what the schema allows: %s", display.Cut(display.Visible(err.Error()), 300))
	}
	if err := json.Unmarshal([]byte(raw), &answer); err != nil {
		return answer, refused("it cannot be read: %v", err)
	}
	for _, text := range texts(&answer) {
		if err := p.accept(*text); err != nil {
			return aisummary.Answer{}, err
		}
	}
	for _, c := range answer.Evidence {
		if c.Step != "" && !p.steps[c.Step] {
			return aisummary.Answer{}, refused("it cites the step %q, which this run does not have", display.Cut(display.Visible(c.Step), 80))
		}
		if c.Line != 0 && !p.lines[c.Line] {
			return aisummary.Answer{}, refused("it cites line %d of the log, which the model was not given", c.Line)
		}
	}
	for _, text := range texts(&answer) {
		*text = p.redactor.expand(*text)
	}
	return answer, nil
}

// bare returns what a model wrote without the white space and the fence around it.
func bare(text string) string {
	text = strings.TrimSpace(text)
	for _, fence := range []string{"```json\n", "```\n"} {
		if inner, fenced := strings.CutPrefix(text, fence); fenced {
			return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(inner), "```"))
		}
	}
	return text
}

// texts returns the sentences of an answer.
func texts(a *aisummary.Answer) []*string {
	all := []*string{&a.Summary, &a.Cause}
	for i := range a.Evidence {
		all = append(all, &a.Evidence[i].Text)
	}
	for i := range a.Remedies {
		all = append(all, &a.Remedies[i].Text)
	}
	return all
}

// accept refuses a sentence that may not be shown.
func (p Prompt) accept(text string) error {
	for _, r := range text {
		if display.Hidden(r) && r != '\n' {
			return refused("it holds the hidden character %s", display.Visible(string(r)))
		}
	}
	if p.redactor.scrub != nil && p.redactor.scrub(text) != text {
		return refused("it holds a secret of this connection or of the provider")
	}
	if found := p.stray(text); found != "" {
		return refused("it leads to %q, which is not in the connector's documentation", display.Cut(found, 80))
	}
	return nil
}

var (
	schemeAnywhere = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://|//\S|\b(?:javascript|vbscript|data|mailto|tel|file|about|blob):\S`)
	domainPattern  = regexp.MustCompile(`[\p{L}\p{N}_-]+(?:[.。．｡][\p{L}\p{N}_-]+)+`)
	markupPattern  = regexp.MustCompile(`\]\(|<[A-Za-z/!]|\bwww\.|mailto:`)
	topPattern     = regexp.MustCompile(`(?i)\.(?:com|net|org|io|dev|app|co|ai|cloud|info|biz|xyz|me|ly|gl|gg|to|sh|` +
		`zip|mov|top|site|online|shop|tech|link|live|page|web|` +
		`ru|cn|de|uk|eu|us|fr|nl|in|jp|br|au|ch|it|es|pl|se|no|dk|fi|at|be|ca|tk|ml|ga|cf|onion|local|internal|invalid|example|test)$`)
)

// stray returns an address in a text that is outside the documentation; "" when there is none.
func (p Prompt) stray(text string) string {
	if found := markupPattern.FindString(text); found != "" {
		return found
	}
	for _, at := range schemeAnywhere.FindAllStringIndex(text, -1) {
		rest := text[at[0]:]
		if !p.documented(rest) {
			return strings.Fields(rest)[0]
		}
	}
	for _, at := range domainPattern.FindAllStringIndex(text, -1) {
		found := strings.ToLower(text[at[0]:at[1]])
		if p.docs[found] || p.redactor.isPublic(found) {
			continue
		}
		_, notAddress := netip.ParseAddr(found)
		leads := at[1] < len(text) && (text[at[1]] == '/' || text[at[1]] == ':')
		odd := strings.ContainsAny(found, "。．｡") || strings.ContainsFunc(found, func(r rune) bool { return r > 0x7f })
		if notAddress == nil || leads || odd || strings.HasPrefix(found, "xn--") || topPattern.MatchString(found) {
			return text[at[0]:at[1]]
		}
	}
	return ""
}

// documented reports whether a text begins with a web address in the documentation.
func (p Prompt) documented(text string) bool {
	link := linkPattern.FindString(text)
	if !strings.HasPrefix(text, link) || !strings.HasPrefix(link, "https://") {
		return false
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(link, "https://"), "/")
	return p.docs[strings.ToLower(strings.TrimRight(host, ".,;:"))]
}

// refused is the problem of an answer that is not shown.
func refused(format string, args ...any) error {
	return &host.Problem{
		Code: aisummary.CodeRefused, Message: "the model's answer was refused: " + fmt.Sprintf(format, args...),
		Remedy: "Use the built-in explanation, or generate again; another model may do better.",
		Fault:  host.FaultUpstream, Retry: host.RetryAfter,
	}
}
