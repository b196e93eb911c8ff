package plugin

import (
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
)

func problem(code string, fault host.Fault, retry host.Retry, remedy, format string, args ...any) *host.Problem {
	return &host.Problem{Code: code, Message: fmt.Sprintf(format, args...), Remedy: remedy, Fault: fault, Retry: retry}
}

func notAConnector(id, path, why string) *host.Problem {
	p := problem(host.CodeNotAConnector, host.FaultCustomer, host.RetryWhenConfigChanges,
		fmt.Sprintf("Replace %s with a connector program, or remove it.", path), "%s is not a Plumbline connector: %s", path, why)
	p.Fields = []host.FieldError{{Field: "connector", Message: "is not a Plumbline connector: " + why, Value: id}}
	return p
}

// unreadable is the problem of a program whose file cannot be read.
func unreadable(id, path string, err error) *host.Problem {
	if p := shortage(id, err); p != nil {
		return p
	}
	return notAConnector(id, path, err.Error()).Because(err)
}
