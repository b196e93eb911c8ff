package sdktest

import (
	"context"
	"os"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/internal/clock"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const tombstoneStream = "findings"

// IsFake reports whether this process was started as a connector (by a host, or by hand with
// sdk.DevVariable) or by LeaveChild. TestMain of a test binary that a host starts must first call
// FakeMain if IsFake is true.
func IsFake() bool {
	h := sdk.Handshake()
	return os.Getenv(h.MagicCookieKey) == h.MagicCookieValue || os.Getenv(sdk.DevVariable) != "" || isChild()
}

// FakeMain serves the Fake connector and does not return.
func FakeMain() {
	Linger()
	sdk.Serve(Fake())
}

// Fake is a connector that its settings control, see Script. Its streams are users and groups (account,
// snapshot), devices (device, snapshot), and findings (finding, tombstone, incremental). The secret
// "token" is optional.
func Fake() *sdk.Connector {
	return &sdk.Connector{
		ID: "fake", Name: "Fake", Version: "1.0.0", Vendor: "Plumbline", License: "MIT",
		Summary:      "Does what its settings say, for tests of the host.",
		Homepage:     "https://example.com/fake",
		Categories:   []string{"custom"},
		ConfigSchema: []byte(fakeSchema),
		Guide:        fakeGuide,
		Permissions: []sdk.Permission{
			{ID: "users.read", Reason: "Lists the users.", Streams: []string{"users", "groups"}},
			{ID: "devices.read", Reason: "Lists the devices.", Streams: []string{"devices"}, Optional: true},
		},
		Network:   []sdk.NetworkHost{{Host: "fake.example.com", Purpose: "Nothing: it is never called"}},
		MemoryMiB: 64,
		Connect:   fakeConnect,
		Check:     fakeCheck,
		Streams: []sdk.Stream{
			{Name: "users", Title: "Users", Kind: kind.KindAccount, Permissions: []string{"users.read"}, Read: readScripted("users")},
			{Name: "groups", Title: "Groups", Kind: kind.KindAccount, Permissions: []string{"users.read"}, Read: readScripted("groups")},
			{Name: "devices", Title: "Devices", Kind: kind.KindDevice, Permissions: []string{"devices.read"}, Read: readScripted("devices")},
			{
				Name: tombstoneStream, Title: "Findings", Kind: kind.KindFinding, Deletes: sdk.Tombstone, Incremental: true,
				Read: readScripted(tombstoneStream),
			},
		},
	}
}

func fakeConnect(ctx context.Context, s *sdk.Session) error {
	var script Script
	if err := s.Settings(&script); err != nil {
		return err
	}
	_, err := script.Connect.run(ctx)
	return err
}

func fakeCheck(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	var script Script
	if err := s.Settings(&script); err != nil {
		return err
	}
	err := r.Do(ctx, sdk.Probe{ID: "authenticate", Title: "Sign in"}, func(ctx context.Context) (string, error) {
		identity, err := script.Check.run(ctx)
		r.Identity(identity)
		return "Signed in.", err
	})
	users := sdk.Probe{ID: "users.read", Title: "Read users", Permission: "users.read"}
	if err != nil {
		r.Skip(users, "Not tried: signing in failed.")
		return err
	}
	return r.Do(ctx, users, func(context.Context) (string, error) { return "Granted.", nil })
}

// run plays a step of the script; a nil step does nothing.
func (s *ScriptStep) run(ctx context.Context) (identity string, err error) {
	if s == nil {
		return "", nil
	}
	if s.Delay > 0 {
		if err := clock.Sleep(ctx, time.Duration(s.Delay)*time.Millisecond); err != nil {
			return "", err
		}
	}
	if s.Hang {
		select {}
	}
	if s.Error != "" {
		return "", sdk.Errorf(s.Error, "scripted %s while signing in", s.Error)
	}
	return s.Say, nil
}

const fakeSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "streams": {"type": "array", "title": "Streams", "items": {
      "type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}
    }},
    "connect": {"type": "object", "title": "Sign-in"},
    "check": {"type": "object", "title": "Check"},
    "token": {"type": "string", "title": "Token", "writeOnly": true}
  }
}`

const fakeGuide = `Connects a system that does not exist. Takes about 1 minute.

## Before you start
- Nothing is needed.

## Step 1: Write a script
Write the script into the settings.

**Expected outcome:** The connection is saved.

## Notes
- Nothing leaves this machine.
`
