package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
)

func TestWrongTokensAreLimited(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	login := api.NewLogin()
	token := login.Make(now)
	want := func(what, token, result string) {
		t.Helper()
		if got := login.Use(token, now); got != result {
			t.Errorf("%s: %q, want %q", what, got, result)
		}
	}
	// No more than so many a minute, be they right or wrong.
	for range 10 {
		want("a guess", "guess", "wrong")
	}
	want("one more guess", "guess", "too many")
	want("the right one, among the guesses", token, "too many")
	now = now.Add(time.Minute)
	want("the right one, a minute later", token, "good")
	want("the right one, again", token, "used")

	// And no more than so many for all open links.
	now = now.Add(time.Minute)
	token, voided := login.Make(now), 0
	for i := range 60 {
		if i%10 == 0 {
			now = now.Add(time.Minute)
		}
		if login.Use("guess", now) == "voided" {
			voided = i + 1
			break
		}
	}
	if voided < 40 || voided > 50 {
		t.Errorf("the links were void after %d guesses, want 50 at most", voided)
	}
	now = now.Add(2 * time.Minute)
	want("a link that was made void", token, "wrong")
	now = now.Add(time.Minute)
	want("a new link", login.Make(now), "good")
}

func TestALinkEndsByItself(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	login := api.NewLogin()
	token := login.Make(now)
	if got := login.Use(token, now.Add(10*time.Minute)); got != "expired" {
		t.Errorf("after ten minutes: %q", got)
	}
	if got := login.Use(token, now.Add(48*time.Hour)); got != "wrong" {
		t.Errorf("after two days: %q", got)
	}
}

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
