package main

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const vaultsVersion = "2023-07-01"

func readVaults(ctx context.Context, a *azure, out *sdk.Output) error {
	return a.each(ctx, out, "key vaults", func(ctx context.Context, s subscription) error {
		return a.list(ctx, s.path()+"/providers/Microsoft.KeyVault/vaults", vaultsVersion, func(raw json.RawMessage) error {
			var vault struct {
				base
				Properties struct {
					PublicNetworkAccess text    `json:"publicNetworkAccess"`
					NetworkACLs         *access `json:"networkAcls"`
				} `json:"properties"`
			}
			if err := read(raw, "key vault", &vault); err != nil {
				out.Gap("a key vault of subscription "+s.label(), err)
				return nil
			}
			resource := vault.resource(s, raw)
			p := vault.Properties
			switch {
			case isClosed(p.PublicNetworkAccess), p.NetworkACLs != nil && strings.EqualFold(string(p.NetworkACLs.DefaultAction), "Deny"):
				resource.Public = kind.No
			case enabled(p.PublicNetworkAccess) == kind.Yes && p.NetworkACLs != nil && p.NetworkACLs.DefaultAction == "Allow":
				resource.Public = kind.Yes
			}
			return out.PutOrGap(resource.ExternalID, resource)
		})
	})
}
