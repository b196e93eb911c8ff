package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"path"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/internal/google"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// serviceAccount is a service account of a project.
type serviceAccount struct {
	Name        string `json:"name"` // projects/acme/serviceAccounts/EMAIL
	UniqueID    string `json:"uniqueId"`
	Email       string `json:"email"`
	DisplayName string `json:"displayName"`
	Disabled    bool   `json:"disabled"`

	raw json.RawMessage
}

// accountList are the service accounts of a project.
type accountList struct {
	all      []serviceAccount
	nameless bool // there was one without an id
}

// readAccounts reads the service accounts of a project, once in a run. One without an id is a gap of each stream.
func (c *cloud) readAccounts(ctx context.Context, n *node, out *sdk.Output) ([]serviceAccount, error) {
	list, err := n.accounts.get(func() (list accountList, err error) {
		where := "/v1/projects/" + url.PathEscape(n.ProjectID) + "/serviceAccounts"
		err = c.list(ctx, iamAPI, where, "accounts", "", url.Values{"pageSize": {"100"}}, func(item json.RawMessage) error {
			a := serviceAccount{raw: item}
			_ = google.Decode(item, &a) // what is no object has no id
			if a.UniqueID == "" || a.Email == "" {
				list.nameless = true
				return nil
			}
			list.all = append(list.all, a)
			return nil
		})
		return list, c.refused(listAccounts, n.title(), err)
	})
	if list.nameless {
		_ = nameless(out, n, "service account") // always nil
	}
	return list.all, err
}

// readServiceAccounts sends every service account.
func readServiceAccounts(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	c, t, err := begin(ctx, s, out)
	if err != nil {
		return err
	}
	return each(ctx, out, t.projects, func(ctx context.Context, n *node) error {
		accounts, err := c.readAccounts(ctx, n, out)
		for _, a := range accounts {
			record := kind.Account{
				ExternalID: a.UniqueID, Username: a.Email, Email: a.Email, Name: cmp.Or(a.DisplayName, a.Email), Type: "service",
				Status: "active", Vendor: google.Document(a.raw, []string{"etag"}, nil),
			}
			if a.Disabled { // Google leaves false out
				record.Status = "suspended"
			}
			if err := out.PutOrGap(a.UniqueID, record); err != nil {
				return err
			}
		}
		return err
	})
}

// readKeys sends every key that people manage. Google renews its own keys, and nobody sees them.
func readKeys(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	c, t, err := begin(ctx, s, out)
	if err != nil {
		return err
	}
	return each(ctx, out, t.projects, func(ctx context.Context, n *node) error {
		accounts, first := c.readAccounts(ctx, n, out) // a project is one gap, however many of its accounts refuse
		var mu sync.Mutex
		var work errgroup.Group
		work.SetLimit(atOnce)
		for _, a := range accounts {
			work.Go(func() error {
				err := c.readKeysOf(ctx, n, a, out)
				mu.Lock()
				defer mu.Unlock()
				first = cmp.Or(first, c.refused(listKeys, n.title(), err))
				return nil
			})
		}
		_ = work.Wait() // no function returns an error
		return first
	})
}

func (c *cloud) readKeysOf(ctx context.Context, n *node, a serviceAccount, out *sdk.Output) error {
	query := url.Values{"keyTypes": {"USER_MANAGED"}}
	where := "/v1/" + a.Name + "/keys"
	err := c.list(ctx, iamAPI, where, "keys", "", query, func(item json.RawMessage) error {
		var k struct {
			Name     string `json:"name"`
			Type     string `json:"keyType"`
			From     string `json:"validAfterTime"`
			Disabled bool   `json:"disabled"`
		}
		if google.Decode(item, &k) != nil || k.Name == "" {
			return nameless(out, n, "key")
		}
		if k.Type == "SYSTEM_MANAGED" {
			return nil
		}
		return out.PutOrGap(k.Name, kind.Automation{
			ExternalID: k.Name, Name: path.Base(k.Name), Type: "serviceAccountKey", Enabled: kind.TriOf(!k.Disabled), Owner: a.Email,
			CreatedAt: kind.TimeFrom(k.From), Vendor: google.Document(item, nil, nil),
		})
	})
	if err != nil && sdk.AsError(err).UpstreamStatus == 404 {
		return nil // deleted since the accounts were listed, and its keys with it
	}
	return err
}
