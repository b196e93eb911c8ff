package sdk_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// call runs one call of a client inside a real run and returns how it ended.
func call(t *testing.T, options sdk.HTTPOptions, in sdktest.Input, f func(context.Context, *sdk.Client) error) (*sdktest.Bench,
	*sdktest.Outcome) {
	t.Helper()
	b := sdktest.NewBench(t, connector(func(ctx context.Context, s *sdk.Session, _ *sdk.Output) error {
		options.SecretHeader = map[string]sdk.Secret{"X-Api-Key": s.Secret("token")}
		c, err := s.HTTP(options)
		if err != nil {
			return err
		}
		return f(ctx, c)
	}))
	return b, b.Sync(t, in)
}

func getItems(ctx context.Context, c *sdk.Client) error {
	var into struct {
		Items []int `json:"items"`
	}
	if _, err := c.GetJSON(ctx, "/items", url.Values{"page": {"1"}}, &into); err != nil {
		return err
	}
	if len(into.Items) != 3 {
		return errors.New("not the three items")
	}
	return nil
}

func items(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"items":[1,2,3],"padding":"` + strings.Repeat("x", 200) + `"}`))
}

func repeat(n int, f sdktest.Fault) []sdktest.Fault {
	f.Times = n
	return []sdktest.Fault{f}
}

// TestAddressNamesItsSetting checks that a wrong address leads a person to the setting that it is from.
func TestAddressNamesItsSetting(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"", "/base_url"} {
		options := sdk.HTTPOptions{BaseURL: "http://api.example.com", Setting: setting}
		_, out := call(t, options, input(), getItems)
		e := out.Streams["users"].Err
		if e == nil || e.Code != sdk.CodeConfigInvalid || e.ConfigPath != setting ||
			setting != "" && e.Remedy != `Correct the setting "base_url".` {
			t.Errorf("the address of the setting %q is refused with %+v", setting, e)
		}
	}
}

func TestClientFaults(t *testing.T) {
	t.Parallel()
	date := time.Now().Add(25 * time.Second).UTC().Format(http.TimeFormat)
	tests := map[string]struct {
		faults   []sdktest.Fault
		code     string // "" = succeeds
		requests int
		waits    int
		longest  time.Duration // an upper bound of the longest wait
		shortest time.Duration // a lower bound of the longest wait
	}{
		"fine":                {requests: 1},
		"500 twice then fine": {faults: repeat(2, sdktest.Fault{Status: 500}), requests: 3, waits: 2, longest: 2 * time.Second},
		"500 for ever": {faults: repeat(0, sdktest.Fault{Status: 503}), code: "upstream.5xx", requests: 3, waits: 2,
			longest: 2 * time.Second},
		"401 is not retried": {faults: repeat(0, sdktest.Fault{Status: 401}), code: "auth.invalid", requests: 1},
		"403 is not retried": {faults: repeat(0, sdktest.Fault{Status: 403}), code: "permission.missing", requests: 1},
		"404 is not retried": {faults: repeat(0, sdktest.Fault{Status: 404}), code: "notfound.endpoint", requests: 1},
		"400 is not retried": {faults: repeat(0, sdktest.Fault{Status: 400}), code: "upstream.invalid_response", requests: 1},
		"429 with seconds": {faults: repeat(1, sdktest.Fault{Status: 429, Header: map[string]string{"Retry-After": "7"}}), requests: 2,
			waits: 1, longest: 7 * time.Second, shortest: 7 * time.Second},
		"429 with a date": {faults: repeat(1, sdktest.Fault{Status: 429, Header: map[string]string{"Retry-After": date}}), requests: 2,
			waits: 1, longest: 25 * time.Second, shortest: time.Second},
		"429 with zero": {faults: repeat(1, sdktest.Fault{Status: 429, Header: map[string]string{"Retry-After": "0"}}), requests: 2,
			waits: 1, longest: 2 * time.Second},
		"429 without a header": {faults: repeat(3, sdktest.Fault{Status: 429}), requests: 4, waits: 3, longest: 5 * time.Second},
		"429 with a year": {faults: repeat(1, sdktest.Fault{Status: 429, Header: map[string]string{"Retry-After": "31536000"}}),
			code: "rate.limited", requests: 1},
		"429 past the deadline": {faults: repeat(1, sdktest.Fault{Status: 429, Header: map[string]string{"Retry-After": "120"}}),
			code: "rate.limited", requests: 1},
		"429 for ever": {faults: repeat(0, sdktest.Fault{Status: 429, Header: map[string]string{"Retry-After": "1"}}),
			code: "rate.limited", requests: 8, waits: 7, longest: time.Second},
		"a web page":     {faults: repeat(0, sdktest.HTML()), code: "upstream.invalid_response", requests: 1},
		"cut short once": {faults: repeat(1, sdktest.Fault{Break: true}), requests: 2, waits: 1, longest: time.Second},
		"cut short for ever": {faults: repeat(0, sdktest.Fault{Break: true}), code: "upstream.invalid_response", requests: 2, waits: 1,
			longest: time.Second},
		"garbled": {faults: repeat(0, sdktest.Fault{Status: 200, Body: `{"items":`}), code: "upstream.invalid_response",
			requests: 2, waits: 1, longest: time.Second},
		"another shape": {faults: repeat(0, sdktest.Fault{Status: 200, Body: `{"items":"none"}`}), code: "upstream.invalid_response",
			requests: 1},
		"empty": {faults: repeat(0, sdktest.Fault{Status: 200}), code: "upstream.invalid_response", requests: 2, waits: 1,
			longest: time.Second},
		"reset for ever": {faults: repeat(0, sdktest.Fault{Reset: true}), code: "network.connect", requests: 3, waits: 2,
			longest: 2 * time.Second},
		"no answer": {faults: repeat(0, sdktest.Fault{Stall: true}), code: "network.timeout", requests: 3, waits: 2,
			longest: 2 * time.Second},
		"redirect to another host": {faults: repeat(0,
			sdktest.Fault{Status: 302, Header: map[string]string{"Location": "https://elsewhere.example.com/"}}), code: "upstream.invalid_response",
			requests: 1},
		"redirect round in circles": {faults: repeat(0, sdktest.Fault{Status: 302, Header: map[string]string{"Location": "/items"}}),
			code: "upstream.invalid_response", requests: 5},
		"nothing left until a reset": {faults: repeat(1,
			sdktest.Fault{Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9"}}), requests: 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := sdktest.NewVendor(t, http.HandlerFunc(items))
			vendor.Fail(tt.faults...)
			b, out := call(t, sdk.HTTPOptions{BaseURL: vendor.URL, Timeout: time.Second}, input(), getItems)
			s := out.Streams["users"]
			code := ""
			if s.Err != nil {
				code = s.Err.Code
				if s.Err.Remedy == "" || s.Err.Fault == "" || s.Err.Retry == "" {
					t.Errorf("the error says too little: %+v", s.Err)
				}
			}
			if code != tt.code || (tt.code == "") != (s.Result == "complete") {
				t.Fatalf("ended %s with %q (%v), want %q", s.Result, code, s.Err, tt.code)
			}
			if n := len(vendor.Requests()); n != tt.requests {
				t.Errorf("sent %d requests, want %d", n, tt.requests)
			}
			var longest time.Duration
			for _, w := range b.Waits() {
				longest = max(longest, w)
			}
			if len(b.Waits()) != tt.waits || longest > tt.longest || longest < tt.shortest {
				t.Errorf("waited %v, want %d waits, the longest from %s to %s", b.Waits(), tt.waits, tt.shortest, tt.longest)
			}
			if len(out.Throttles) != tt.waits {
				t.Errorf("told the host of %d waits, want %d", len(out.Throttles), tt.waits)
			}
		})
	}
}

func TestClientNamesThePermission(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, http.HandlerFunc(items))
	vendor.Fail(sdktest.Fault{Status: 403, Header: map[string]string{"X-Request-Id": "req-9"}, Times: 1})
	_, out := call(t, sdk.HTTPOptions{BaseURL: vendor.URL}, input(), getItems)
	e := out.Streams["users"].Err
	if e == nil || len(e.Permissions) != 1 || e.Permissions[0] != "users.read" || !strings.Contains(e.Remedy, "users.read") {
		t.Fatalf("error %+v, want permission users.read named", e)
	}
	if e.UpstreamStatus != 403 || e.RequestID != "req-9" {
		t.Errorf("status %d, request id %q; want 403, req-9", e.UpstreamStatus, e.RequestID)
	}
}

func TestClientRateLimitSaysWhen(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, http.HandlerFunc(items))
	vendor.Fail(sdktest.Fault{Status: 429, Header: map[string]string{"Retry-After": "600"}, Times: 1})
	_, out := call(t, sdk.HTTPOptions{BaseURL: vendor.URL}, input(), getItems)
	if e := out.Streams["users"].Err; e == nil || e.RetryAfter != 10*time.Minute {
		t.Errorf("error %+v, want to come back after 10 minutes", e)
	}
}

func TestClientWaitsNoLongerThanAllowed(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, http.HandlerFunc(items))
	vendor.Fail(sdktest.Fault{Status: 429, Header: map[string]string{"Retry-After": "10"}, Times: 1})
	b, out := call(t, sdk.HTTPOptions{BaseURL: vendor.URL, MaxWait: 5 * time.Second}, input(), getItems)
	if e := out.Streams["users"].Err; e == nil || e.Code != sdk.CodeRateLimited || len(b.Waits()) != 0 {
		t.Errorf("ended with %v after waiting %v, want rate.limited at once", e, b.Waits())
	}
}

func TestWhenALimitIsLifted(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	var nothing time.Time
	for text, want := range map[string]time.Time{
		"3": now.Add(3 * time.Second), "0.5": now.Add(500 * time.Millisecond), "0": now,
		strconv.FormatInt(now.Unix()+60, 10): now.Add(time.Minute), strconv.FormatInt(now.UnixMilli()+60_000, 10): now.Add(time.Minute),
		strconv.FormatInt(now.Unix()-60, 10): now,
		"-1":                                 nothing, "NaN": nothing, "inf": nothing, "1e99": nothing, "99999999": nothing, "soon": nothing,
		"": nothing,
	} {
		got := sdk.ResetTime(text, now)
		if got.IsZero() != want.IsZero() || got.Sub(want).Abs() > time.Millisecond {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestClientHeaderLimit(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, http.HandlerFunc(items))
	vendor.Fail(sdktest.Fault{Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"}, Times: 1})
	b, out := call(t, sdk.HTTPOptions{BaseURL: vendor.URL}, input(), func(ctx context.Context, c *sdk.Client) error {
		return errors.Join(getItems(ctx, c), getItems(ctx, c))
	})
	if out.Streams["users"].Result != "complete" {
		t.Fatalf("ended %s: %v", out.Streams["users"].Result, out.Streams["users"].Err)
	}
	if w := b.Waits(); len(w) != 1 || w[0] < 20*time.Second || w[0] > 30*time.Second {
		t.Errorf("waited %v, want once about 30 s", w)
	}
	if len(out.Throttles) != 1 || out.Throttles[0].GetSource() != "header" {
		t.Errorf("throttles %v, want one from a header", out.Throttles)
	}
}

func TestClientRefusesWhatCouldWrite(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, http.HandlerFunc(items))
	options := sdk.HTTPOptions{BaseURL: vendor.URL, QueryEndpoint: []string{"/graphql"}}
	tests := map[string]struct {
		f    func(context.Context, *sdk.Client) error
		code string
	}{
		"delete": {func(ctx context.Context, c *sdk.Client) error {
			_, err := c.Do(ctx, "DELETE", "/items", nil)
			return err
		}, "internal.bug"},
		"post": {func(ctx context.Context, c *sdk.Client) error { _, err := c.Query(ctx, "/items", 1, nil); return err }, "internal.bug"},
		"query": {func(ctx context.Context, c *sdk.Client) error {
			_, err := c.Query(ctx, "/graphql", 1, new(any))
			return err
		}, ""},
		"head": {func(ctx context.Context, c *sdk.Client) error { _, err := c.Do(ctx, "HEAD", "/items", nil); return err }, ""},
		"next page on another host": {func(ctx context.Context, c *sdk.Client) error {
			_, err := c.Get(ctx, "https://elsewhere.example.com/items", nil)
			return err
		}, "upstream.invalid_response"},
		"next page on this host": {func(ctx context.Context, c *sdk.Client) error {
			_, err := c.Get(ctx, vendor.URL+"/items?page=2", nil)
			return err
		}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, out := call(t, options, input(), tt.f)
			code := ""
			if e := out.Streams["users"].Err; e != nil {
				code = e.Code
			}
			if code != tt.code {
				t.Errorf("ended with %q (%v), want %q", code, out.Streams["users"].Err, tt.code)
			}
		})
	}
}

func TestClientBoundsTheAnswer(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, http.HandlerFunc(items))
	_, out := call(t, sdk.HTTPOptions{BaseURL: vendor.URL, MaxBody: 64}, input(), getItems)
	if e := out.Streams["users"].Err; e == nil || e.Code != sdk.CodeUpstreamInvalidResponse {
		t.Errorf("ended with %v, want upstream.invalid_response", e)
	}
}

func TestClientWantsTLS(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(http.HandlerFunc(items))
	t.Cleanup(secure.Close)
	tests := map[string]struct{ base, code string }{
		"http elsewhere":          {"http://api.example.com", "config.invalid"},
		"no address":              {"nonsense", "config.invalid"},
		"password in the address": {"https://a:b@api.example.com", "config.invalid"},
		"unknown authority":       {secure.URL, "network.tls"},
		"no such name":            {"https://nowhere.invalid", "network.dns"},
		"nobody listens":          {"http://127.0.0.1:1", "network.connect"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, out := call(t, sdk.HTTPOptions{BaseURL: tt.base, Timeout: 5 * time.Second}, input(), getItems)
			e := out.Streams["users"].Err
			if e == nil || e.Code != tt.code {
				t.Fatalf("ended with %+v, want %s", e, tt.code)
			}
		})
	}
}

func TestClientLogsRequestsWithoutSecrets(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, http.HandlerFunc(items))
	_, out := call(t, sdk.HTTPOptions{BaseURL: vendor.URL}, input(), func(ctx context.Context, c *sdk.Client) error {
		_, err := c.Get(ctx, "/items", url.Values{"page": {"2"}, "access_token": {"visible?"}, "q": {secretValue}})
		return err
	})
	if len(out.Requests) != 1 {
		t.Fatalf("told of %d requests, want 1", len(out.Requests))
	}
	r := out.Requests[0]
	if r.GetMethod() != "GET" || r.GetStatus() != 200 || r.GetBytes() == 0 || !strings.Contains(r.GetUrl(), "page=2") {
		t.Errorf("request line %v, want GET, 200, its bytes and the page", r)
	}
	if strings.Contains(r.GetUrl(), "visible") || strings.Contains(r.GetUrl(), secretValue) {
		t.Errorf("request line shows a secret: %s", r.GetUrl())
	}
	if got := vendor.Requests()[0].Header.Get("X-Api-Key"); got != secretValue {
		t.Errorf("the vendor got the key %q, want the secret", got)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		pages [][2]string
		max   int
		ok    bool
	}{
		"different":       {pages: [][2]string{{"1", "a"}, {"2", "b"}}, ok: true},
		"repeated token":  {pages: [][2]string{{"x", "a"}, {"x", "b"}}},
		"repeated body":   {pages: [][2]string{{"1", "a"}, {"2", "a"}}},
		"beyond the last": {pages: [][2]string{{"1", "a"}, {"2", "b"}, {"3", "c"}}, max: 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			guard := sdk.Pages{Max: tt.max}
			var err error
			for _, p := range tt.pages {
				err = errors.Join(err, guard.Saw(p[0], []byte(p[1])))
			}
			if (err == nil) != tt.ok {
				t.Errorf("got %v, want ok=%v", err, tt.ok)
			}
			if err != nil && sdk.AsError(err).Code != sdk.CodeUpstreamInvalidResponse {
				t.Errorf("code %s, want upstream.invalid_response", sdk.AsError(err).Code)
			}
		})
	}
}

func TestSecretIsMasked(t *testing.T) {
	t.Parallel()
	s := sdk.NewSecret(secretValue)
	raw, err := json.Marshal(map[string]any{"a": s, "b": &s})
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{string(raw), s.String(), s.GoString(), s.LogValue().String(), sprint("%v", s), sprint("%+v", s), sprint("%#v", s),
		sprint("%s", &s), sprint("%q", s), sprint("%x", s)}
	for _, text := range texts {
		if strings.Contains(text, secretValue) || strings.Contains(text, "68756e746572") {
			t.Errorf("shows the secret: %s", text)
		}
	}
	if s.Reveal() != secretValue {
		t.Error("Reveal does not give the value")
	}
}

func TestClientRefusesACredentialThatIsNone(t *testing.T) {
	t.Parallel()
	vendor := sdktest.NewVendor(t, http.HandlerFunc(items))
	options := sdk.HTTPOptions{BaseURL: vendor.URL}
	_, out := call(t, options, sdktest.Input{Secrets: map[string]string{"token": "first line\nsecond line"}}, getItems)
	got := out.Streams["users"]
	if got.Err == nil || got.Err.Code != sdk.CodeAuthInvalid || strings.Contains(got.Err.Message, "first line") {
		t.Fatalf("got %+v", got.Err)
	}
}
