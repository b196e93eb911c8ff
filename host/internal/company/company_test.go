package company_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/company"
)

func read(variables map[string]string) *company.Proxy {
	return company.Read(func(name string) string { return variables[name] })
}

func TestAVariableThatDoesNotParseMeansNoConnection(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"http://proxy:port", "http://[::1", "http//proxy:3128", "http://proxy:70000", "http://", "socks5://proxy:1080",
		"http://user:s3cret%zz@proxy:3128", "proxy:3128/path", "http://pro xy:3128", ":3128", "http://proxy:3128?x",
	} {
		for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
			p := read(map[string]string{name: text, "NO_PROXY": "inside.example.com"})
			got, err := p.For(&url.URL{Scheme: "https", Host: "api.example.com:443"})
			if err == nil || got != nil || !strings.Contains(err.Error(), "the variable "+name) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s=%s: proxy %v, %v", name, text, got, err)
			}
			if p.Err() == nil {
				t.Errorf("%s=%s: nothing is wrong with it", name, text)
			}
			// What NO_PROXY leaves out was never meant to go through the proxy.
			if got, err := p.For(&url.URL{Scheme: "https", Host: "inside.example.com:443"}); got != nil || err != nil {
				t.Errorf("%s=%s: for a host of NO_PROXY: %v, %v", name, text, got, err)
			}
		}
	}
}

func TestTheProxyThatTheVariablesName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "proxy:3128": "http://proxy:3128", "http://proxy": "http://proxy", "https://u:p@proxy:443/": "https://u:p@proxy:443/",
		"http://[2001:db8::1]:3128": "http://[2001:db8::1]:3128", "10.0.0.1:3128": "http://10.0.0.1:3128",
	} {
		p := read(map[string]string{"HTTPS_PROXY": text})
		got, err := p.For(&url.URL{Scheme: "https", Host: "api.example.com:443"})
		said := ""
		if got != nil {
			said = got.String()
		}
		if err != nil || p.Err() != nil || said != want {
			t.Errorf("%q: %q, %v; want %q", text, said, err, want)
		}
		if strings.Contains(strings.Join(p.Set(), " "), "u:p") {
			t.Errorf("the credentials are shown: %v", p.Set())
		}
	}
}
