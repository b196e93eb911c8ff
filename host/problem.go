package host

import (
	"errors"
	"fmt"
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

// Problem is an error that crosses a boundary: it has a stable code, a plain
// message, whose fault it is and one sentence on what to do. It is the error of
// a step in JSON and the body of every refusal of the API.
type Problem struct {
	Code           string       `json:"code"`
	Message        string       `json:"message"`
	Remedy         string       `json:"remedy,omitempty"`
	Fault          Fault        `json:"fault,omitempty" enum:"customer,upstream,connector,network,host"`
	Retry          Retry        `json:"retry,omitempty" enum:"never,after,when_config_changes,when_credential_changes"`
	RetryAfter     float64      `json:"retry_after_seconds,omitempty"`
	Permissions    []string     `json:"permissions,omitempty"`
	UpstreamStatus int          `json:"upstream_status,omitempty"`
	UpstreamCode   string       `json:"upstream_code,omitempty"`
	RequestID      string       `json:"upstream_request_id,omitempty"`
	Scope          string       `json:"scope,omitempty"`
	Detail         string       `json:"detail,omitempty" doc:"For support; secrets removed"`
	Fields         []FieldError `json:"fields,omitempty"`
	cause          error
}

// FieldError names a field and the rule it broke.
type FieldError struct {
	Field   string `json:"field" doc:"As a JSON path, e.g. settings.base_dn"`
	Message string `json:"message"`
	Value   any    `json:"value,omitempty"`
	Line    int    `json:"line,omitempty" doc:"Of a mistake in a text, from 1: in the file if one was given, else in the field"`
	Column  int    `json:"column,omitempty" doc:"In characters, from 1"`
}

// Codes of the host's own problems. Connectors use the taxonomy in package sdk.
const (
	CodeInvalid          = "config.invalid"
	CodeNotFound         = "not_found"
	CodeConflict         = "conflict"
	CodeBusy             = "busy"
	CodeDisconnected     = "connection.disconnected"
	CodeLocked           = "store.locked"
	CodeNewerStore       = "store.newer_schema"
	CodeStoreKey         = "store.wrong_key"
	CodeStoreDamaged     = "store.damaged"
	CodeBackupDamaged    = "backup.damaged"
	CodeBackupKey        = "backup.wrong_key"
	CodeStoreMemory      = "store.memory" // more records than store.digest_memory_mib has room for
	CodeDiskFull         = "disk.full"
	CodeNotAConnector    = "connector.not_a_connector"
	CodeConnectorGone    = "connector.missing"
	CodeConnectorChanged = "connector.changed"
	CodeConnectorExited  = "connector.exited"
	CodeConnectorStart   = "connector.start"
	CodeConnectorLimit   = "connector.limit" // it took more than it may, and was ended
	CodeConnectorFiles   = "connector.files" // it asks to read what no connector may read
	CodeQuarantined      = "connector.quarantined"
	CodeInDevelopment    = "connector.development" // its author's program is used instead
	CodeProtocol         = "protocol.violation"
	CodeRecordTooLarge   = "limit.record_too_large"
	CodeSchemaUnexpected = "schema.unexpected"   // a record is not what its kind demands
	CodeContained        = "containment.refused" // a notice: the connector tried what it does not declare
	CodeInterrupted      = "interrupted"
	CodeCancelled        = "cancelled"
	CodeRemovalHeld      = "removal.held"
	CodeRemovalRejected  = "removal.rejected" // a person said that the records still exist
	CodeUnreachable      = "agent.unreachable"
	CodeInternal         = "internal.bug"
	CodeForbidden        = "forbidden"
	CodeUnauthenticated  = "unauthenticated"
	CodeNoActor          = "actor.missing" // it is not known who asks
	CodeTooMany          = "too_many"      // requests of one client, within a span of time
)

// Error returns the message, and each field when there is more than one.
func (p *Problem) Error() string {
	if len(p.Fields) < 2 {
		return p.Message
	}
	text := p.Message
	for _, f := range p.Fields {
		text += fmt.Sprintf("; %s: %s", f.Field, f.Message)
	}
	return text
}

// Unwrap returns the error underneath, if one was given.
func (p *Problem) Unwrap() error { return p.cause }

// Because returns a copy of p that wraps cause.
func (p *Problem) Because(cause error) *Problem {
	wrapped := *p
	wrapped.cause = cause
	return &wrapped
}

// Invalid returns the problem of one bad field.
func Invalid(field string, value any, rule string) *Problem {
	return &Problem{
		Code:    CodeInvalid,
		Message: field + " " + rule,
		Fault:   FaultCustomer,
		Retry:   RetryWhenConfigChanges,
		Fields:  []FieldError{{Field: field, Message: rule, Value: value}},
	}
}

// InvalidFields returns the problem of several bad fields.
func InvalidFields(message string, fields []FieldError) *Problem {
	return &Problem{Code: CodeInvalid, Message: message, Fault: FaultCustomer, Retry: RetryWhenConfigChanges, Fields: fields}
}

// Violation returns the problem of a source that broke the rules of its protocol.
func Violation(format string, values ...any) *Problem {
	return &Problem{
		Code:    CodeProtocol,
		Message: fmt.Sprintf(format, values...),
		Remedy:  "Report this to the connector's author; an update of the connector may mend it.",
		Fault:   FaultConnector,
		Retry:   RetryNever,
	}
}

// Refused returns the problem of a request that cannot be met as it is: the person who made
// it has to act, and trying again does not help.
func Refused(code, remedy, format string, args ...any) *Problem {
	return &Problem{Code: code, Message: fmt.Sprintf(format, args...), Remedy: remedy, Fault: FaultCustomer, Retry: RetryNever}
}

// NotFound returns the problem of a name that nothing has.
func NotFound(what, name, remedy string) *Problem {
	return &Problem{
		Code:    CodeNotFound,
		Message: fmt.Sprintf("no %s called %q", what, name),
		Remedy:  remedy,
		Fault:   FaultCustomer,
		Retry:   RetryNever,
		Fields:  []FieldError{{Field: what, Message: "does not exist", Value: name}},
	}
}

// IsNotFound reports whether err is the problem that something does not exist.
func IsNotFound(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Code == CodeNotFound
}

// AsProblem returns the Problem in err's chain. An error without one is the
// host's own bug or surroundings: it becomes internal.bug with its text kept.
func AsProblem(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return &Problem{
		Code:    CodeInternal,
		Message: err.Error(),
		Remedy:  "Run `plumbline doctor`; if it finds nothing, report this to the makers of Plumbline with the log.",
		Fault:   FaultHost,
		Retry:   RetryAfter,
		cause:   err,
	}
}
