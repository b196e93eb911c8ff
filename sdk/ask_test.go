package sdk_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestAskSendsWhatItHolds(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body string
	vendor := sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got, body = r, string(raw)
		items(w, r)
	}))
	_, out := call(t, sdk.HTTPOptions{BaseURL: vendor.URL + "/v1"}, input(), func(ctx context.Context, c *sdk.Client) error {
		_, err := c.Ask(ctx, sdk.Ask{
			Method: "POST", Path: "/search", Reads: true, JSON: true, Query: url.Values{"a": {"1", "2"}}, Header: map[string]string{"X-Plain": "p"},
			SecretHeader: map[string]sdk.Secret{"X-Session": sdk.NewSecret("s3cr3t-session")},
			SecretQuery:  map[string]sdk.Secret{"api": sdk.NewSecret("s3cr3t-query")},
			Body:         []byte(`{"q":1}`), ContentType: "application/json",
		})
		return err
	})
	if err := out.Streams["users"].Err; err != nil || got == nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]string{
		"method": {got.Method, "POST"}, "address": {got.URL.String(), "/v1/search?a=1&a=2&api=s3cr3t-query"}, "body": {body, `{"q":1}`},
		"plain header": {got.Header.Get("X-Plain"), "p"}, "secret header": {got.Header.Get("X-Session"), "s3cr3t-session"},
		"type": {got.Header.Get("Content-Type"), "application/json"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", name, pair[0], pair[1])
		}
	}
}

func TestAskRefusesWhatMayWrite(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, http.HandlerFunc(items))
	for _, a := range []sdk.Ask{{Method: "POST", Path: "/items"}, {Method: "DELETE", Path: "/items", Reads: true},
		{Method: "PUT", Path: "/items", Reads: true}} {
		_, out := call(t, sdk.HTTPOptions{BaseURL: vendor.URL}, input(), func(ctx context.Context, c *sdk.Client) error {
			_, err := c.Ask(ctx, a)
			return err
		})
		if err := out.Streams["users"].Err; err == nil || err.Code != sdk.CodeInternalBug || len(vendor.Requests()) > 0 {
			t.Errorf("%s: %v, %d requests", a.Method, err, len(vendor.Requests()))
		}
	}
}

// TestAnAskJudgesItsAnswers has an answer with a success status that says that it failed
// be waited for, and one with a refusal be used.
func TestAnAskJudgesItsAnswers(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, http.HandlerFunc(items))
	vendor.Fail(sdktest.Fault{Times: 1, Status: 200, Header: map[string]string{"Content-Type": "application/json"}, Body: `{"ok":false}`},
		sdktest.Fault{Times: 1, Status: 404})
	b, out := call(t, sdk.HTTPOptions{BaseURL: vendor.URL}, input(), func(ctx context.Context, c *sdk.Client) error {
		judge := func(got *sdk.Response, err error) error {
			if strings.Contains(string(got.Body), `"ok":false`) {
				limited := sdk.Errorf(sdk.CodeRateLimited, "later")
				limited.RetryAfter = 7 * time.Second
				return limited
			}
			if got.Status == 404 {
				return nil
			}
			return err
		}
		got, err := c.Ask(ctx, sdk.Ask{Path: "/items", JSON: true, Judge: judge})
		if err == nil && got.Status != 404 {
			t.Errorf("status %d", got.Status)
		}
		return err
	})
	if err := out.Streams["users"].Err; err != nil || len(b.Waits()) != 1 || b.Waits()[0] != 7*time.Second {
		t.Errorf("%v, waits %v", err, b.Waits())
	}
}

// TestAConcealedSecretIsNeverShown covers a token that came in the run: in errors, in the
// log, and in the addresses of requests.
func TestAConcealedSecretIsNeverShown(t *testing.T) {
	t.Parallel()
	const token = "t0ken-of-this-run"
	vendor := sdktest.NewVendor(t, http.HandlerFunc(items))
	c := connector(func(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
		s.Conceal(sdk.NewSecret("another-token"))
		s.Conceal(sdk.NewSecret(token))
		s.Log().Info("got " + token + " and another-token")
		client, err := s.HTTP(sdk.HTTPOptions{BaseURL: vendor.URL})
		if err != nil {
			return err
		}
		if _, err := client.Ask(ctx, sdk.Ask{Path: "/items", SecretQuery: map[string]sdk.Secret{"x": sdk.NewSecret(token)}}); err != nil {
			return err
		}
		if err := out.Checkpoint(map[string]string{"at": token}); err == nil {
			t.Error("a cursor with the token was taken")
		}
		return sdk.Errorf(sdk.CodeInternalBug, "the answer to %s and %s", token, s.Secret("token").Reveal())
	})
	out := sdktest.NewBench(t, c).Sync(t, input())
	said, err := json.Marshal([]any{out.Logs, out.Requests, out.Streams["users"].Err})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{token, "another-token", secretValue} {
		if strings.Contains(string(said), secret) {
			t.Errorf("%s is shown: %s", secret, said)
		}
	}
	if len(out.Requests) != 1 || out.Streams["users"].Err == nil {
		t.Errorf("%d requests, %v", len(out.Requests), out.Streams["users"].Err)
	}
}

func TestWaitFor(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"30": 30 * time.Second, " 1.5 ": 1500 * time.Millisecond, "1772366460": time.Minute, "1772366460000": time.Minute,
		"2026-03-01T12:02:00Z": 2 * time.Minute, "Sun, 01 Mar 2026 12:00:10 GMT": 10 * time.Second,
		"": 0, "soon": 0, "-5": 0, "2026-03-01T11:00:00Z": 0,
	} {
		if got := sdk.WaitFor(text, now); got.Round(time.Millisecond) != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
