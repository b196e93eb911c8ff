package request

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/sdk"
)

// Answer is an answer that can be used.
type Answer struct {
	Body     []byte
	Response any    // the body, for expressions
	Link     string // the address of the next page in the header Link
	Empty    bool   // a rule says that it holds nothing

	status  int
	headers map[string]any // by their names in lower case
}

// Scope returns in with the variables of expressions on the answer.
func (a *Answer) Scope(in plan.Scope) plan.Scope {
	return in.With(plan.Scope{"response": a.Response, "status": int64(a.status), "headers": a.headers})
}

// judge returns the answer, or the error that it is. Usual is the error that its status
// or its form is.
func (call *Call) judge(ctx context.Context, got *sdk.Response, usual error) (*Answer, error) {
	a := &Answer{Body: got.Body, status: got.Status, headers: map[string]any{}, Link: nextLink(got.Header)}
	for name, values := range got.Header {
		a.headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	var broken error
	if usual == nil {
		a.Response, broken = decodeAs(call.Request.Answer, got)
	} else if value, err := Decode(got.Body); err == nil {
		a.Response = value
	}
	rule, err := call.match(ctx, a)
	if err != nil {
		return nil, err
	}
	if rule != nil {
		return call.apply(ctx, rule, a, got, usual, broken)
	}
	if call.Request.GraphQL && broken == nil && (usual == nil || got.Status == http.StatusBadRequest) {
		broken = graphQLError(a.Response)
	}
	if usual != nil && broken == nil {
		return nil, call.named(usual)
	}
	if broken != nil {
		return nil, call.named(stamped(sdk.AsError(broken), got))
	}
	return a, nil
}

// match returns the first rule that matches. A rule whose expression does not suit the
// answer, such as one on an object where a list came, does not match.
func (call *Call) match(ctx context.Context, a *Answer) (*plan.Rule, error) {
	in := a.Scope(call.scope)
	for i := range call.Request.Rules {
		yes, err := call.Request.Rules[i].When.Value(ctx, in)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err == nil && yes == true {
			return &call.Request.Rules[i], nil
		}
	}
	return nil, nil
}

// apply returns what a rule makes of the answer. Usual is the error of its status, which has the vendor's own words.
func (call *Call) apply(ctx context.Context, rule *plan.Rule, a *Answer, got *sdk.Response, usual, broken error) (*Answer, error) {
	switch rule.Is {
	case "ignore":
		if broken != nil {
			return nil, broken
		}
		if a.Response == nil {
			a.Response = map[string]any{}
		}
		return a, nil
	case "empty":
		a.Empty = true
		return a, nil
	}
	code := map[string]string{
		"retry": sdk.CodeUpstream5xx, "rate_limited": sdk.CodeRateLimited, "unavailable": sdk.CodeUpstreamMaintenance,
		"unauthorized": sdk.CodeAuthInvalid, "permission": sdk.CodePermissionMissing, "plan": sdk.CodePermissionLicence,
		"not_found": sdk.CodeNotFoundResource, "config": sdk.CodeConfigInvalid,
	}[rule.Is]
	message := map[string]string{
		"retry": "failed to answer", "rate_limited": "asked to send fewer requests", "unavailable": "is not available just now",
		"unauthorized": "refused the credential", "permission": "does not allow this credential to read this",
		"plan": "does not include this in the present plan", "not_found": "does not have this any more", "config": "refused what was asked for",
	}[rule.Is]
	in := a.Scope(call.scope)
	e := sdk.Errorf(code, "%s %s", got.URL.Host, message)
	if rule.Message.Set() {
		text, err := rule.Message.In(ctx, in)
		if err != nil {
			text = message + " (the rule's own message cannot be built: " + err.Error() + ")"
		}
		e = sdk.Errorf(code, "%s: %s", got.URL.Host, text)
	}
	e.RetryAfter = waitOf(ctx, rule, in, got)
	if usual != nil {
		e.Detail = sdk.AsError(usual).Detail
	}
	if rule.Permission != "" {
		needs := *call
		needs.Permissions = []string{rule.Permission}
		return nil, needs.named(stamped(e, got))
	}
	return nil, call.named(stamped(e, got))
}

// waitOf returns how long a vendor asks to wait: as the rule says, or else as the header Retry-After does.
func waitOf(ctx context.Context, rule *plan.Rule, in plan.Scope, got *sdk.Response) (asked time.Duration) {
	if rule.Is != "rate_limited" && rule.Is != "retry" && rule.Is != "unavailable" {
		return 0
	}
	if rule.Wait.Set() {
		if wait, err := rule.Wait.Value(ctx, in); err == nil && wait != nil {
			asked = sdk.WaitFor(fmt.Sprint(wait), time.Now())
		}
	}
	return cmp.Or(asked, sdk.WaitFor(got.Header.Get("Retry-After"), time.Now()))
}

// stamped returns the error with what the answer says of itself.
func stamped(e *sdk.Error, got *sdk.Response) *sdk.Error {
	c := *e
	c.UpstreamStatus, c.RequestID = got.Status, got.RequestID
	return &c
}

// named returns the error of a missing permission with the name of the permission.
func (call *Call) named(err error) error {
	var e *sdk.Error
	if !errors.As(err, &e) || e.Code != sdk.CodePermissionMissing || len(call.Permissions) == 0 {
		return err
	}
	named := sdk.PermissionMissing(call.Permissions, "%s", e.Message)
	named.UpstreamStatus, named.RequestID, named.Detail = e.UpstreamStatus, e.RequestID, e.Detail
	return named
}

// graphQLError returns the error in a GraphQL answer. One whose list came with errors is
// not whole.
func graphQLError(response any) error {
	object, _ := response.(map[string]any)
	all, _ := object["errors"].([]any)
	if len(all) == 0 {
		return nil
	}
	first, _ := all[0].(map[string]any)
	message, _ := first["message"].(string)
	extensions, _ := first["extensions"].(map[string]any)
	word := strings.ToUpper(strings.NewReplacer("_", "", " ", "").Replace(fmt.Sprint(extensions["code"], extensions["type"], first["type"])))
	code := sdk.CodeUpstreamInvalidResponse
	for _, known := range []struct{ part, code string }{
		{"RATELIMIT", sdk.CodeRateLimited}, {"THROTTL", sdk.CodeRateLimited}, {"COMPLEXITY", sdk.CodeRateLimited},
		{"UNAUTHENTICATED", sdk.CodeAuthInvalid}, {"AUTHENTICATION", sdk.CodeAuthInvalid},
		{"FORBIDDEN", sdk.CodePermissionMissing}, {"UNAUTHORIZED", sdk.CodePermissionMissing}, {"INSUFFICIENTSCOPES", sdk.CodePermissionMissing},
		{"INTERNAL", sdk.CodeUpstream5xx},
	} {
		if strings.Contains(word, known.part) {
			code = known.code
			break
		}
	}
	e := sdk.Errorf(code, "the query failed: %s", shortened(message))
	e.UpstreamCode, _ = extensions["code"].(string)
	return e
}

// shortened returns a vendor's own words, not more than fits a line or two.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 300 {
		return string(runes[:300]) + "…"
	}
	return text
}

var linkNext = regexp.MustCompile(`<([^>]*)>\s*;[^,]*\brel="?next"?[^,]*`)

// nextLink returns the address of the next page in a Link header (RFC 8288), or "". Sentry
// gives one on the last page too, and says with results="false" that it is empty.
func nextLink(h http.Header) string {
	match := linkNext.FindStringSubmatch(strings.Join(h.Values("Link"), ", "))
	if match == nil || strings.Contains(match[0], `results="false"`) {
		return ""
	}
	return match[1]
}

// invalid is the error of an answer that does not have the form that the file says.
func invalid(format string, args ...any) *sdk.Error {
	return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, format, args...)
}

// cutShort is the error of an answer that ends too early; it is asked for once more.
func cutShort(format string, args ...any) *sdk.Error {
	return invalid(format, args...).Because(io.ErrUnexpectedEOF)
}
