package sdk_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
)

func TestOwnWords(t *testing.T) {
	t.Parallel()
	cloudflare := http.Header{"Cf-Mitigated": {"challenge"}}
	tests := map[string]struct {
		header     http.Header
		body, want string
	}{
		"message":        {nil, `{"message": "IP not allowed"}`, "IP not allowed"},
		"nested":         {nil, `{"error": {"code": 7, "message": "quota"}}`, "quota"},
		"list of errors": {nil, `{"errors": [{"detail": "no scope"}]}`, "no scope"},
		"list of texts":  {nil, `{"errorMessages": ["no site"]}`, "no site"},
		"oauth":          {nil, `{"error": "invalid_grant", "error_description": "Token expired"}`, "Token expired"},
		"word":           {nil, `{"error": "invalid_grant"}`, "invalid_grant"},
		"no words":       {nil, `{"id": 7}`, ""},
		"cut JSON":       {nil, `{"message": "a`, ""},
		"page":           {nil, "<html><head><title>Attention\n Required! &amp; more</title>", `a web page titled "Attention Required! & more"`},
		"firewall":       {cloudflare, "<!doctype html>", "a web page, from Cloudflare's firewall"},
		"text":           {nil, "down for maintenance\nsince noon", "down for maintenance"},
		"empty":          {nil, " \n", ""},
		"long":           {nil, strings.Repeat("é", 400), strings.Repeat("é", 300) + "…"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := sdk.OwnWords(tt.header, []byte(tt.body)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
