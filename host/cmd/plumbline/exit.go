package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/problemjson"
)

// exitCodes is what the help says of them. Scripts rely on the numbers.
const exitCodes = `Exit codes:
  0    done
  1    error, or doctor found something that fails
  2    the command line is wrong
  3    finished, but a sync or a check failed, or an import left something out
  4    a credential was refused or a permission is missing
  5    a setting or the configuration is wrong, or a release of a connector is refused
  6    the data directory is in use, or the connection is already being synced
  7    the agent cannot be reached
  8    a --fail-on condition was met, verify found something bad, a connector failed
       a test it must pass, or an update is waiting for consent
  9    the data directory was written by a newer version
  75   try again later: the disk is full, or a release cannot be fetched
  130  interrupted`

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

type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// refusal is the problem of a request that the person who made it can correct.
func refusal(code, message, remedy string) *host.Problem {
	return &host.Problem{Code: code, Message: message, Remedy: remedy, Fault: host.FaultCustomer, Retry: host.RetryNever}
}

// unreadable is the problem of a file that a flag or an argument names.
func unreadable(field, path string, err error) error {
	return host.Invalid(field, path, "cannot be read: "+err.Error()).Because(err)
}

// outcome ends the program with a code after the command has printed everything.
type outcome struct{ code int }

func (o outcome) Error() string { return fmt.Sprintf("exit code %d", o.code) }

// exitCode shows err and returns the code to exit with.
func (a *app) exitCode(ctx context.Context, err error) int {
	var ended outcome
	code := codeOf(err)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &ended):
		return ended.code
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		code, err = exitInterrupted, refusal(host.CodeInterrupted, "interrupted", "")
	}
	if a.json {
		a.showProblem(err, code)
	} else {
		a.explain(err)
	}
	return code
}

func codeOf(err error) int {
	var usage *usageError
	var p *host.Problem
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case !errors.As(err, &p):
		return exitError
	case authCode(p.Code):
		return exitAuth
	}
	switch p.Code {
	case host.CodeReleaseConsent:
		return exitGate
	case host.CodeReleaseSource, host.CodeDiskFull:
		return exitTryAgain
	case host.CodeInvalid, host.CodeNotAConnector:
		return exitConfig
	case host.CodeLocked, host.CodeBusy:
		return exitLocked
	case host.CodeUnreachable:
		return exitUnreachable
	case host.CodeNewerStore:
		return exitNewer
	}
	if strings.HasPrefix(p.Code, "release.") {
		return exitConfig
	}
	return exitError
}

func authCode(code string) bool {
	return strings.HasPrefix(code, "auth.") || strings.HasPrefix(code, "permission.")
}

// several are errors that are explained one by one.
type several []error

func (s several) Error() string { return errors.Join(s...).Error() }

func (s several) Unwrap() []error { return s }

// explain says what went wrong, where, and what to do.
func (a *app) explain(err error) {
	var list several
	if errors.As(err, &list) {
		for _, one := range list {
			a.explain(one)
		}
		return
	}
	fmt.Fprintln(a.errs, "error:", said(err))
	var p *host.Problem
	if errors.As(err, &p) && p.Remedy != "" {
		fmt.Fprintln(a.errs, "  what to do:", continued(p.Remedy, "  "))
	}
}

func (a *app) showProblem(err error, code int) {
	problem := problemjson.Of(err)
	if code == exitUsage {
		problem = problemjson.Of(refusal("usage", err.Error(), "See --help."))
		problem.Status, problem.Title = 400, "Bad Request"
	}
	// Standard error is the last place to report to.
	_ = printJSON(a.errs, problem)
}
