package sdk_test

import (
	"context"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// TestTrustsTheNamedFile connects to a server whose certificate is only in that file.
func TestTrustsTheNamedFile(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(items))
	defer server.Close()
	named := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for name, test := range map[string]struct {
		named []byte
		want  bool
	}{"named": {named, true}, "not named": {nil, false}} {
		config, err := sdk.Trusting(nil, test.named)
		if err != nil {
			t.Fatal(err)
		}
		transport := &http.Transport{TLSClientConfig: config}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := transport.RoundTrip(r)
		if (err == nil) != test.want {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			_ = answer.Body.Close()
		}
		transport.CloseIdleConnections()
	}
	if _, err := sdk.Trusting([]byte("no PEM"), named); err == nil {
		t.Error("what is no PEM is taken for a certificate")
	}
}

// TestClientTellsOfAClockThatIsOff reads twice and expects one log line.
func TestClientTellsOfAClockThatIsOff(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		off  time.Duration
		want int
	}{"ten minutes behind": {-10 * time.Minute, 1}, "a minute ahead": {time.Minute, 0}} {
		vendor := sdktest.NewVendor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(test.off).UTC().Format(http.TimeFormat))
			items(w, r)
		}))
		out := sdktest.NewBench(t, connector(readTwice(vendor.URL))).Sync(t, sdktest.Input{Secrets: map[string]string{"token": "canary-4711"}})
		if n := strings.Count(strings.Join(out.Logs, "\n"), "the clock of this machine"); n != test.want {
			t.Errorf("%s: %d lines of the clock in %q, want %d", name, n, out.Logs, test.want)
		}
	}
}

func readTwice(address string) func(context.Context, *sdk.Session, *sdk.Output) error {
	return func(ctx context.Context, s *sdk.Session, _ *sdk.Output) error {
		c, err := s.HTTP(sdk.HTTPOptions{BaseURL: address})
		if err != nil {
			return err
		}
		return errors.Join(getItems(ctx, c), getItems(ctx, c))
	}
}
