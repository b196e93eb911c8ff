package wire

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

type batchMessage = connectorv1.SyncResponse

// Problem turns an admitted error into the host's. A connector that failed without
// saying why has a bug.
func Problem(e *connectorv1.Error) *host.Problem {
	if e == nil {
		e = &connectorv1.Error{}
	}
	p := &host.Problem{
		Code:           e.GetCode(),
		Message:        e.GetMessage(),
		Remedy:         e.GetRemedy(),
		Fault:          faultFrom(e.GetFault()),
		Retry:          retryFrom(e.GetRetry()),
		RetryAfter:     e.GetRetryAfter().AsDuration().Seconds(),
		Permissions:    e.GetPermissions(),
		UpstreamStatus: int(e.GetUpstreamStatus()),
		UpstreamCode:   e.GetUpstreamCode(),
		RequestID:      e.GetUpstreamRequestId(),
		Scope:          e.GetScope(),
		Detail:         e.GetDetail(),
	}
	if p.Code == "" {
		p.Code = sdk.CodeInternalBug
	}
	if p.Message == "" {
		p.Message = "the connector failed without saying why"
	}
	if after := e.GetRetryAfter().AsDuration(); after > MaxWait {
		p.RetryAfter = MaxWait.Seconds()
		p.Message += fmt.Sprintf(" (a wait of %s was asked for; Plumbline waits %s at most)", after.Round(time.Second), MaxWait)
	}
	if e.GetConfigPath() != "" {
		p.Fields = []host.FieldError{{Field: "settings" + strings.ReplaceAll(e.GetConfigPath(), "/", "."), Message: p.Message}}
	}
	return p
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

// Broken returns the violation that an error of the transport stands for: a message
// that is no protobuf, holds text that is not UTF-8 or is too large, or an answer of
// gRPC in place of the protocol's. It returns nil for an error that says no more than
// that the process is gone or the host hung up.
func (d *Door) Broken(err error) *host.Problem {
	s, ok := status.FromError(err)
	if !ok {
		return nil
	}
	said := d.scrub(s.Message())
	switch s.Code() {
	case codes.OK, codes.Unavailable, codes.Canceled, codes.DeadlineExceeded:
		return nil
	case codes.Internal:
		if _, why, unreadable := strings.Cut(said, "failed to unmarshal the received message: "); unreadable {
			return host.Violation("the connector sent a message that cannot be read: %s", shown(why))
		}
		if strings.Contains(said, "RST_STREAM") || strings.Contains(said, "EOF") || strings.Contains(said, "trailers") {
			return nil // the connection broke
		}
	case codes.ResourceExhausted:
		return host.Violation("the connector sent a message of more than %d bytes: %s", sdk.MaxMessageBytes, shown(said))
	}
	return host.Violation("the connector ended the conversation with the gRPC error %s in place of a result: %s",
		s.Code(), shown(said))
}

func shown(text string) string { return display.Visible(display.Cut(text, 1<<10)) }

// Outward returns a copy of a problem that was put together from what a program wrote
// or did, fit to be shown: every text is scrubbed, made visible and cut.
func (d *Door) Outward(problem *host.Problem) *host.Problem {
	p := *problem
	lines := func(text string, most int) string { return display.VisibleText(display.Cut(d.scrub(text), most)) }
	one := func(text string, most int) string { return display.Visible(display.Cut(d.scrub(text), most)) }
	p.Code, p.Message, p.Remedy = one(p.Code, 100), lines(p.Message, 4<<10), lines(p.Remedy, 1<<10)
	p.UpstreamCode, p.RequestID, p.Scope = one(p.UpstreamCode, 300), one(p.RequestID, 300), one(p.Scope, 1<<10)
	p.Detail = lines(p.Detail, 16<<10)
	p.Permissions = nil
	for _, permission := range problem.Permissions {
		p.Permissions = append(p.Permissions, one(permission, 300))
	}
	p.Fields = nil
	for _, f := range problem.Fields {
		f.Field, f.Message = one(f.Field, 300), lines(f.Message, 4<<10)
		if text, ok := f.Value.(string); ok {
			f.Value = one(text, 300)
		}
		p.Fields = append(p.Fields, f)
	}
	return &p
}
