package main

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/google"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Kept out of the records: what changes by itself, what is large, and what is private.
var (
	chromeOmits = []string{
		"etag", "lastSync", "recentUsers", "activeTimeRanges", "cpuStatusReports", "cpuInfo", "diskVolumeReports", "diskSpaceUsage",
		"systemRamFreeReports", "lastKnownNetwork", "screenshotFiles", "deviceFiles", "backlightInfo", "fanInfo", "osUpdateStatus",
		"bluetoothAdapterInfo",
	}
	mobileOmits = []string{"etag", "lastSync", "applications", "otherAccountsInfo"}
)

// readChromeList sends every ChromeOS device that the organization manages. A deprovisioned one is managed no longer.
func readChromeList(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	query := url.Values{"maxResults": {"200"}, "projection": {"FULL"}}
	return readDevices(ctx, s, out, readChrome, "chromeos", "chromeosdevices", query, toChrome)
}

// readMobileList sends every managed phone and tablet.
func readMobileList(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	query := url.Values{"maxResults": {"100"}, "projection": {"FULL"}}
	return readDevices(ctx, s, out, readMobile, "mobile", "mobiledevices", query, toMobile)
}

// readDevices sends the devices of a list. A device for which convert returns nil is left out.
func readDevices(ctx context.Context, s *sdk.Session, out *sdk.Output, scope, path, member string, query url.Values,
	convert func(json.RawMessage) (*kind.Device, error),
) error {
	d, err := open(s)
	if err != nil {
		return err
	}
	nameless := 0
	list := d.list(scope, "/customer/my_customer/devices/"+path, query, member, member)
	return list.Each(ctx, func(item json.RawMessage) error {
		device, err := convert(item)
		switch {
		case err != nil:
			nameless++
			out.Gap("device "+strconv.Itoa(nameless)+" without an id", err)
			return nil
		case device == nil:
			return nil
		}
		return out.PutOrGap(device.ExternalID, *device)
	})
}

func toChrome(item json.RawMessage) (*kind.Device, error) {
	var c struct {
		ID        string `json:"deviceId"`
		Serial    string `json:"serialNumber"`
		Status    string `json:"status"`
		Model     string `json:"model"`
		OSVersion string `json:"osVersion"`
		Annotated string `json:"annotatedUser"`
		LastSync  string `json:"lastSync"`
		Recent    []struct {
			Email string `json:"email"`
		} `json:"recentUsers"`
	}
	if err := google.Decode(item, &c); err != nil || c.ID == "" {
		return nil, sdk.Errorf(sdk.CodeSchemaKeyMissing, "a device has no id")
	}
	if strings.EqualFold(c.Status, "DEPROVISIONED") {
		return nil, nil
	}
	owner := c.Annotated
	if !strings.Contains(owner, "@") {
		owner = ""
		if len(c.Recent) > 0 {
			owner = c.Recent[0].Email
		}
	}
	return &kind.Device{
		ExternalID: c.ID, Serial: c.Serial, Model: c.Model, OSName: "ChromeOS", OSVersion: c.OSVersion, OwnerEmail: owner,
		LastSeenAt: moment(c.LastSync).CutTo(24 * time.Hour), Vendor: google.Document(item, chromeOmits, nil),
	}, nil
}

func toMobile(item json.RawMessage) (*kind.Device, error) {
	var m struct {
		ID           string   `json:"resourceId"`
		Serial       string   `json:"serialNumber"`
		Model        string   `json:"model"`
		Manufacturer string   `json:"manufacturer"`
		OS           string   `json:"os"`
		Kernel       string   `json:"kernelVersion"`
		Email        []string `json:"email"`
		Encryption   string   `json:"encryptionStatus"`
		Password     string   `json:"devicePasswordStatus"`
		LastSync     string   `json:"lastSync"`
	}
	if err := google.Decode(item, &m); err != nil || m.ID == "" {
		return nil, sdk.Errorf(sdk.CodeSchemaKeyMissing, "a device has no id")
	}
	device := &kind.Device{
		ExternalID: m.ID, Serial: m.Serial, Model: m.Model, Manufacturer: m.Manufacturer, Kernel: m.Kernel,
		DiskEncryption: judged(m.Encryption, "ENCRYPTED", "NOT_ENCRYPTED"),
		ScreenLock:     judged(m.Password, "PASSWORD_SET", "PASSWORD_NOT_SET"),
		LastSeenAt:     moment(m.LastSync).CutTo(24 * time.Hour), Vendor: google.Document(item, mobileOmits, nil),
	}
	device.OSName, device.OSVersion = system(m.OS)
	if len(m.Email) > 0 {
		device.OwnerEmail = m.Email[0]
	}
	return device, nil
}

// judged returns yes or no for one of two words, and unknown for every other one. Google documents none of them.
func judged(word, yes, no string) kind.Tri {
	switch strings.ReplaceAll(strings.ToUpper(strings.TrimSpace(word)), " ", "_") {
	case yes:
		return kind.Yes
	case no:
		return kind.No
	}
	return kind.Unknown
}

// system splits a text such as "IOS 17.1" into the system and its version.
func system(text string) (name, version string) {
	name, version, _ = strings.Cut(strings.TrimSpace(text), " ")
	return name, version
}
