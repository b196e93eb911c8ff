package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// head is a description before its auth and its streams.
const head = `plumbline: 1
id: acme
name: Acme
version: 0.1.0
vendor: Acme
summary: Reads Acme.
categories: [custom]
settings:
  - {name: base_url, title: Address}
  - {name: other_url, title: Another address, optional: true}
  - {name: way, title: Way, optional: true, choices: [plain, granted]}
  - {name: start, title: Start, optional: true}
  - {name: client, title: Client, optional: true}
  - {name: token, title: Token, secret: true, optional: true}
  - {name: key, title: Key, secret: true, optional: true}
permissions:
  - {id: users.read, reason: Lists users.}
  - {id: factors.read, reason: Lists factors., optional: true}
network:
  - {host: "{base_url}", purpose: The API}
  - {host: "{other_url}", purpose: Another one}
base_url: "{{ settings.base_url }}"
guide: |
  Reads Acme. Takes about 1 minute.

  ## Step 1: Make a token

  Make one.

  **Expected outcome:** You hold a token.
`

// facts are the keys of a stream that most tests do not care about.
const facts = `
    key: item.id
    fields: {external_id: item.id, type: '"human"', status: '"active"', name: 'item.?name', mfa: 'item.?mfa'}
`

// oneStream is a stream called users with further keys.
func oneStream(keys string) string {
	return "streams:\n  - name: users\n    title: Users\n    kind: account\n    permissions: [users.read]\n    " +
		strings.ReplaceAll(strings.TrimSpace(keys), "\n", "\n    ") + facts
}

// connectorOf returns the connector of the head and what follows it.
func connectorOf(t *testing.T, rest string) *sdk.Connector {
	t.Helper()
	c, err := parse(strings.NewReader(head + rest))
	if err != nil {
		t.Fatalf("%v\n%s", err, rest)
	}
	return c
}

// asked is a request that a test's vendor got.
type asked struct {
	Method, Path, Body string
	Query              map[string][]string
	Header             http.Header
	JSON               map[string]any
}

// vendorOf starts a system that answers each request with what answer returns: a string
// is sent as it is, anything else as JSON.
func vendorOf(t *testing.T, answer func(q asked, w http.ResponseWriter) any) *sdktest.Vendor {
	t.Helper()
	return sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		q := asked{Method: r.Method, Path: r.URL.Path, Body: string(raw), Query: r.URL.Query(), Header: r.Header}
		_ = json.Unmarshal(raw, &q.JSON)
		body := &capture{ResponseWriter: w}
		content := answer(q, body)
		if text, ok := content.(string); ok {
			_, _ = io.WriteString(body, text)
			return
		}
		if w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", "application/json")
		}
		encoded, _ := json.Marshal(content)
		_, _ = body.Write(encoded)
	}))
}

// capture sends the status that an answer set only with the body, so that headers may
// follow it.
type capture struct {
	http.ResponseWriter
	status int
}

func (c *capture) WriteHeader(status int) { c.status = status }

func (c *capture) Write(body []byte) (int, error) {
	if c.status != 0 {
		c.ResponseWriter.WriteHeader(c.status)
		c.status = 0
	}
	return c.ResponseWriter.Write(body)
}

func given(url string) sdktest.Input {
	return sdktest.Input{
		Settings: map[string]any{"base_url": url, "other_url": url, "client": "me", "start": "2026-01-01T00:00:00Z"},
		Secrets:  map[string]string{"token": "t0ken-secret", "key": "k3y-secret"},
	}
}

// users reads the stream users of a description.
func users(t *testing.T, rest string, vendor *sdktest.Vendor) *sdktest.Stream {
	t.Helper()
	return sdktest.NewBench(t, connectorOf(t, rest)).Sync(t, given(vendor.URL)).Streams["users"]
}

// people returns a list of objects with ids.
func people(ids ...string) []any {
	list := []any{}
	for _, id := range ids {
		list = append(list, map[string]any{"id": id})
	}
	return list
}

const bearer = "auth: {bearer: token}\n"
