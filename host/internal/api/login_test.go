package api_test

import (
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
)

func TestThePageOfALinkSaysWhyItOpensNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link, err := b.server.Link(hosttest.As(t))
	if err != nil {
		t.Fatal(err)
	}
	_, path, _ := strings.Cut(strings.TrimPrefix(link.URL, "http://"), "/")
	for _, test := range []struct{ path, says string }{
		{"/login", "This link opens nothing"}, {"/" + path, ""}, {"/" + path, "This link has been used"},
		{"/login?token=x", "This link opens nothing"},
	} {
		status, body := b.do(t, "GET", test.path, nil)
		if test.says != "" && (status != 401 || !strings.Contains(body, "<h1>"+test.says+"</h1>") || !strings.Contains(body, "plumbline open")) {
			t.Errorf("%s: %d %s", test.path, status, body)
		}
	}
}
