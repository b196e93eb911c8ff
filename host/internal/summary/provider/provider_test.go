package provider_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/internal/summary/modeltest"
	"github.com/plumbline-dev/plumbline/host/internal/summary/provider"
)

// theKey is the key that must appear in one header and nowhere else.
const theKey = "sk-planted-key-0123456789"

func shapes() []aisummary.Provider {
	return []aisummary.Provider{aisummary.ProviderOpenAI, aisummary.ProviderAnthropic}
}

func serve(t *testing.T, s *modeltest.Server) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}

func ask(shape aisummary.Provider, address, model string) provider.Request {
	return provider.Request{
		Settings: aisummary.Settings{Provider: shape, Address: address, Model: model, Seconds: 5, Tokens: 500},
		Key:      theKey, System: "Say why.", Message: `{"step": "authenticate", "title": "Sign in"}`,
	}
}

func TestBothShapesStreamAWholeAnswer(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()
			var server modeltest.Server
			address := serve(t, &server)
			var reported []int
			reply, err := provider.New(0).Send(t.Context(), ask(shape, address, modeltest.Good), func(n int) { reported = append(reported, n) })
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(reply.Text, "{") || !strings.HasSuffix(reply.Text, "}") || reply.Model != modeltest.Good {
				t.Errorf("the answer of %q is %q", reply.Model, reply.Text)
			}
			if reply.InputTokens != 321 || reply.OutputTokens != 54 {
				t.Errorf("tokens: %d in, %d out", reply.InputTokens, reply.OutputTokens)
			}
			if len(reported) < 3 || reported[0] != 0 || reported[len(reported)-1] != len(reply.Text) {
				t.Errorf("reported %v", reported)
			}
			asked := server.Asked()
			if len(asked) != 1 || strings.Contains(asked[0].Body, theKey) {
				t.Fatalf("asked %d times, or the body holds the key", len(asked))
			}
			want := map[aisummary.Provider][3]string{
				aisummary.ProviderOpenAI:    {"/v1/chat/completions", "Authorization", "Bearer " + theKey},
				aisummary.ProviderAnthropic: {"/v1/messages", "X-Api-Key", theKey},
			}[shape]
			if asked[0].Path != want[0] || asked[0].Header.Get(want[1]) != want[2] {
				t.Errorf("asked %s with %q", asked[0].Path, asked[0].Header)
			}
			if shape == aisummary.ProviderAnthropic && asked[0].Header.Get("Anthropic-Version") != "2023-06-01" {
				t.Errorf("version %q", asked[0].Header.Get("Anthropic-Version"))
			}
		})
	}
}

func TestEveryFailureHasACodeAndARemedy(t *testing.T) {
	t.Parallel()
	var robbed atomic.Int64
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { robbed.Add(1) }))
	t.Cleanup(thief.Close)
	for model, code := range map[string]string{
		modeltest.Stalled: aisummary.CodeStalled, modeltest.Silent: aisummary.CodeStalled, modeltest.Busy: aisummary.CodeRateLimited,
		modeltest.BusyUntold: aisummary.CodeRateLimited, modeltest.NoKey: aisummary.CodeCredential, modeltest.Unknown: aisummary.CodeModel,
		modeltest.Rejected: aisummary.CodeRejected, modeltest.Down: aisummary.CodeProvider, modeltest.Elsewhere: aisummary.CodeRedirected,
		modeltest.Garbage: aisummary.CodeUnreadable, modeltest.Page: aisummary.CodeUnreadable, modeltest.BadJSON: aisummary.CodeUnreadable,
		modeltest.CutOff: aisummary.CodeCutOff, modeltest.Midway: aisummary.CodeProvider, modeltest.Long: aisummary.CodeTokenLimit,
		modeltest.Declines: aisummary.CodeDeclined, modeltest.Huge: aisummary.CodeUnreadable,
	} {
		for _, shape := range shapes() {
			t.Run(model+" "+string(shape), func(t *testing.T) {
				t.Parallel()
				address := serve(t, &modeltest.Server{Thief: thief.URL})
				patience := time.Minute
				if code == aisummary.CodeStalled {
					patience = 300 * time.Millisecond
				}
				_, err := provider.New(patience).Send(t.Context(), ask(shape, address, model), func(int) {})
				var p *host.Problem
				if !errors.As(err, &p) || p.Code != code || p.Remedy == "" {
					t.Fatalf("%v; want %s with a remedy", err, code)
				}
				if strings.Contains(p.Message+p.Remedy+p.Detail, theKey) {
					t.Errorf("the problem holds the key: %+v", p)
				}
				if model == modeltest.Busy && (p.RetryAfter != 42 || !strings.Contains(p.Remedy, "42s")) {
					t.Errorf("try again after %v: %s", p.RetryAfter, p.Remedy)
				}
			})
		}
	}
	t.Cleanup(func() {
		if robbed.Load() > 0 {
			t.Errorf("a redirect was followed %d times", robbed.Load())
		}
	})
}

func TestTheTimeLimitIsToldAsSuch(t *testing.T) {
	t.Parallel()
	address := serve(t, &modeltest.Server{})
	request := ask(aisummary.ProviderOpenAI, address, modeltest.Stalled)
	request.Settings.Seconds = 1
	_, err := provider.New(time.Minute).Send(t.Context(), request, func(int) {})
	if p := host.AsProblem(err); p.Code != aisummary.CodeTimeLimit || !strings.Contains(p.Message, "limit of 1 seconds") {
		t.Errorf("%v", err)
	}
}

func TestACancelledRequestSaysSo(t *testing.T) {
	t.Parallel()
	address := serve(t, &modeltest.Server{})
	ctx, cancel := context.WithCancelCause(t.Context())
	person := errors.New("a person")
	_, err := provider.New(0).Send(ctx, ask(aisummary.ProviderAnthropic, address, modeltest.Held), func(n int) {
		if n > 0 {
			cancel(person)
		}
	})
	if !errors.Is(err, person) {
		t.Errorf("%v", err)
	}
}

func TestWhatCannotBeReached(t *testing.T) {
	t.Parallel()
	untrusted := httptest.NewTLSServer(&modeltest.Server{})
	t.Cleanup(untrusted.Close)
	plain := serve(t, &modeltest.Server{})
	gone := httptest.NewServer(nil)
	gone.Close()
	for address, code := range map[string]string{
		untrusted.URL: aisummary.CodeTLS,
		strings.Replace(plain, "http:", "https:", 1): aisummary.CodeTLS,
		gone.URL:                       aisummary.CodeUnreachable,
		"https://no-such-host.invalid": aisummary.CodeUnreachable,
	} {
		_, err := provider.New(0).Send(t.Context(), ask(aisummary.ProviderOpenAI, address, modeltest.Good), func(int) {})
		if p := host.AsProblem(err); p.Code != code || p.Remedy == "" || strings.Contains(p.Message, theKey) {
			t.Errorf("%s: %s %v; want %s", address, p.Code, err, code)
		}
	}
}

func TestSettingsThatCannotBeUsedAreRefused(t *testing.T) {
	t.Parallel()
	good := aisummary.Settings{Provider: aisummary.ProviderOpenAI, Address: "https://api.openai.com/v1", Model: "m", Seconds: 60, Tokens: 1000}
	if err := provider.Check(good); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(*aisummary.Settings){
		"provider":           func(s *aisummary.Settings) { s.Provider = "other" },
		"model":              func(s *aisummary.Settings) { s.Model = "a\u202Eb" },
		"time_limit_seconds": func(s *aisummary.Settings) { s.Seconds = 1000 },
		"token_limit":        func(s *aisummary.Settings) { s.Tokens = 1 },
		"address":            func(s *aisummary.Settings) { s.Address = "http://models.example.com" },
	} {
		s := good
		edit(&s)
		var p *host.Problem
		if err := provider.Check(s); !errors.As(err, &p) || len(p.Fields) != 1 || p.Fields[0].Field != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, address := range []string{"", "x", "https://user:pw@example.com", "https://example.com?key=1", "ftp://example.com"} {
		s := good
		s.Address = address
		if provider.Check(s) == nil {
			t.Errorf("the address %q is taken", address)
		}
	}
	for _, end := range []string{"", "/", "/v1", "/v1/"} {
		address := "https://api.openai.com" + end
		if got := provider.URL(aisummary.Settings{Address: address}); got != "https://api.openai.com/v1/chat/completions" {
			t.Errorf("%s leads to %s", address, got)
		}
	}
}
