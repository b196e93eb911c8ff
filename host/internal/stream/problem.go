package stream

import (
	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// problemFrom turns the wire's error into the host's, with secrets removed. A
// connector that failed without saying why has a bug.
func problemFrom(e *connectorv1.Error, scrub func(string) string) *host.Problem {
	if e == nil {
		e = &connectorv1.Error{}
	}
	p := &host.Problem{
		Code:           e.GetCode(),
		Message:        scrub(e.GetMessage()),
		Remedy:         scrub(e.GetRemedy()),
		Fault:          faultFrom(e.GetFault()),
		Retry:          retryFrom(e.GetRetry()),
		RetryAfter:     e.GetRetryAfter().AsDuration().Seconds(),
		Permissions:    e.GetPermissions(),
		UpstreamStatus: int(e.GetUpstreamStatus()),
		UpstreamCode:   scrub(e.GetUpstreamCode()),
		RequestID:      e.GetUpstreamRequestId(),
		Scope:          scrub(e.GetScope()),
		Detail:         scrub(e.GetDetail()),
	}
	if p.Code == "" {
		p.Code = sdk.CodeInternalBug
	}
	if p.Message == "" {
		p.Message = "the connector failed without saying why"
	}
	if e.GetConfigPath() != "" {
		p.Fields = []host.FieldError{{Field: fieldOf(e.GetConfigPath()), Message: p.Message}}
	}
	return p
}

// fieldOf turns a JSON pointer into the settings into the API's field name.
func fieldOf(pointer string) string {
	field := []byte("settings")
	for _, b := range []byte(pointer) {
		if b == '/' {
			b = '.'
		}
		field = append(field, b)
	}
	return string(field)
}

func faultFrom(f connectorv1.Fault) host.Fault {
	switch f {
	case connectorv1.Fault_FAULT_CUSTOMER:
		return host.FaultCustomer
	case connectorv1.Fault_FAULT_UPSTREAM:
		return host.FaultUpstream
	case connectorv1.Fault_FAULT_NETWORK:
		return host.FaultNetwork
	case connectorv1.Fault_FAULT_HOST:
		return host.FaultHost
	default:
		return host.FaultConnector
	}
}

func retryFrom(r connectorv1.Retry) host.Retry {
	switch r {
	case connectorv1.Retry_RETRY_AFTER:
		return host.RetryAfter
	case connectorv1.Retry_RETRY_WHEN_CONFIG_CHANGES:
		return host.RetryWhenConfigChanges
	case connectorv1.Retry_RETRY_WHEN_CREDENTIAL_CHANGES:
		return host.RetryWhenCredentialChanges
	default:
		return host.RetryNever
	}
}
