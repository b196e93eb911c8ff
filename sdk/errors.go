package sdk

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Fault says whose turn it is to act.
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

// Error is what a connector reports: a stable code, one plain sentence, one
// imperative sentence on what to do, and whose turn it is. Message, Remedy and
// Detail are shown to people: never put a secret or a whole answer into them.
// The runtime removes known secret values before anything leaves the program.
type Error struct {
	Code       string
	Message    string
	Remedy     string
	Fault      Fault
	Retry      Retry
	RetryAfter time.Duration // with RetryAfter; 0 leaves it to the host

	Step        string   // filled in by the runtime
	Stream      string   // filled in by the runtime
	Scope       string   // the part concerned, e.g. a search base
	Permissions []string // ids declared by the connector

	UpstreamStatus int    // HTTP status or protocol result code
	UpstreamCode   string // the vendor's own word
	RequestID      string // the vendor's id of the request
	ConfigPath     string // JSON pointer into the settings
	Detail         string // for support

	cause error
}

// Errorf returns an Error with the code's usual remedy, fault and retry class.
// A code outside the taxonomy gets those of internal.bug and keeps its own name.
// An error formatted with %w is kept for errors.Is and errors.As.
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

// WithRemedy returns a copy of e with another remedy.
func (e *Error) WithRemedy(remedy string) *Error {
	c := *e
	c.Remedy = remedy
	return &c
}

// WithScope returns a copy of e that names the part concerned.
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

// AsError returns the Error in err's chain, or the one that err amounts to: a
// transport error becomes network.*, the end of a context cancelled or
// limit.deadline, anything else internal.bug with its text kept.
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
		return Errorf(CodeLimitDeadline, "the time for this run ran out").Because(err)
	}
	return Errorf(CodeInternalBug, "%s", err.Error()).Because(err)
}

func joinAnd(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	text := words[0]
	for _, w := range words[1 : len(words)-1] {
		text += ", " + w
	}
	return text + " and " + words[len(words)-1]
}
