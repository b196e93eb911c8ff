package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
)

// answer is the envelope of every answer. An answer with success may hold errors as well: Falcon then could not read
// some of the items.
type answer struct {
	Meta struct {
		TraceID    text `json:"trace_id"`
		Pagination struct {
			Total  *int `json:"total"`
			Offset text `json:"offset"`
		} `json:"pagination"`
	} `json:"meta"`
	Resources []json.RawMessage `json:"resources"`
	Errors    []problem         `json:"errors"`
}

// problem is one error of an answer. ID names the item, if the error is about one.
type problem struct {
	Code    int  `json:"code"`
	Message text `json:"message"`
	ID      text `json:"id"`
}

// get reads a list. A list with errors is not whole, so an error in it is the error of the request.
func (f *falcon) get(ctx context.Context, path string, query url.Values) (answer, error) {
	a, err := f.ask(ctx, sdk.Ask{Path: path, Query: query})
	if err == nil && len(a.Errors) > 0 {
		err = a.problem(a.Errors[0])
	}
	if err == nil && a.Resources == nil {
		err = sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of Falcon to %s holds no list in \"resources\"", path)
	}
	return a, err
}

// entities reads the items with these ids. The answer may lack some of them.
func (f *falcon) entities(ctx context.Context, path string, ids []string) (answer, error) {
	body, err := json.Marshal(map[string][]string{"ids": ids})
	if err != nil {
		return answer{}, fmt.Errorf("encode ids: %w", err)
	}
	a, err := f.ask(ctx, sdk.Ask{Method: http.MethodPost, Path: path, Reads: true, Body: body, ContentType: "application/json"})
	if err == nil && a.Resources == nil && len(a.Errors) == 0 {
		err = sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of Falcon to %s holds no list in \"resources\"", path)
	}
	return a, err
}

func (f *falcon) ask(ctx context.Context, q sdk.Ask) (a answer, err error) {
	q.JSON = true
	q.Judge = func(r *sdk.Response, err error) error {
		var e *sdk.Error
		if errors.As(err, &e) && e.Code == sdk.CodeRateLimited && e.RetryAfter == 0 {
			// Falcon does not send Retry-After, but the second in which it takes requests again.
			e.RetryAfter = sdk.WaitFor(r.Header.Get("X-Ratelimit-Retryafter"), time.Now())
		}
		return err
	}
	r, err := f.client.Ask(ctx, q)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(r.Body, &a); err != nil {
		return a, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of Falcon to %s is not as documented", q.Path).Because(err)
	}
	return a, nil
}

// problem returns the SDK's error of an error in an answer.
func (a answer) problem(p problem) *sdk.Error {
	e := sdk.ErrorFromStatus(cmp.Or(p.Code, http.StatusInternalServerError), nil, nil)
	e.Message = "Falcon " + e.Message + a.words()
	e.RequestID = string(a.Meta.TraceID)
	return e
}

// words returns the vendor's words on the errors, to be put behind a message.
func (a answer) words() string {
	for _, p := range a.Errors {
		if p.Message != "" {
			return ": " + strings.TrimSuffix(string(p.Message), ".")
		}
	}
	return ""
}

// explain adds Falcon's words to the error of a refused request.
func explain(e *sdk.Error, body []byte) *sdk.Error {
	var a answer
	if json.Unmarshal(body, &a) != nil {
		return e
	}
	e.Message += a.words()
	e.RequestID = cmp.Or(e.RequestID, string(a.Meta.TraceID))
	return e
}

// explainSignIn returns the error of a refused sign-in. Falcon answers 401 to a wrong client or secret, and 403 to a client
// that may not sign in from this address.
func explainSignIn(e *sdk.Error, body []byte) *sdk.Error {
	switch status := e.UpstreamStatus; status {
	case http.StatusUnauthorized:
		e = sdk.Errorf(sdk.CodeAuthInvalid, "Falcon refused the client ID or the secret (status %d)", status).
			WithRemedy("Enter the client ID and secret of an API client of this cloud, or choose the cloud that Falcon shows for the client.").
			WithAnswerOf(e)
	case http.StatusForbidden:
		e = sdk.Errorf(sdk.CodeAuthInvalid, "Falcon does not let this client sign in (status %d)", status).
			WithRemedy("Check the secret, and allow the address of this machine if Falcon limits the addresses of API clients.").
			WithAnswerOf(e)
	}
	return explain(e, body)
}

// endsStream reports whether err concerns every request that follows: the credential, a permission, a limit or the
// end of the run. Another error costs only a part of the stream.
func endsStream(err error) bool {
	switch code := sdk.AsError(err).Code; code {
	case sdk.CodePermissionMissing, sdk.CodePermissionLicence, sdk.CodeCancelled, sdk.CodeLimitDeadline:
		return true
	default:
		return strings.HasPrefix(code, "auth.") || strings.HasPrefix(code, "rate.") || strings.HasPrefix(code, "network.")
	}
}

// text is a field of the vendor that is documented as a string.
type text = field.Text
