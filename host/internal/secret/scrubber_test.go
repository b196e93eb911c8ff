package secret_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

func TestScrub(t *testing.T) {
	t.Parallel()
	const token, pass = "sk-live/4f+9=Zq\"x&<y>", "correct horse\nbattery"
	pem := "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQ\n-----END PRIVATE KEY-----"
	quote := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	basic := func(user string) string { return base64.StdEncoding.EncodeToString([]byte(user + ":" + token)) }
	s := secret.NewScrubber(token, pass, "abc", "", "pass", "password1", pem)
	tests := []struct{ name, text, want string }{
		{"plain", "token is " + token + ", twice " + token, "token is ••••, twice ••••"},
		{"query", "GET /?k=" + url.QueryEscape(token) + "&n=1", "GET /?k=••••&n=1"},
		{"query in lower case", "GET /?k=" + "sk-live%2f4f%2b9%3dZq%22x%26%3cy%3e", "GET /?k=••••"},
		{"path", "GET /" + url.PathEscape(token) + "/x", "GET /••••/x"},
		{"json", "{\"key\":" + quote(token) + "}", `{"key":"••••"}`},
		{"json of several lines", quote(map[string]string{"p": pass}), `{"p":"••••"}`},
		{"go", fmt.Sprintf("%q", pass), `"••••"`},
		{"base64", base64.StdEncoding.EncodeToString([]byte(token)), "••••"},
		{"base64 for addresses", base64.RawURLEncoding.EncodeToString([]byte(token)), ""},
		{"basic authentication", basic("u"), ""},
		{"basic authentication, shifted", basic("us"), ""},
		{"basic authentication, shifted twice", basic("use"), ""},
		{"too short to hide", "abc of the alphabet", "abc of the alphabet"},
		{"the longer value first", "password1 password", "•••• ••••word"},
		{"a line of a key", "got MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "got ••••"},
		{"a harmless line", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----"},
		{"nothing", "all is well", "all is well"},
		{"empty", "", ""},
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(token))
	for _, test := range tests {
		got := s.Scrub(test.text)
		if test.want != "" && got != test.want {
			t.Errorf("%s: %q became %q, want %q", test.name, test.text, got, test.want)
		}
		for _, leak := range []string{token[:8], "%2F4f", "%2f4f", encoded[4:12]} {
			if strings.Contains(got, leak) {
				t.Errorf("%s: %q still holds %q", test.name, got, leak)
			}
		}
		if strings.HasPrefix(test.name, "basic") && len(strings.ReplaceAll(got, "•", "")) > 10 {
			t.Errorf("%s: %q leaves too much", test.name, got)
		}
	}
	for name, none := range map[string]*secret.Scrubber{"nil": nil, "zero": {}, "no values": secret.NewScrubber(),
		"short values": secret.NewScrubber("ab", "")} {
		if got := none.Scrub("ab stays"); got != "ab stays" {
			t.Errorf("%s scrubber made %q", name, got)
		}
	}
}

func FuzzScrub(f *testing.F) {
	f.Add("s3cr3t/+=", "user", 0)
	f.Add("pässwörd", "", 3)
	f.Fuzz(func(t *testing.T, value, before string, form int) {
		if len(value) < 4 {
			return
		}
		s := secret.NewScrubber(value)
		texts := []string{value, url.QueryEscape(value), url.PathEscape(value), base64.StdEncoding.EncodeToString([]byte(value))}
		text := texts[((form%4)+4)%4]
		got := s.Scrub(before + " " + text)
		if strings.Contains(got, text) && !strings.Contains("••••", value) && !strings.Contains(before, text) {
			t.Errorf("%q is still in %q", text, got)
		}
	})
}
