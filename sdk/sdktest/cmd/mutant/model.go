package main

import (
	"context"
	"net/http"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

// model is a small correct connector with the fault of one case; "" = none.
func model(fault string) *sdk.Connector {
	return &sdk.Connector{
		ID: "model", Name: "Model", Version: "1.2.3", Vendor: "Plumbline", License: "MIT",
		Summary:    "A small connector that does everything right.",
		Categories: []string{"custom"},
		ConfigSchema: []byte(`{
  "type": "object",
  "additionalProperties": false,
  "required": ["url", "token"],
  "properties": {
    "url": {"type": "string", "title": "Address", "format": "uri", "pattern": "^https?://"},
    "pages": {"type": "integer", "title": "Pages", "default": 1},
    "mode": {"type": "string", "title": "Mode", "enum": ["quick", "whole"]},
    "token": {"type": "string", "title": "Token", "writeOnly": true, "minLength": 1}
  }
}`),
		Guide:       "Connects the model. Takes about 1 minute.\n\n## Step 1: Nothing\nDo nothing.\n\n**Expected outcome:** Nothing happens.\n",
		Permissions: []sdk.Permission{{ID: "users.read", Reason: "Lists the users.", Streams: []string{"users"}}},
		MemoryMiB:   128,
		Network:     []sdk.NetworkHost{{Host: "{url}", Purpose: "The system"}},
		Check:       func(ctx context.Context, s *sdk.Session, r *sdk.Report) error { return check(ctx, fault, s, r) },
		Streams:     streams(fault),
	}
}

func check(ctx context.Context, fault string, s *sdk.Session, r *sdk.Report) error {
	a, err := (&reader{fault: fault}).api(s)
	if err != nil {
		return err
	}
	switch fault {
	case "V13": // ignores the end of its context
		_, _, _, err := a.once(context.Background(), http.MethodGet, "/me", nil)
		return err
	case "V14":
		_, _, _, err := a.once(ctx, http.MethodPut, "/me", nil)
		return err
	}
	users := sdk.Probe{ID: "users.read", Title: "Read users", Permission: "users.read"}
	err = r.Do(ctx, sdk.Probe{ID: "authenticate", Title: "Sign in"}, func(ctx context.Context) (string, error) {
		answer, err := a.client.Get(ctx, "/me", nil)
		if err != nil {
			return "", err
		}
		return "Signed in." + skew(answer.Header), nil
	})
	if err != nil {
		r.Skip(users, "Not tried: signing in failed.")
		return err
	}
	return r.Do(ctx, users, func(ctx context.Context) (string, error) {
		_, err := a.client.Get(ctx, "/users", nil)
		return "Granted.", err
	})
}

// skew returns a sentence when the system's clock is off.
func skew(header http.Header) string {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil || time.Since(date).Abs() < 2*time.Minute {
		return ""
	}
	return " The clock of this machine and the system's are minutes apart."
}
