package main

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const storageVersion = "2023-05-01"

// storageAccount is a storage account. Only these properties have a meaning for the record.
type storageAccount struct {
	base
	Kind       text `json:"kind"`
	Properties struct {
		CreationTime          text   `json:"creationTime"`
		AllowBlobPublicAccess *bool  `json:"allowBlobPublicAccess"`
		PublicNetworkAccess   text   `json:"publicNetworkAccess"`
		NetworkACLs           access `json:"networkAcls"`
		Encryption            struct {
			Services map[string]struct {
				Enabled *bool `json:"enabled"`
			} `json:"services"`
		} `json:"encryption"`
	} `json:"properties"`
}

// access are the network rules of a resource.
type access struct {
	DefaultAction text `json:"defaultAction"`
}

func readStorage(ctx context.Context, a *azure, out *sdk.Output) error {
	return a.each(ctx, out, "storage accounts", func(ctx context.Context, s subscription) error {
		rows, err := a.rows(ctx, s.path()+"/providers/Microsoft.Storage/storageAccounts", storageVersion)
		if err != nil {
			return err
		}
		return items(ctx, rows, func(ctx context.Context, raw json.RawMessage) error {
			var account storageAccount
			if err := read(raw, "storage account", &account); err != nil {
				out.Gap("a storage account of subscription "+s.label(), err)
				return nil
			}
			resource := account.resource(s, raw)
			resource.Encrypted, resource.CreatedAt = account.encrypted(), account.Properties.CreationTime.Time().CutTo(time.Second)
			public, err := a.public(ctx, out, account)
			if err != nil {
				return err
			}
			resource.Public = public
			return out.PutOrGap(resource.ExternalID, resource)
		})
	})
}

// encrypted returns yes if every service that the account lists is encrypted.
func (s *storageAccount) encrypted() kind.Tri {
	all := kind.Unknown
	for _, service := range s.Properties.Encryption.Services {
		switch {
		case service.Enabled == nil:
		case !*service.Enabled:
			return kind.No
		default:
			all = kind.Yes
		}
	}
	return all
}

// public returns whether everybody on the internet can read something in the account without a credential: the account
// allows it, its network is open, and a container of blobs uses it.
func (a *azure) public(ctx context.Context, out *sdk.Output, account storageAccount) (kind.Tri, error) {
	p := account.Properties
	allowed := p.AllowBlobPublicAccess
	switch {
	case allowed != nil && !*allowed, account.Kind == "FileStorage":
		return kind.No, nil
	case isClosed(p.PublicNetworkAccess), strings.EqualFold(string(p.NetworkACLs.DefaultAction), "Deny"):
		return kind.No, nil
	}
	shared, known := false, true
	err := a.list(ctx, string(account.ID)+"/blobServices/default/containers", storageVersion, func(raw json.RawMessage) error {
		var container struct {
			Properties struct {
				PublicAccess text `json:"publicAccess"`
			} `json:"properties"`
		}
		if err := json.Unmarshal(raw, &container); err != nil {
			return sdk.Errorf(sdk.CodeSchemaUnexpected, "a container is not as documented").Because(err)
		}
		switch container.Properties.PublicAccess {
		case "Blob", "Container":
			shared = true
		case "None":
		default:
			known = false
		}
		return nil
	})
	found, err := settle(out, "containers of storage account "+string(account.Name), err)
	switch {
	case err != nil || !found:
		return kind.Unknown, err
	case !shared && known:
		return kind.No, nil
	case shared && allowed != nil:
		return kind.Yes, nil
	}
	return kind.Unknown, nil // an old account that does not say whether it allows public containers
}

// isClosed reports whether a resource takes no requests from the internet.
func isClosed(publicNetworkAccess text) bool {
	return strings.EqualFold(string(publicNetworkAccess), "Disabled") || strings.EqualFold(string(publicNetworkAccess), "SecuredByPerimeter")
}
