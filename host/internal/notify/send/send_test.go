package send_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/notify/send"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// ExampleSign is how a receiver checks a signature.
func ExampleSign() {
	body := []byte(`{"test": 2432232314}`)
	want, _ := send.Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), body)
	fmt.Println(want)
	// Output: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
}

func TestSecretsForSignatures(t *testing.T) {
	t.Parallel()
	if rule := send.SigningRule(send.NewSigningSecret()); rule != "" {
		t.Errorf("a secret of our own %s", rule)
	}
	for _, bad := range []string{
		"", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!",
		"whsec_" + strings.Repeat("AAAA", 30),
	} {
		if send.SigningRule(bad) == "" {
			t.Errorf("%q is taken", bad)
		}
	}
}

func sender() *send.Sender {
	return send.New(func(*url.URL) (*url.URL, error) { return nil, nil }, nil)
}

// answering returns a server with one answer, and the bodies that it got.
func answering(t *testing.T, status int, header, body string) (*httptest.Server, *[]string) {
	t.Helper()
	got := &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		*got = append(*got, string(raw))
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return server, got
}

func failure(t *testing.T, err error) *send.Failure {
	t.Helper()
	var f *send.Failure
	if !errors.As(err, &f) {
		t.Fatalf("the error is %v", err)
	}
	return f
}

func TestNoRedirectIsFollowed(t *testing.T) {
	t.Parallel()
	other, got := answering(t, 200, "", "")
	first, _ := answering(t, http.StatusTemporaryRedirect, "Location: "+other.URL, "")
	_, err := sender().Webhook(t.Context(), first.URL, send.NewSigningSecret(), send.Message{ID: "msg_1"}, noon)
	if f := failure(t, err); len(*got) != 0 || !strings.Contains(f.Said, "redirect") || f.Final {
		t.Errorf("it says %+v, and the other got %d", f, len(*got))
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status         int
		header         string
		final, answers bool
		after          time.Duration
	}{
		{http.StatusGone, "", true, false, 0},
		{http.StatusTooManyRequests, "Retry-After: 120", false, false, 2 * time.Minute},
		{http.StatusServiceUnavailable, "Retry-After: " + noon.Add(time.Hour).Format(http.TimeFormat), false, false, time.Hour},
		{http.StatusServiceUnavailable, "Retry-After: 99999999", false, false, 24 * time.Hour},
		{http.StatusBadRequest, "", false, true, 0},
		{http.StatusNotFound, "", false, true, 0},
	} {
		server, _ := answering(t, c.status, c.header, "x")
		_, err := sender().Slack(t.Context(), server.URL, send.Message{}, noon)
		if f := failure(t, err); f.Final != c.final || f.Answered != c.answers || f.After != c.after || f.Remedy == "" {
			t.Errorf("%d %s: %+v", c.status, c.header, f)
		}
	}
}

// TestNoSecretIsShown has the receiver repeat the address and the secret, and the connection fail.
func TestNoSecretIsShown(t *testing.T) {
	t.Parallel()
	secret := send.NewSigningSecret()
	server, _ := answering(t, 500, "", "cannot POST /hooks/abcdefghij?key=klmnopqrst with "+secret)
	_, err := sender().Webhook(t.Context(), server.URL+"/hooks/abcdefghij?key=klmnopqrst", secret, send.Message{ID: "msg_1"}, noon)
	said := failure(t, err).Said
	server.Close()
	_, err = sender().Webhook(t.Context(), server.URL+"/hooks/abcdefghij?key=klmnopqrst", secret, send.Message{ID: "msg_1"}, noon)
	said += failure(t, err).Said
	for _, hidden := range []string{"abcdefghij", "klmnopqrst", secret} {
		if strings.Contains(said, hidden) {
			t.Errorf("it says %s", said)
		}
	}
}

func TestSlackReadsNoCommands(t *testing.T) {
	t.Parallel()
	server, got := answering(t, 200, "", "ok")
	m := send.Message{Title: "<!channel> & co", Lines: []string{"<https://evil.example|click>"}, Link: "https://x.example/a|b>c"}
	if _, err := sender().Slack(t.Context(), server.URL, m, noon); err != nil {
		t.Fatal(err)
	}
	body := (*got)[0]
	for _, bad := range []string{`\u003c!channel`, `\u003chttps://evil`, "|b>c"} {
		if strings.Contains(body, bad) {
			t.Errorf("the body is %s", body)
		}
	}
	if !strings.Contains(body, `\u0026lt;!channel\u0026gt;`) {
		t.Errorf("the body is %s", body)
	}
}
