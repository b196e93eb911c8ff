package desktop_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/access"
	"github.com/plumbline-dev/plumbline/host/internal/desktop"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
)

func claim(t *testing.T, ctx context.Context, dir, link string, barred bool) (*desktop.Instance, error) {
	t.Helper()
	return desktop.Claim(ctx, dir, link, func(int) bool { return barred }, slog.New(slog.DiscardHandler))
}

// first claims dir and returns the routes that are handed over.
func first(t *testing.T, dir string) (instance *desktop.Instance, routes chan string) {
	t.Helper()
	instance, err := claim(t, t.Context(), dir, "", false)
	if err != nil || instance == nil {
		t.Fatalf("the first got %v, %v", instance, err)
	}
	routes = make(chan string, 8)
	served := make(chan error, 1)
	go func() { served <- instance.Serve(func(route string) { routes <- route }) }() // ends with Close
	t.Cleanup(func() {
		if err := instance.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return instance, routes
}

func TestTheSecondHandsItsLinkToTheFirst(t *testing.T) {
	t.Parallel()
	dir := hosttest.Dir(t)
	_, routes := first(t, dir)
	for link, want := range map[string]string{
		"plumbline://connections/okta": "/connections/okta", "": "",
		"plumbline://connections/okta/sync": "", "https://elsewhere.example/": "",
	} {
		second, err := claim(t, t.Context(), dir, link, false)
		if err != nil || second != nil {
			t.Fatalf("the second got %v, %v", second, err)
		}
		if got := <-routes; got != want {
			t.Errorf("%s led to %q, not to %q", link, got, want)
		}
	}
}

func TestEachDataDirectoryHasAWindow(t *testing.T) {
	t.Parallel()
	first(t, hosttest.Dir(t))
	first(t, hosttest.Dir(t))
}

func TestAfterTheEndAnotherIsTheFirst(t *testing.T) {
	t.Parallel()
	dir := hosttest.Dir(t)
	gone, err := claim(t, t.Context(), dir, "", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	first(t, dir)
}

func TestAFirstThatDoesNotAnswerIsNamed(t *testing.T) {
	t.Parallel()
	dir := hosttest.Dir(t)
	instance, err := claim(t, t.Context(), dir, "", false) // nothing serves it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := instance.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = claim(t, ctx, dir, "plumbline://connections", false)
	if p := hosttest.Problem(t, err); p.Code != host.CodeLocked || p.Remedy == "" {
		t.Errorf("the second got %q, %q", p.Message, p.Remedy)
	}
}

func TestWhatIsNoLinkIsNotHandedOver(t *testing.T) {
	t.Parallel()
	dir := hosttest.Dir(t)
	_, routes := first(t, dir)
	for _, sent := range []string{"", "plumbline://connections", strings.Repeat("a", 5000) + "\n"} {
		conn, err := new(net.Dialer).DialContext(t.Context(), "unix", access.WindowSocketPath(dir))
		if err != nil {
			t.Fatal(err)
		}
		// It may be cut off before all is sent.
		_, _ = io.WriteString(conn, sent)
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := claim(t, t.Context(), dir, "plumbline://doctor", false); err != nil {
		t.Fatal(err)
	}
	if got := <-routes; got != "/doctor" {
		t.Errorf("%q was handed over", got)
	}
}

func TestTheLinkAmongTheArguments(t *testing.T) {
	t.Parallel()
	if link := desktop.LinkIn([]string{"other", "plumbline://connections", "plumbline://doctor"}); link != "plumbline://connections" {
		t.Errorf("the link is %q", link)
	}
	if link := desktop.LinkIn([]string{"other", "https://plumbline:1/"}); link != "" {
		t.Errorf("the link is %q", link)
	}
}
