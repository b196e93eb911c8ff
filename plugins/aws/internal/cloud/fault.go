package cloud

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
)

// fault is an error in the words of AWS.
type fault struct{ code, message, request string }

// judge returns the error that an answer is. The client tries again what its code allows.
func (o operation) judge(answer *sdk.Response, err error) error {
	if err == nil {
		return o.accept(answer)
	}
	var e *sdk.Error
	if !errors.As(err, &e) {
		return err
	}
	return o.explain(e, readFault(answer))
}

// accept refuses a web page with a success status. Its content tells, because emulators of AWS send everything as text/html.
func (o operation) accept(answer *sdk.Response) error {
	begin := strings.ToLower(string(bytes.TrimSpace(answer.Body[:min(len(answer.Body), 64)])))
	if strings.HasPrefix(begin, "<!doctype html") || strings.HasPrefix(begin, "<html") {
		e := sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer to %s is a web page, not one of AWS", o)
		e.UpstreamStatus = answer.Status
		return e.WithRemedy("Check that the address is AWS's and that no sign-in page, firewall or proxy answers instead.")
	}
	if o.name == "GenerateCredentialReport" {
		return reportPending(answer.Body)
	}
	return nil
}

// readFault finds AWS's code and message in an answer: <Code> and <Message> of the XML protocols, __type or code and
// message of the JSON protocols, which may also have the code in a header.
func readFault(answer *sdk.Response) fault {
	var f fault
	body := bytes.TrimSpace(answer.Body)
	switch {
	case bytes.HasPrefix(body, []byte("{")):
		var words struct {
			Type    string `json:"__type"`
			Code    any    `json:"code"`
			Message string `json:"message"`
			Other   string `json:"Message"`
		}
		if json.Unmarshal(body, &words) == nil {
			code, _ := words.Code.(string)
			f.code, f.message = cmp.Or(words.Type, code), cmp.Or(words.Message, words.Other)
		}
	case bytes.HasPrefix(body, []byte("<")):
		f = readXML(body)
	}
	f.code = cmp.Or(answer.Header.Get("X-Amzn-Errortype"), f.code)
	f.code, _, _ = strings.Cut(f.code, ":") // a suffix with an address
	if _, name, found := strings.Cut(f.code, "#"); found {
		f.code = name
	}
	for _, name := range []string{"X-Amzn-Requestid", "X-Amz-Request-Id"} {
		f.request = cmp.Or(f.request, answer.Header.Get(name))
	}
	return f
}

func readXML(body []byte) (f fault) {
	decoder, element := xml.NewDecoder(bytes.NewReader(body)), ""
	for {
		token, err := decoder.Token()
		if err != nil {
			return f
		}
		switch t := token.(type) {
		case xml.StartElement:
			element = t.Name.Local
		case xml.EndElement:
			element = ""
		case xml.CharData:
			switch text := strings.TrimSpace(string(t)); {
			case element == "Code" && f.code == "":
				f.code = text
			case element == "Message" && f.message == "":
				f.message = text
			case (element == "RequestId" || element == "RequestID") && f.request == "":
				f.request = text
			}
		}
	}
}

// The codes of AWS by what they mean. The documentation of each service lists its own; "Common Errors" has most.
func throttling() []string {
	return []string{
		"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
		"TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceeded", "SlowDown",
		"PriorRequestNotComplete", "EC2ThrottledException", "TransactionInProgressException",
	}
}

func denied() []string {
	return []string{
		"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation", "UnauthorizedAccess",
		"UnauthorizedException", "AuthorizationError", "AuthorizationErrorException", "AllAccessDisabled", "NotAuthorized",
	}
}

func expired() []string {
	return []string{"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"}
}

func refused() []string {
	return []string{
		"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure", "InvalidToken",
		"MissingAuthenticationToken", "MissingAuthenticationTokenException", "IncompleteSignature", "IncompleteSignatureException",
		"InvalidSecurity", "NotSignedUp",
	}
}

func wrongSignature() []string {
	return []string{"SignatureDoesNotMatch", "InvalidSignatureException"}
}

func wrongClock() []string {
	return []string{"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"}
}

func notEnabled() []string {
	return []string{
		"OptInRequired", "SubscriptionRequiredException", "SubscriptionRequired", "RegionDisabledException", "InvalidRegion",
		"IllegalLocationConstraintException", "AccountProblem",
	}
}

func notOffered() []string {
	return []string{
		"UnknownOperation", "UnknownOperationException", "InvalidAction", "NotImplemented", "NotImplementedException",
		"UnsupportedOperation", "UnsupportedOperationException", "InternalNotImplemented",
	}
}

// explain returns the error of an answer that is no success. E is what its status means.
func (o operation) explain(e *sdk.Error, f fault) error {
	is := func(codes []string) bool { return slices.Contains(codes, f.code) }
	stale := strings.Contains(f.message, "Signature expired") || strings.Contains(f.message, "Signature not yet current")
	better := e
	switch {
	case is(throttling()):
		better = sdk.Errorf(sdk.CodeRateLimited, "AWS limits the number of requests of %s", o)
		better.RetryAfter = e.RetryAfter
	case is(wrongClock()), is(wrongSignature()) && stale:
		better = sdk.Errorf(sdk.CodeAuthInvalid, "AWS refused %s because the clock of this machine differs from its own", o).
			WithRemedy("Set the clock of this machine, for example with NTP, and sync again.")
	case is(expired()):
		better = sdk.Errorf(sdk.CodeAuthExpired, "the temporary credential for %s has expired", o).
			WithRemedy("Enter new temporary credentials, or use an access key that does not expire.")
	case is(wrongSignature()):
		better = sdk.Errorf(sdk.CodeAuthInvalid, "AWS refused the signature of %s", o).
			WithRemedy("Copy the secret access key again, without blanks, and enter it.")
	case is(refused()), o.name == "GetCallerIdentity" && e.Code == sdk.CodePermissionMissing:
		better = sdk.Errorf(sdk.CodeAuthInvalid, "AWS does not accept the credential for %s", o).
			WithRemedy("Check that the access key exists and is active, and that temporary credentials have their session token.")
	case is(notEnabled()):
		better = sdk.Errorf(sdk.CodePermissionLicence, "AWS has not enabled %s for this account or region", o).
			WithRemedy("Enable the region or service in the account, or name the regions to read in the settings.")
	case is(notOffered()), e.UpstreamStatus == http.StatusNotImplemented:
		better = sdk.Errorf(sdk.CodeNotFoundEndpoint, "the address does not offer %s", o)
	case is(denied()), e.Code == sdk.CodePermissionMissing:
		better = sdk.PermissionMissing([]string{o.action()}, "AWS does not allow %s", o.action())
	case f.code != "" && e.UpstreamStatus < http.StatusInternalServerError && isAbsence(f.code):
		better = sdk.Errorf(sdk.CodeNotFoundResource, "AWS has nothing for %s", o)
	}
	return o.finish(better, e, f)
}

// isAbsence reports whether a code says that a thing does not exist, or a credential report not yet or no more.
func isAbsence(code string) bool {
	return strings.HasPrefix(code, "NoSuch") || strings.Contains(code, "NotFound") || strings.HasPrefix(code, "Report")
}

// finish adds what the answer says to an error.
func (o operation) finish(better, e *sdk.Error, f fault) error {
	c := *better
	if f.code != "" || f.message != "" {
		c.Message += ": " + shorten(strings.TrimSuffix(strings.TrimSpace(f.message), ".")) + " (" + cmp.Or(shorten(f.code), "no code") + ")"
	}
	c.UpstreamStatus, c.UpstreamCode, c.RequestID = e.UpstreamStatus, shorten(f.code), cmp.Or(e.RequestID, f.request)
	return &c
}

// mostWords limits the words of AWS in a message.
const mostWords = 400

func shorten(text string) string {
	if len(text) <= mostWords {
		return text
	}
	return strings.ToValidUTF8(text[:mostWords], "") + "…"
}

// callError returns the error of a call of AWS's library. What is no error of the wire is an answer that the library
// cannot read, or that lacks what the next question needs.
func callError(ctx context.Context, err error) error {
	var known *sdk.Error
	switch {
	case errors.As(err, &known):
		return known
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of AWS cannot be read: %s", shorten(err.Error())).Because(err)
}

// HasCode reports whether AWS answered with one of the codes.
func HasCode(err error, codes ...string) bool {
	var e *sdk.Error
	return errors.As(err, &e) && slices.Contains(codes, e.UpstreamCode)
}
