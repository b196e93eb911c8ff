package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
)

// The exit codes, as the package comment explains them.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitSomeFailed  = 3
	exitAuth        = 4
	exitConfig      = 5
	exitLocked      = 6
	exitUnreachable = 7
	exitGate        = 8
	exitNewer       = 9
	exitTryAgain    = 75
	exitInterrupted = 130
)

// usageError is a command line that makes no sense.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// outcome ends the program with a code when everything there is to say has been
// said.
type outcome struct{ code int }

func (o outcome) Error() string { return fmt.Sprintf("exit code %d", o.code) }

// exitCode shows err and returns the code to exit with.
func (a *app) exitCode(ctx context.Context, err error) int {
	var ended outcome
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &ended):
		return ended.code
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(a.errs, "interrupted")
		return exitInterrupted
	}
	code := codeOf(err)
	if a.json {
		a.showProblem(err, code)
		return code
	}
	a.explain(err)
	return code
}

func codeOf(err error) int {
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	var p *host.Problem
	if !errors.As(err, &p) {
		return exitError
	}
	switch {
	case p.Code == host.CodeReleaseConsent:
		return exitGate
	case p.Code == host.CodeReleaseSource:
		return exitTryAgain
	case p.Code == host.CodeInvalid, strings.HasPrefix(p.Code, "release."), p.Code == host.CodeNotAConnector:
		return exitConfig
	case p.Code == host.CodeLocked, p.Code == host.CodeBusy:
		return exitLocked
	case p.Code == host.CodeUnreachable:
		return exitUnreachable
	case p.Code == host.CodeNewerStore:
		return exitNewer
	case authCode(p.Code):
		return exitAuth
	case p.Code == host.CodeDiskFull:
		return exitTryAgain
	default:
		return exitError
	}
}

func authCode(code string) bool {
	return strings.HasPrefix(code, "auth.") || strings.HasPrefix(code, "permission.")
}

// explain says what went wrong, where, and what to do.
func (a *app) explain(err error) {
	fmt.Fprintln(a.errs, "error:", said(err))
	var p *host.Problem
	if errors.As(err, &p) && p.Remedy != "" {
		fmt.Fprintln(a.errs, "  what to do:", continued(p.Remedy, "  "))
	}
}

func (a *app) showProblem(err error, code int) {
	problem := api.NewRefusal(err)
	if code == exitUsage {
		problem = api.NewRefusal(&host.Problem{Code: "usage", Message: err.Error(), Fault: host.FaultCustomer, Retry: host.RetryNever, Remedy: "See --help."})
		problem.Status, problem.Title = 400, "Bad Request"
	}
	encoder := json.NewEncoder(a.errs)
	encoder.SetIndent("", "  ")
	// There is nowhere left to complain.
	_ = encoder.Encode(problem)
}
