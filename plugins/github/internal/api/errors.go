package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

// secondaryWait is what GitHub asks for when an answer that limits requests does not say how long to wait.
const secondaryWait = time.Minute

// refusal is the body of GitHub's refusals.
type refusal struct {
	Message string `json:"message"`
	Errors  []struct {
		Message string `json:"message"`
	} `json:"errors"`
}

// wordsOf returns GitHub's own words for a refusal, or "".
func wordsOf(body []byte) string {
	var r refusal
	if json.Unmarshal(body, &r) != nil {
		return ""
	}
	words := r.Message
	for _, e := range r.Errors {
		if e.Message != "" {
			words += "; " + e.Message
		}
	}
	if len(words) > 300 {
		words = strings.ToValidUTF8(words[:300], "") + "…"
	}
	return words
}

// Judge returns what an answer is when its status does not say it. Permissions are those that the request needs.
func Judge(permissions []string) func(*sdk.Response, error) error {
	return func(answer *sdk.Response, err error) error {
		if err == nil || answer == nil || answer.Status < 400 {
			return err
		}
		words := wordsOf(answer.Body)
		e := sdk.AsError(err)
		switch {
		case isLimit(answer, words):
			e = Limited(answer, words)
		case answer.Status == http.StatusForbidden:
			e = forbidden(answer, words, permissions)
		case answer.Status == http.StatusNotFound && words == "" && isPage(answer):
			e = sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer to %s is a web page, not GitHub's", answer.URL.Path)
		case answer.Status == http.StatusNotFound:
			e = absent(answer, words)
		case words != "":
			said := *e
			said.Message += ": GitHub says: " + words
			e = &said
		}
		e.UpstreamStatus, e.RequestID = answer.Status, answer.RequestID
		return e
	}
}

// isPage reports whether an answer is a web page, for example of a proxy.
func isPage(answer *sdk.Response) bool {
	return strings.HasPrefix(strings.TrimSpace(string(answer.Body[:min(len(answer.Body), 64)])), "<")
}

// isLimit reports whether GitHub limits the number of requests. It answers 403 or 429; of a 403 only the headers or
// the words tell.
func isLimit(answer *sdk.Response, words string) bool {
	switch answer.Status {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		lower := strings.ToLower(words)
		return answer.Header.Get("X-RateLimit-Remaining") == "0" || answer.Header.Get("Retry-After") != "" ||
			strings.Contains(lower, "rate limit") || strings.Contains(lower, "abuse detection")
	}
	return false
}

// Limited returns the error of a limit, with the wait that GitHub's documentation asks for: Retry-After, else until the
// reset when nothing remains, else a minute.
func Limited(answer *sdk.Response, words string) *sdk.Error {
	e := sdk.Errorf(sdk.CodeRateLimited, "GitHub limits the number of requests (status %d): %s", answer.Status, words)
	if words != "" { // else it is not GitHub that answers, and the client waits as for every system
		e.RetryAfter = secondaryWait
	}
	if wait := sdk.WaitFor(answer.Header.Get("Retry-After"), time.Now()); wait > 0 {
		e.RetryAfter = wait
	} else if answer.Header.Get("X-RateLimit-Remaining") == "0" {
		if at, err := strconv.ParseInt(answer.Header.Get("X-RateLimit-Reset"), 10, 64); err == nil {
			e.RetryAfter = max(time.Until(time.Unix(at, 0)), time.Second)
		}
	}
	return e
}

// forbidden tells the reasons of a 403 apart: the plan or a feature that is switched off, single sign-on, a list of
// addresses, and a permission that was not granted.
func forbidden(answer *sdk.Response, words string, permissions []string) *sdk.Error {
	lower := strings.ToLower(words)
	switch {
	case isFeatureOff(words):
		return sdk.Errorf(sdk.CodePermissionLicence, "GitHub says: %s", words).
			WithRemedy("Switch this feature on in GitHub, or leave this stream out.")
	case answer.Header.Get("X-GitHub-SSO") != "" || strings.Contains(lower, "saml"):
		return sdk.Errorf(sdk.CodeAuthReauthRequired, "the access token is not authorized for single sign-on: GitHub says: %s", words).
			WithRemedy("In GitHub's settings of the token choose Configure SSO, and authorize it for the organization.")
	case strings.Contains(lower, "ip allow list"):
		return sdk.PermissionMissing(permissions, "the organization does not allow the address of this machine: GitHub says: %s", words).
			WithRemedy("Add the address of this machine to the IP allow list of the organization.")
	case strings.Contains(lower, "forbids access via"):
		return sdk.PermissionMissing(permissions, "the organization refuses this kind of token: GitHub says: %s", words).
			WithRemedy("Use a GitHub App, or a token of the kind and the lifetime that the organization allows.")
	}
	text := "GitHub says: " + words
	if words == "" {
		text = "GitHub does not allow this credential to read " + answer.URL.Path
	}
	return sdk.PermissionMissing(permissions, "%s%s", text, accepted(answer.Header))
}

// accepted returns what GitHub's headers say of the permission that would be enough.
func accepted(header http.Header) string {
	if fine := header.Get("X-Accepted-GitHub-Permissions"); fine != "" {
		return "; it needs " + fine
	}
	if scopes := header.Get("X-Accepted-OAuth-Scopes"); scopes != "" && header.Get("X-OAuth-Scopes") != "" {
		return "; it needs one of the scopes " + scopes
	}
	return ""
}

// isFeatureOff reports whether GitHub's words say that a feature is switched off or not in the plan. The same status
// stands for a permission that was not granted.
func isFeatureOff(words string) bool {
	lower := strings.ToLower(words)
	for _, part := range []string{
		"upgrade to", "is disabled", "are disabled", "not enabled", "must be enabled", "is not available", "are not available",
		"not been enabled", "not purchased", "no license",
	} {
		if strings.Contains(lower, part) {
			return true
		}
	}
	return false
}

// NoReason stands for the words of a 404 that is not GitHub's, such as that of a proxy.
const NoReason = "it gives no reason"

// absent is the error of a 404. GitHub answers it also for what the credential may not see.
func absent(answer *sdk.Response, words string) *sdk.Error {
	if isFeatureOff(words) {
		return sdk.Errorf(sdk.CodePermissionLicence, "GitHub says: %s", words).
			WithRemedy("Switch this feature on in GitHub, or leave this stream out.")
	}
	if words == "" {
		words = NoReason
	}
	return sdk.Errorf(sdk.CodeNotFoundEndpoint, "GitHub shows nothing at %s (%s)%s", answer.URL.Path, words, accepted(answer.Header)).
		WithRemedy("Check the organization, and whether the credential may see it: GitHub hides what it may not see.")
}

// Fatal reports whether an error concerns the whole connection, so that nothing else can be read either.
func Fatal(err error) bool {
	switch sdk.AsError(err).Code {
	case sdk.CodeAuthInvalid, sdk.CodeAuthExpired, sdk.CodeRateLimited, sdk.CodeRateQuotaExhausted, sdk.CodeNetworkConnect,
		sdk.CodeNetworkDNS, sdk.CodeNetworkTLS, sdk.CodeNetworkProxy, sdk.CodeNetworkDenied, sdk.CodeLimitDeadline, sdk.CodeCancelled:
		return true
	}
	return false
}

// Partial reports a part that could not be read as a gap. It returns an error that concerns the whole connection.
func Partial(out *sdk.Output, scope string, err error) error {
	switch {
	case err == nil:
		return nil
	case Fatal(err):
		return err
	}
	out.Gap(scope, err)
	return nil
}

// Says reports whether GitHub's refusal has these words.
func Says(err error, words string) bool {
	return err != nil && strings.Contains(strings.ToLower(sdk.AsError(err).Message), strings.ToLower(words))
}
