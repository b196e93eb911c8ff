package sdk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Fault says who has to act.
type Fault string

// The faults.
const (
	FaultCustomer  Fault = "customer"
	FaultUpstream  Fault = "upstream"
	FaultConnector Fault = "connector"
	FaultNetwork   Fault = "network"
	FaultHost      Fault = "host"
)

// Retry says when trying again can help.
type Retry string

// The retry classes.
const (
	RetryNever                 Retry = "never"
	RetryAfter                 Retry = "after"
	RetryWhenConfigChanges     Retry = "when_config_changes"
	RetryWhenCredentialChanges Retry = "when_credential_changes"
)

// Error is the error that a connector reports: a stable code, one plain sentence, one
// imperative sentence on what to do, and who has to act. People read Message, Remedy and
// Detail, so never put a secret or a whole answer into them. The runtime removes known secret
// values before a message leaves the program.
type Error struct {
	Code       string
	Message    string
	Remedy     string
	Fault      Fault
	Retry      Retry
	RetryAfter time.Duration // with RetryAfter; 0 leaves it to the host

	Step        string   // filled in by the runtime
	Stream      string   // filled in by the runtime
	Scope       string   // the affected part, e.g. a search base
	Permissions []string // ids declared by the connector

	UpstreamStatus int    // HTTP status or protocol result code
	UpstreamCode   string // the vendor's code
	RequestID      string // the vendor's id of the request
	ConfigPath     string // JSON pointer into the settings
	Detail         string // for support

	cause error
}

// Errorf returns an Error with the usual remedy, fault and retry class of the code. An unknown
// code keeps its name and gets those of internal.bug. Like fmt.Errorf it wraps an error
// formatted with %w.
func Errorf(code, format string, args ...any) *Error {
	text := fmt.Errorf(format, args...)
	d := defaultsOf(code)
	return &Error{Code: code, Message: text.Error(), Remedy: d.remedy, Fault: d.fault, Retry: d.retry, cause: errors.Unwrap(text)}
}

// ConfigInvalid returns the error of one wrong setting. Pointer is a JSON
// pointer into the settings, e.g. "/base_url".
func ConfigInvalid(pointer, format string, args ...any) *Error {
	e := Errorf(CodeConfigInvalid, format, args...)
	e.ConfigPath = pointer
	if name := settingName(pointer); name != "" {
		e.Remedy = fmt.Sprintf("Correct the setting %q.", name)
	}
	return e
}

// PermissionMissing returns the error of permissions that were not granted.
func PermissionMissing(permissions []string, format string, args ...any) *Error {
	e := Errorf(CodePermissionMissing, format, args...)
	e.Permissions = permissions
	if len(permissions) > 0 {
		e.Remedy = "Grant " + joinAnd(permissions) + " and sync again."
	}
	return e
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the error underneath, if there is one.
func (e *Error) Unwrap() error { return e.cause }

// Because returns a copy of e that wraps cause.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// WithAnswerOf returns a copy of e that names the answer which from is about: its status, the
// vendor's code and the request id.
func (e *Error) WithAnswerOf(from *Error) *Error {
	c := *e
	c.UpstreamStatus, c.UpstreamCode, c.RequestID = from.UpstreamStatus, from.UpstreamCode, from.RequestID
	return &c
}

// Needs returns e as the error of permissions that were not granted. It keeps the message and the
// answer, and wraps e.
func (e *Error) Needs(permissions ...string) *Error {
	return PermissionMissing(permissions, "%s", e.Message).WithAnswerOf(e).Because(e)
}

// WithRemedy returns a copy of e with another remedy.
func (e *Error) WithRemedy(remedy string) *Error {
	c := *e
	c.Remedy = remedy
	return &c
}

// ForCustomer returns a copy of e about something that the customer provides beside the settings,
// such as a file or a row: the customer has to act, and the next run may find it corrected.
func (e *Error) ForCustomer() *Error {
	c := *e
	c.Fault, c.Retry = FaultCustomer, RetryAfter
	return &c
}

// WithScope returns a copy of e that names the affected part.
func (e *Error) WithScope(scope string) *Error {
	c := *e
	c.Scope = scope
	return &c
}

// WithDetail returns a copy of e with text for support.
func (e *Error) WithDetail(detail string) *Error {
	c := *e
	c.Detail = detail
	return &c
}

// AsError returns the Error in err's chain. For another error it returns a new Error: network.*
// for a transport error, cancelled or limit.deadline for the end of a context, and otherwise
// internal.bug with the text of err.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.Canceled) {
		return Errorf(CodeCancelled, "stopped before it was finished").Because(err)
	}
	if n := networkError(err); n != nil {
		return n
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Errorf(CodeLimitDeadline, "the run took longer than its deadline allows").Because(err)
	}
	return Errorf(CodeInternalBug, "%s", err.Error()).Because(err)
}

// CodeOf returns the code of the Error in err's chain, "" for nil and for another error.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) && e != nil {
		return e.Code
	}
	return ""
}

// maxExcerpt is the most letters of an excerpt.
const maxExcerpt = 300

// Excerpt returns the first 300 letters of a vendor's words, without space around them, for the
// message of an error.
func Excerpt(words string) string {
	words = strings.TrimSpace(words)
	if letters := []rune(words); len(letters) > maxExcerpt {
		return string(letters[:maxExcerpt]) + "…"
	}
	return words
}

func joinAnd(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
