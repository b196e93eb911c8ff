package conform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// errorCases are about failures and their reports.
func errorCases() []Case {
	return []Case{
		{"E1", Must, "every error has a code, a step, a fault and a sentence", onErrors(checkError, 400, 401, 403, 500)},
		{"E2", Must, "an error of a permission names declared ones", onErrors(checkNamed, 403)},
		{"E3", Must, "an error that the customer has to fix has a remedy", onErrors(checkRemedy, 401, 403, 404)},
		{"E4", Must, "no answer, however odd, makes it crash", onRequests(tryOddAnswers)},
		{"E5", Must, "errors repeat neither credentials nor whole answers", onRequests(tryRepeats)},
		{"E6", Must, "complete means that every request was answered", onEachRequest(6, replay.Fault{Status: http.StatusBadRequest}, notWhole)},
	}
}

// onErrors makes a case of a check of the errors that follow these statuses.
func onErrors(check func(*connectorv1.DescribeResponse, *connectorv1.Error) error, statuses ...int) func(context.Context, *kit) error {
	return onRequests(func(ctx context.Context, k *kit, full *outcome) error {
		var errs []error
		for _, status := range statuses {
			o, err := k.run(ctx, under(replay.Fault{Status: status, Body: `{"error":"no"}`}))
			if err != nil {
				return fmt.Errorf("status %d: %w", status, err)
			}
			if len(o.problems()) == 0 {
				errs = append(errs, fmt.Errorf("status %d: every request is refused, and it reports no error", status))
			}
			for _, e := range o.problems() {
				if err := check(full.described, e); err != nil {
					errs = append(errs, fmt.Errorf("status %d: %w", status, err))
				}
			}
		}
		return errors.Join(errs...)
	})
}

func checkError(d *connectorv1.DescribeResponse, e *connectorv1.Error) error {
	known := slices.ContainsFunc(d.GetSteps(), func(s *connectorv1.Step) bool { return s.GetId() == e.GetStep() })
	switch {
	case !regexp.MustCompile(`^[a-z0-9]+([._][a-z0-9]+)*$`).MatchString(e.GetCode()):
		return fmt.Errorf("%q is not a valid code", e.GetCode())
	case e.GetFault() == connectorv1.Fault_FAULT_UNSPECIFIED:
		return fmt.Errorf("%s has no fault", e.GetCode())
	case e.GetMessage() == "":
		return fmt.Errorf("%s has no message", e.GetCode())
	case e.GetStep() == "" && e.GetStream() == "" || e.GetStep() != "" && !known:
		return fmt.Errorf("%s happened in step %q, which is not declared", e.GetCode(), e.GetStep())
	}
	return nil
}

func checkNamed(d *connectorv1.DescribeResponse, e *connectorv1.Error) error {
	if e.GetCode() != sdk.CodePermissionMissing {
		return nil
	}
	var declared []string
	for _, p := range d.GetPermissions() {
		declared = append(declared, p.GetId())
	}
	for _, id := range e.GetPermissions() {
		if !slices.Contains(declared, id) {
			return fmt.Errorf("it names permission %q, which is not declared", id)
		}
	}
	for _, s := range d.GetStreams() {
		if s.GetName() == e.GetStream() && len(s.GetPermissions()) > 0 && len(e.GetPermissions()) == 0 {
			return fmt.Errorf("stream %s needs permissions, and the error names none", s.GetName())
		}
	}
	return nil
}

func checkRemedy(_ *connectorv1.DescribeResponse, e *connectorv1.Error) error {
	if e.GetFault() == connectorv1.Fault_FAULT_CUSTOMER && e.GetRemedy() == "" {
		return fmt.Errorf("%s has no remedy", e.GetCode())
	}
	return nil
}

// tryOddAnswers replaces every answer by one that no documentation shows.
func tryOddAnswers(ctx context.Context, k *kit, _ *outcome) error {
	faults := map[string]replay.Fault{
		"values of other types in lists": edited(func([]any) []any { return []any{nil, 1, "x", []any{}, map[string]any{}} }),
		"null in every field": eachObject(func(object map[string]any) {
			for name := range object {
				object[name] = nil
			}
		}),
	}
	for _, body := range []string{`null`, `[]`, `{}`, `"x"`, `17`, `[[[[]]]]`, ` `} {
		faults["the answer "+body] = replay.Fault{Body: body}
	}
	var errs []error
	for what, fault := range faults {
		o, err := k.run(ctx, under(fault))
		if err == nil {
			err = o.calm()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", what, err))
		}
	}
	return errors.Join(errs...)
}

// calm returns an error when the connector crashed, or a stream has no result.
func (o *outcome) calm() error {
	for _, e := range o.problems() {
		if e.GetCode() == sdk.CodeInternalPanic {
			return fmt.Errorf("it crashed: %s", cut(e.GetMessage()+" "+e.GetDetail()))
		}
	}
	for _, s := range o.each() {
		if s.results != 1 {
			return fmt.Errorf("stream %s has %d results", s.name, s.results)
		}
	}
	return nil
}

const mostErrorText = 8 << 10

func tryRepeats(ctx context.Context, k *kit, full *outcome) error {
	answer := map[string]string{"filling": strings.Repeat("plumbline-filling ", 4000)}
	for name, value := range k.Secrets {
		answer["your "+name] = value
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	var errs []error
	for _, status := range []int{http.StatusBadRequest, http.StatusForbidden} {
		o, err := k.run(ctx, under(first(full, replay.Fault{Status: status, Body: string(body)})))
		if err != nil {
			return err
		}
		errs = append(errs, o.free(k.Secrets))
		for _, e := range o.problems() {
			if n := len(e.GetMessage()) + len(e.GetDetail()) + len(e.GetRemedy()); n > mostErrorText {
				errs = append(errs, fmt.Errorf("%s has %d bytes of text", e.GetCode(), n))
			}
		}
	}
	return errors.Join(errs...)
}
