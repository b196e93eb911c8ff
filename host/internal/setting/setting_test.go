package setting_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
)

func TestAStoredSecretCountsAsGiven(t *testing.T) {
	t.Parallel()
	const schema = `{"type":"object","required":["key"],"dependentRequired":{"key":["user"]},
		"properties":{"user":{"type":"string"},"key":{"type":"string","minLength":20,"writeOnly":true}}}`
	key := host.SecretInfo{Name: "key"}
	long := "12345678901234567890"
	tests := map[string]struct {
		settings string
		secrets  map[string]string
		stored   []host.SecretInfo
		want     string
	}{
		"none":               {`{"user":"ann"}`, nil, nil, "secrets.key"},
		"given":              {`{"user":"ann"}`, map[string]string{"key": long}, nil, ""},
		"too short":          {`{"user":"ann"}`, map[string]string{"key": "short"}, nil, "secrets.key"},
		"stored":             {`{"user":"ann"}`, nil, []host.SecretInfo{key}, ""},
		"stored, user gone":  {`{}`, nil, []host.SecretInfo{key}, "settings.user"},
		"replaced by short":  {`{"user":"ann"}`, map[string]string{"key": "short"}, []host.SecretInfo{key}, "secrets.key"},
		"stored, taken away": {`{"user":"ann"}`, map[string]string{"key": ""}, []host.SecretInfo{key}, "secrets.key"},
		"another was stored": {`{"user":"ann"}`, nil, []host.SecretInfo{{Name: "old"}}, "secrets.key"},
	}
	for name, test := range tests {
		err := checkSettings(schema, test.settings, test.secrets, test.stored...)
		got := ""
		if err != nil {
			got = hosttest.Fields(hosttest.Problem(t, err))
		}
		if got != test.want {
			t.Errorf("%s: refused on %q, want %q", name, got, test.want)
		}
	}
}

// JSON replaces bytes that are not UTF-8 without a word, so the mark of that is refused.
func TestASecretThatWouldBeStoredChangedIsRefused(t *testing.T) {
	t.Parallel()
	schema := `{"type":"object","properties":{"token":{"type":"string","writeOnly":true}}}`
	for _, value := range []string{"caf\xe9", "caf\uFFFD", "\uFEFFtoken", "\xFF\xFEt\x00", "a\x00b", strings.Repeat("x", host.MaxSecret+1)} {
		err := checkSettings(schema, "{}", map[string]string{"token": value})
		if p := hosttest.Problem(t, err); hosttest.Fields(p) != "secrets.token" {
			t.Errorf("%.20q: %v", value, err)
		}
	}
	if err := checkSettings(schema, "{}", map[string]string{"token": strings.Repeat("ü", host.MaxSecret/2)}); err != nil {
		t.Error(err)
	}
}

// What the SDK's client refuses at the first sync is refused when it is entered.
func TestAnAddressThatNoSyncTakesIsRefused(t *testing.T) {
	t.Parallel()
	schema := `{"type":"object","properties":{"base_url":{"type":"string","format":"uri"},"site":{"type":"string","format":"uri"}}}`
	for address, says := range map[string]string{
		"https://api.example.com": "", "http://127.0.0.1:8080": "", "http://localhost/x": "", "http://[::1]:80": "", "ldap://dc.example.com": "",
		"http://api.example.com":          "must begin with https://, except on this machine",
		"HTTP://api.example.com":          "must begin with https://, except on this machine",
		"http://127.0.0.1.example.com":    "must begin with https://, except on this machine",
		"https://user:pw@api.example.com": "must not hold credentials",
	} {
		err := checkSettings(schema, `{"site":"http://elsewhere.example.com","base_url":"`+address+`"}`, nil)
		if says == "" && err != nil {
			t.Errorf("%s: %v", address, err)
		}
		if says != "" {
			p := hosttest.Problem(t, err)
			if hosttest.Fields(p) != "settings.base_url" || !strings.Contains(p.Message, says) || strings.Contains(p.Message, "pw@") {
				t.Errorf("%s: %s", address, p.Message)
			}
		}
	}
}

// A connection is one document of the store, which refuses a larger one.
func TestTheLargestOfTooManySettingsIsNamed(t *testing.T) {
	t.Parallel()
	schema := `{"type":"object","properties":{"small":{"type":"string"},"large":{"type":"string"}}}`
	for size, want := range map[int]string{
		setting.MaxSettings / 2: "", setting.MaxSettings: "settings.large", documents.MaxDocument: "settings.large",
	} {
		err := checkSettings(schema, `{"small":"x","large":"`+strings.Repeat("x", size)+`"}`, nil)
		got := ""
		if err != nil {
			got = hosttest.Fields(hosttest.Problem(t, err))
		}
		if got != want {
			t.Errorf("%d bytes are refused on %q, want %q: %.200v", size, got, want, err)
		}
	}
	// The text below is as large as settings may be, in characters that JSON writes as six bytes.
	escaped := `{"large":"` + strings.Repeat("<", setting.MaxSettings/6-10) + `"}`
	p := hosttest.OpenParts(t, "")
	if err := checkSettings(schema, escaped, nil); err != nil {
		t.Fatal(err)
	}
	p.Connect(t, host.Connection{Alias: strings.Repeat("a", 63), Settings: json.RawMessage(escaped)}, map[string]string{"token": "x"})
}

// checkSettings checks settings and secrets against a schema.
func checkSettings(schema, settings string, secrets map[string]string, stored ...host.SecretInfo) error {
	connector := host.Connector{
		ID: "test", Name: "Test", ConfigSchema: json.RawMessage(schema), Network: []host.NetworkHost{{Host: "{base_url}"}},
	}
	return setting.Check(connector, json.RawMessage(settings), secrets, stored)
}
