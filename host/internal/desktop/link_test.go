package desktop_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/desktop"
)

func TestLinksLeadToScreens(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]string{
		"plumbline://":                                       "/",
		"plumbline:///":                                      "/",
		"plumbline://connections":                            "/connections",
		"plumbline://connections/":                           "/connections",
		"plumbline:///connections/okta":                      "/connections/okta",
		"plumbline://connections/okta/runs":                  "/connections/okta/runs",
		"plumbline://connections/available/okta":             "/connections/available/okta",
		"plumbline://connections/okta/records/users/a%2Fb":   "/connections/okta/records/users/a%2Fb",
		"plumbline://connections/caf%C3%A9%20one":            "/connections/caf%C3%A9%20one",
		"plumbline://connections/okta?disconnect=1#settings": "/connections/okta",
		"plumbline://runs/01J0000000000000000000000":         "/runs/01J0000000000000000000000",
		"plumbline://doctor":                                 "/doctor",
	} {
		if path, ok := desktop.Route(link); !ok || path != want {
			t.Errorf("%s leads to %q, %v, not to %q", link, path, ok, want)
		}
	}
}

func TestOtherLinksLeadNowhere(t *testing.T) {
	t.Parallel()
	for _, link := range []string{
		"", "connections", "https://connections/okta", "plumbline:connections", "javascript:alert(1)",
		"plumbline://connections/new/okta", // a form that the link could fill in
		"plumbline://connections/okta/edit", "plumbline://connections/okta/reconnect", "plumbline://connections/okta/sync",
		"plumbline://connections/../api/v1/links", "plumbline://connections/%2e%2e", "plumbline://connections//runs",
		"plumbline://api/v1/connections", "plumbline://login", "plumbline://connectors/write",
		"plumbline://user@connections/okta", "plumbline://connections:80/okta",
		"plumbline://connections/a%00b", "plumbline://connections/a%0Ab", "plumbline://connections/%E2%80%AEoko",
		"plumbline://connections/okta/records/users", "plumbline://connections/okta/records/users/",
		"plumbline://connections/okta/records/users/a/b",
		"plumbline://connections/%zz", "plumbline://connections/" + strings.Repeat("a", 3000),
	} {
		if path, ok := desktop.Route(link); ok {
			t.Errorf("%q leads to %s", link, path)
		}
	}
}

// TestTheFrontEndHasEveryScreen reads the routes of the front end: a link must not lead to a
// page that is not there.
func TestTheFrontEndHasEveryScreen(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../../frontend/src/app/Routes.tsx")
	if err != nil {
		t.Fatal(err)
	}
	routes := map[string]bool{}
	for _, found := range regexp.MustCompile(`<Route path="([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
		routes[strings.Replace(found[1], "/*", "/:key", 1)] = true
		if base, optional := strings.CutSuffix(found[1], "/:tab?"); optional {
			routes[base], routes[base+"/:tab"] = true, true
		}
	}
	for _, screen := range desktop.Screens() {
		if !routes[screen] {
			t.Errorf("the front end has no route %s", screen)
		}
	}
	tabs, err := os.ReadFile("../../../frontend/src/pages/connection/tabs.ts")
	if err != nil {
		t.Fatal(err)
	}
	if want := "['" + strings.Join(desktop.Tabs(), "', '") + "']"; !strings.Contains(string(tabs), want) {
		t.Errorf("the tabs of a connection are not %s", want)
	}
}
