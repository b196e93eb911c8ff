package sdk

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// toWire returns e as the protocol has it.
func (e *Error) toWire() *connectorv1.Error {
	if e == nil {
		return nil
	}
	w := &connectorv1.Error{
		Code: e.Code, Message: e.Message, Remedy: e.Remedy,
		Fault: faultToWire(e.Fault), Retry: retryToWire(e.Retry),
		Step: e.Step, Stream: e.Stream, Scope: e.Scope, Permissions: e.Permissions,
		UpstreamStatus: uint32(max(e.UpstreamStatus, 0)), UpstreamCode: e.UpstreamCode,
		UpstreamRequestId: e.RequestID, ConfigPath: e.ConfigPath, Detail: e.Detail,
	}
	if e.RetryAfter > 0 {
		w.RetryAfter = durationpb.New(e.RetryAfter)
	}
	return w
}

// ErrorFromWire returns the error a protocol message carries, nil for nil. Words
// of a newer protocol that this side does not know become those of internal.bug.
func ErrorFromWire(w *connectorv1.Error) *Error {
	if w == nil {
		return nil
	}
	e := &Error{
		Code: w.GetCode(), Message: w.GetMessage(), Remedy: w.GetRemedy(),
		Fault: faultFromWire(w.GetFault()), Retry: retryFromWire(w.GetRetry()),
		Step: w.GetStep(), Stream: w.GetStream(), Scope: w.GetScope(), Permissions: w.GetPermissions(),
		UpstreamStatus: int(w.GetUpstreamStatus()), UpstreamCode: w.GetUpstreamCode(),
		RequestID: w.GetUpstreamRequestId(), ConfigPath: w.GetConfigPath(), Detail: w.GetDetail(),
	}
	if w.GetRetryAfter() != nil {
		e.RetryAfter = max(w.GetRetryAfter().AsDuration(), time.Duration(0))
	}
	return e
}

func faultToWire(f Fault) connectorv1.Fault {
	switch f {
	case FaultCustomer:
		return connectorv1.Fault_FAULT_CUSTOMER
	case FaultUpstream:
		return connectorv1.Fault_FAULT_UPSTREAM
	case FaultNetwork:
		return connectorv1.Fault_FAULT_NETWORK
	case FaultHost:
		return connectorv1.Fault_FAULT_HOST
	default:
		return connectorv1.Fault_FAULT_CONNECTOR
	}
}

func faultFromWire(f connectorv1.Fault) Fault {
	switch f {
	case connectorv1.Fault_FAULT_CUSTOMER:
		return FaultCustomer
	case connectorv1.Fault_FAULT_UPSTREAM:
		return FaultUpstream
	case connectorv1.Fault_FAULT_NETWORK:
		return FaultNetwork
	case connectorv1.Fault_FAULT_HOST:
		return FaultHost
	default:
		return FaultConnector
	}
}

func retryToWire(r Retry) connectorv1.Retry {
	switch r {
	case RetryNever:
		return connectorv1.Retry_RETRY_NEVER
	case RetryWhenConfigChanges:
		return connectorv1.Retry_RETRY_WHEN_CONFIG_CHANGES
	case RetryWhenCredentialChanges:
		return connectorv1.Retry_RETRY_WHEN_CREDENTIAL_CHANGES
	default:
		return connectorv1.Retry_RETRY_AFTER
	}
}

func retryFromWire(r connectorv1.Retry) Retry {
	switch r {
	case connectorv1.Retry_RETRY_NEVER:
		return RetryNever
	case connectorv1.Retry_RETRY_WHEN_CONFIG_CHANGES:
		return RetryWhenConfigChanges
	case connectorv1.Retry_RETRY_WHEN_CREDENTIAL_CHANGES:
		return RetryWhenCredentialChanges
	default:
		return RetryAfter
	}
}
