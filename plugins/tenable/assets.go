package main

import (
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// chunkAssets is how many assets a chunk has. Tenable takes 100 to 10,000.
const chunkAssets = 1000

// readAssets exports the hosts. Without filters the export has all of them, also those that were deleted or terminated.
func readAssets(ctx context.Context, v *tenable, out *sdk.Output) error {
	nameless := 0
	e := export{
		tenable: v, what: "assets", start: "/assets/v2/export", path: "/assets/export",
		body: struct {
			Size int `json:"chunk_size"`
		}{chunkAssets},
		chunk: func(rows []json.RawMessage) error {
			for _, raw := range rows {
				device, gone, err := toDevice(raw)
				if err != nil {
					nameless++
					out.Gap("asset "+strconv.Itoa(nameless)+" that cannot be read", err)
					continue
				}
				if gone {
					continue
				}
				if err := out.PutOrGap(device.ExternalID, device); err != nil {
					return err
				}
			}
			return nil
		},
	}
	return e.read(ctx, out)
}

// toDevice returns an asset, and whether it was deleted or terminated.
func toDevice(raw json.RawMessage) (device kind.Device, gone bool, err error) {
	var a struct {
		ID      text  `json:"id"`
		Serial  text  `json:"serial_number"`
		Systems words `json:"operating_systems"`
		Network struct {
			Hostnames words `json:"hostnames"`
			FQDNs     words `json:"fqdns"`
			NetBIOS   words `json:"netbios_names"`
		} `json:"network"`
		Timestamps struct {
			LastSeen   text `json:"last_seen"`
			Deleted    text `json:"deleted_at"`
			Terminated text `json:"terminated_at"`
		} `json:"timestamps"`
	}
	if err := json.Unmarshal(raw, &a); err != nil {
		return device, false, sdk.Errorf(sdk.CodeSchemaUnexpected, "an asset is not as documented").Because(err)
	}
	if a.ID == "" {
		return device, false, sdk.Errorf(sdk.CodeSchemaKeyMissing, "an asset has no id")
	}
	return kind.Device{
		ExternalID: string(a.ID), Serial: string(a.Serial), OSName: string(a.Systems.first()),
		Hostname:   string(cmp.Or(a.Network.Hostnames.first(), a.Network.FQDNs.first(), a.Network.NetBIOS.first())),
		LastSeenAt: a.Timestamps.LastSeen.Time().CutTo(24 * time.Hour),
		Vendor: field.Omit(raw, "custom_attributes", "installed_software", "ratings", "scan", "sources", "tenable_agent_days_since_active",
			"timestamps", "network.ipv4s", "network.ipv6s", "network.network_interfaces", "network.open_ports"),
	}, a.Timestamps.Deleted != "" || a.Timestamps.Terminated != "", nil
}
