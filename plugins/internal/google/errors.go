package google

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
)

// refusal is the error of an API: {"error": {"code", "message", "status", "errors": [{"reason"}], "details": [{"reason"}]}}.
// Older APIs have errors, newer ones details, and some have both.
type refusal struct {
	Error struct {
		Message string
		Errors  []struct{ Reason string }
		Details []struct {
			Reason   string
			Metadata struct{ Service, Consumer string }
		}
	}
}

// maxWords is how much of the vendor's words an error repeats.
const maxWords = 300

// Explain reads the error of an API: its words, its reason as UpstreamCode, and the code that the reason means. A limit of
// requests has the status 403 or 429.
func Explain(e *sdk.Error, body []byte) *sdk.Error {
	var r refusal
	var typed *json.UnmarshalTypeError
	if err := json.Unmarshal(body, &r); err != nil && !errors.As(err, &typed) {
		return e
	}
	better := *e
	if words := strings.TrimSpace(strings.ToValidUTF8(r.Error.Message[:min(len(r.Error.Message), maxWords)], "")); words != "" {
		better.Message += ": " + words
	}
	reason, code := "", ""
	for _, one := range r.reasons() {
		if reason == "" {
			reason = one
		}
		if code = meanings[one]; code != "" {
			reason = one
			break
		}
	}
	better.UpstreamCode, better.Detail = reason, r.disabled(reason)
	if code == "" || code == e.Code || e.UpstreamStatus < 400 || e.UpstreamStatus >= 500 {
		return &better
	}
	usual := sdk.Errorf(code, "%s", better.Message)
	better.Code, better.Remedy, better.Fault, better.Retry = usual.Code, usual.Remedy, usual.Fault, usual.Retry
	better.Permissions = nil
	return &better
}

// notUsed finds the project in Google's words about an API that is not enabled.
var notUsed = regexp.MustCompile(`in project (\S+) before or it is disabled`)

// disabled returns the project in which an API is not enabled, as projects/NUMBER, "" for another reason.
func (r *refusal) disabled(reason string) string {
	if reason != "accessNotConfigured" && reason != "SERVICE_DISABLED" {
		return ""
	}
	for _, d := range r.Error.Details {
		if d.Metadata.Consumer != "" {
			return d.Metadata.Consumer
		}
	}
	if found := notUsed.FindStringSubmatch(r.Error.Message); found != nil {
		return "projects/" + found[1]
	}
	return ""
}

// reasons returns the vendor's codes, the more exact ones first.
func (r *refusal) reasons() (all []string) {
	for _, d := range r.Error.Details {
		if d.Reason != "" {
			all = append(all, d.Reason)
		}
	}
	for _, e := range r.Error.Errors {
		if e.Reason != "" {
			all = append(all, e.Reason)
		}
	}
	return all
}

// meanings are the codes of the reasons that decide what an answer is.
var meanings = map[string]string{
	"rateLimitExceeded": sdk.CodeRateLimited, "userRateLimitExceeded": sdk.CodeRateLimited, "quotaExceeded": sdk.CodeRateLimited,
	"RATE_LIMIT_EXCEEDED": sdk.CodeRateLimited, "dailyLimitExceeded": sdk.CodeRateQuotaExhausted,
	"accessNotConfigured": sdk.CodePermissionMissing, "SERVICE_DISABLED": sdk.CodePermissionMissing,
	"forbidden": sdk.CodePermissionMissing, "notAuthorized": sdk.CodePermissionMissing,
	"insufficientPermissions": sdk.CodePermissionMissing, "ACCESS_TOKEN_SCOPE_INSUFFICIENT": sdk.CodePermissionMissing,
	"IAM_PERMISSION_DENIED": sdk.CodePermissionMissing, "authError": sdk.CodeAuthInvalid,
}

// NotEnabled reports whether an API is not enabled in a project, which is in Detail where Google names it.
func NotEnabled(e *sdk.Error) bool {
	return e.UpstreamCode == "accessNotConfigured" || e.UpstreamCode == "SERVICE_DISABLED"
}

// ScopeMissing reports whether the token does not have the scope of the request.
func ScopeMissing(e *sdk.Error) bool {
	return e.UpstreamCode == "insufficientPermissions" || e.UpstreamCode == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
}
