package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/sdk"
)

const (
	subscriptionsAtOnce = 4
	itemsAtOnce         = 8
)

// list reads a list of Azure Resource Manager, page by page, and calls each for every item.
func (a *azure) list(ctx context.Context, path, version string, each func(raw json.RawMessage) error) error {
	var pages sdk.Pages
	query := url.Values{"api-version": {version}}
	for next := path; next != ""; query = nil {
		if err := pages.Saw(next, nil); err != nil {
			return err
		}
		var page struct {
			Value    []json.RawMessage `json:"value"`
			NextLink text              `json:"nextLink"`
		}
		if _, err := a.manager.GetJSON(ctx, next, query, &page); err != nil {
			return err
		}
		if page.Value == nil {
			return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of Azure to %s holds no list in \"value\"", path)
		}
		for _, raw := range page.Value {
			if err := each(raw); err != nil {
				return err
			}
		}
		// Behind a gateway the address names Azure, and the request goes through the gateway, too.
		next = strings.TrimPrefix(string(page.NextLink), clouds[a.Cloud].manager)
	}
	return nil
}

// rows reads a whole list.
func (a *azure) rows(ctx context.Context, path, version string) (all []json.RawMessage, err error) {
	err = a.list(ctx, path, version, func(raw json.RawMessage) error {
		all = append(all, raw)
		return nil
	})
	return all, err
}

// errGone says that an item was deleted after the list was read.
var errGone = errors.New("the item is gone")

// settle judges the error of a request for a fact. A failure costs the fact and is a gap; then found is false. It returns
// errGone for an item that was deleted meanwhile.
func settle(out *sdk.Output, what string, err error) (found bool, _ error) {
	switch {
	case err == nil:
		return true, nil
	case endsStream(err):
		return false, err
	case isGone(err):
		return false, errGone
	}
	out.Gap(what, err)
	return false, nil
}

func isGone(err error) bool {
	switch sdk.AsError(err).UpstreamCode {
	case "ResourceNotFound", "ResourceGroupNotFound", "ParentResourceNotFound":
		return true
	}
	return false
}

// each calls read for every subscription. One that refuses is a gap that names it, and the others are read.
func (a *azure) each(ctx context.Context, out *sdk.Output, what string, read func(context.Context, subscription) error) error {
	subscriptions, err := a.subscriptions(ctx, out)
	if err != nil {
		return err
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(subscriptionsAtOnce)
	for _, s := range subscriptions {
		group.Go(func() error {
			err := read(inner, s)
			if err == nil || endsStream(err) {
				return err
			}
			out.Gap(what+" of subscription "+s.label(), err)
			return nil
		})
	}
	return group.Wait()
}

// items calls read for several items at the same time. An item that is gone is left out.
func items(ctx context.Context, all []json.RawMessage, read func(ctx context.Context, raw json.RawMessage) error) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(itemsAtOnce)
	for _, raw := range all {
		group.Go(func() error {
			if err := read(inner, raw); !errors.Is(err, errGone) {
				return err
			}
			return nil
		})
	}
	return group.Wait()
}

// endsStream reports whether err concerns every request that follows. A missing permission and a limit do not: each
// subscription has its own.
func endsStream(err error) bool {
	switch code := sdk.AsError(err).Code; code {
	case sdk.CodeCancelled, sdk.CodeLimitDeadline, sdk.CodeInternalBug:
		return true
	default:
		return strings.HasPrefix(code, "auth.") || strings.HasPrefix(code, "network.")
	}
}

// apiError is the error of Azure Resource Manager and of Microsoft Graph. Some resource providers leave out the envelope.
type apiError struct {
	Error   *apiError `json:"error"`
	Code    text      `json:"code"`
	Message text      `json:"message"`
}

func readError(body []byte) apiError {
	var e apiError
	if json.Unmarshal(body, &e) != nil {
		return apiError{}
	}
	if e.Error != nil {
		return *e.Error
	}
	return e
}

// refusedAction finds the action and the scope that a refusal names.
var refusedAction = regexp.MustCompile(`perform action '([^']+)' over scope '([^']+)'`)

// explain adds the words of Azure Resource Manager to the error of a refused request, and the remedy of some codes.
func explain(e *sdk.Error, body []byte) *sdk.Error {
	said := readError(body)
	if said.Code == "" {
		return e
	}
	message := e.Message + ": " + cut(string(said.Message), 400)
	switch said.Code {
	case "AuthorizationFailed":
		if named := refusedAction.FindStringSubmatch(string(said.Message)); named != nil {
			message = "Azure does not allow the application " + named[1] + " on " + named[2]
			e = e.WithRemedy("Assign the role Reader on " + named[2] + " to the application, or leave this subscription out.")
		}
	case "MissingSubscriptionRegistration", "SubscriptionNotRegistered":
		// Azure answers 409, some resource providers 400 or 404.
		e = sdk.Errorf(sdk.CodePermissionLicence, "%s", e.Message).WithAnswerOf(e).WithRemedy(
			"Register the resource provider that the message names in this subscription, or leave the subscription out.")
	case "SubscriptionNotFound", "InvalidSubscriptionId":
		e = sdk.Errorf(sdk.CodeNotFoundEndpoint, "%s", e.Message).WithAnswerOf(e).WithRemedy(
			"Check the id of the subscription, and that it belongs to this tenant.")
	}
	e.Message, e.UpstreamCode = message, string(said.Code)
	return e
}

// explainGraph does the same for Microsoft Graph.
func explainGraph(e *sdk.Error, body []byte) *sdk.Error {
	said := readError(body)
	if e.UpstreamStatus == http.StatusForbidden {
		e = e.Needs(readDirectory)
	}
	if said.Code != "" {
		e.Message += ": " + cut(string(said.Message), 400)
		e.UpstreamCode = string(said.Code)
	}
	return e
}

// cut shortens a text of the vendor.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
