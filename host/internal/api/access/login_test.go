package access_test

import (
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/api/access"
)

func TestWrongTokensAreLimited(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	login := access.NewLogin()
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
	login := access.NewLogin()
	token := login.Make(now)
	if got := login.Use(token, now.Add(10*time.Minute)); got != "expired" {
		t.Errorf("after ten minutes: %q", got)
	}
	if got := login.Use(token, now.Add(48*time.Hour)); got != "wrong" {
		t.Errorf("after two days: %q", got)
	}
}
