package main

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const subscriptionsVersion = "2022-12-01"

// subscription is a subscription that is read.
type subscription struct {
	ID    text `json:"subscriptionId"`
	Name  text `json:"displayName"`
	State text `json:"state"`

	raw json.RawMessage
}

// path is the beginning of the ids of everything in it.
func (s subscription) path() string { return "/subscriptions/" + string(s.ID) }

// label names it in messages.
func (s subscription) label() string {
	if s.Name == "" {
		return string(s.ID)
	}
	return string(s.Name) + " (" + string(s.ID) + ")"
}

// subscriptions returns the named subscriptions, or all that the application may read.
func (a *azure) subscriptions(ctx context.Context, out *sdk.Output) ([]subscription, error) {
	if len(a.Subscriptions) > 0 {
		return a.namedSubscriptions(ctx, out)
	}
	var all []subscription
	err := a.list(ctx, "/subscriptions", subscriptionsVersion, func(raw json.RawMessage) error {
		s, err := toSubscription(raw)
		all = append(all, s)
		return err
	})
	if err == nil && len(all) == 0 {
		err = sdk.PermissionMissing([]string{reader}, "the application may read no subscription").
			WithRemedy("Assign the role Reader on a subscription or a management group to the application.")
	}
	return all, err
}

func (a *azure) namedSubscriptions(ctx context.Context, out *sdk.Output) (all []subscription, err error) {
	for _, id := range a.Subscriptions {
		var raw json.RawMessage
		_, err := a.manager.GetJSON(ctx, "/subscriptions/"+url.PathEscape(id), url.Values{"api-version": {subscriptionsVersion}}, &raw)
		if err == nil {
			var s subscription
			if s, err = toSubscription(raw); err == nil {
				all = append(all, s)
				continue
			}
		}
		if endsStream(err) {
			return nil, err
		}
		out.Gap("subscription "+id, err)
	}
	return all, nil
}

func toSubscription(raw json.RawMessage) (subscription, error) {
	s := subscription{raw: raw}
	if err := json.Unmarshal(raw, &s); err != nil || s.ID == "" {
		return s, sdk.Errorf(sdk.CodeSchemaUnexpected, "a subscription is not as documented")
	}
	return s, nil
}

func readSubscriptions(ctx context.Context, a *azure, out *sdk.Output) error {
	all, err := a.subscriptions(ctx, out)
	if err != nil {
		return err
	}
	for _, s := range all {
		id := lower(text(s.path()))
		resource := kind.Resource{
			ExternalID: id, Type: "Microsoft.Resources/subscriptions", Name: string(s.Name), Account: string(s.ID), Vendor: s.raw,
		}
		if err := out.PutOrGap(id, resource); err != nil {
			return err
		}
	}
	return nil
}
