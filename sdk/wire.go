package sdk

import (
	"cmp"
	"strings"

	"google.golang.org/protobuf/types/known/durationpb"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// toWire returns e as a protocol message.
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

// ErrorFromWire returns the error in a protocol message, nil for nil. An unknown fault or retry
// class of a newer protocol becomes that of internal.bug.
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
		e.RetryAfter = max(w.GetRetryAfter().AsDuration(), 0)
	}
	return e
}

// The words of Fault and Retry are the names of the protocol's values in lower case.

func faultToWire(f Fault) connectorv1.Fault {
	known := connectorv1.Fault(connectorv1.Fault_value["FAULT_"+strings.ToUpper(string(f))])
	return cmp.Or(known, connectorv1.Fault_FAULT_CONNECTOR)
}

func faultFromWire(f connectorv1.Fault) Fault {
	if _, known := connectorv1.Fault_name[int32(f)]; !known || f == connectorv1.Fault_FAULT_UNSPECIFIED {
		return FaultConnector
	}
	return Fault(strings.ToLower(strings.TrimPrefix(f.String(), "FAULT_")))
}

func retryToWire(r Retry) connectorv1.Retry {
	known := connectorv1.Retry(connectorv1.Retry_value["RETRY_"+strings.ToUpper(string(r))])
	return cmp.Or(known, connectorv1.Retry_RETRY_AFTER)
}

func retryFromWire(r connectorv1.Retry) Retry {
	if _, known := connectorv1.Retry_name[int32(r)]; !known || r == connectorv1.Retry_RETRY_UNSPECIFIED {
		return RetryAfter
	}
	return Retry(strings.ToLower(strings.TrimPrefix(r.String(), "RETRY_")))
}
