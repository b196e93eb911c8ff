package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
)

func sprint(format string, args ...any) string { return fmt.Sprintf(format, args...) }

func TestEveryCodeSaysWhatToDo(t *testing.T) {
	t.Parallel()
	if len(sdk.Codes()) != 30 {
		t.Errorf("the taxonomy has %d codes, want 30", len(sdk.Codes()))
	}
	for _, code := range sdk.Codes() {
		e := sdk.Errorf(code, "message")
		if e.Remedy == "" || e.Fault == "" || e.Retry == "" || e.Code != code {
			t.Errorf("%s says too little: %+v", code, e)
		}
	}
}

func TestCodeOf(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"":                  errors.New("of another kind"),
		sdk.CodeRateLimited: fmt.Errorf("read page: %w", sdk.Errorf(sdk.CodeRateLimited, "too many requests")),
	} {
		if got := sdk.CodeOf(err); got != want {
			t.Errorf("the code of %q is %q, want %q", err, got, want)
		}
	}
	var none *sdk.Error
	if sdk.CodeOf(nil) != "" || sdk.CodeOf(none) != "" {
		t.Error("no error has a code")
	}
}

// TestErrorOfAnAnswer checks that the error names the answer, by which the vendor finds it.
func TestErrorOfAnAnswer(t *testing.T) {
	t.Parallel()
	answer := &sdk.Response{Status: 200, RequestID: "req-9"}
	e := answer.Errorf(sdk.CodeUpstreamInvalidResponse, "page %d holds no list", 2)
	if e.Code != sdk.CodeUpstreamInvalidResponse || e.Message != "page 2 holds no list" || e.Remedy == "" ||
		e.UpstreamStatus != 200 || e.RequestID != "req-9" {
		t.Errorf("got %+v, want the status and the request id of the answer", e)
	}
}

// TestNeeds checks what the error of a missing permission keeps of the refusal, and what it does not.
func TestNeeds(t *testing.T) {
	t.Parallel()
	refused := sdk.ErrorFromStatus(403, map[string][]string{"X-Request-Id": {"req-9"}}, []string{"another"}).WithDetail("for support")
	refused.UpstreamCode, refused.Message = "E0000006", "does not allow it"
	e := refused.Needs("users.read", "groups.read")
	if e.Code != sdk.CodePermissionMissing || e.Message != refused.Message || e.Detail != "" || !errors.Is(e, refused) ||
		e.UpstreamStatus != 403 || e.UpstreamCode != "E0000006" || e.RequestID != "req-9" {
		t.Errorf("got %+v, want the message and the answer of %+v", e, refused)
	}
	if len(e.Permissions) != 2 || e.Remedy != "Grant users.read and groups.read and sync again." {
		t.Errorf("it names %v with the remedy %q", e.Permissions, e.Remedy)
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", 300)
	for words, want := range map[string]string{"": "", " Not allowed.\n": "Not allowed.", long: long, long + "x": long + "…"} {
		if got := sdk.Excerpt(words); got != want {
			t.Errorf("the excerpt of %q is %q, want %q", words, got, want)
		}
	}
}

// TestForCustomer checks that a mistake in a file is neither the connector's fault nor tried again only with other settings.
func TestForCustomer(t *testing.T) {
	t.Parallel()
	for _, code := range []string{sdk.CodeSchemaUnexpected, sdk.CodeUpstreamInvalidResponse, sdk.CodeConfigInvalid} {
		e := sdk.Errorf(code, "line 7 is not CSV").WithRemedy("Correct line 7.").ForCustomer()
		if e.Code != code || e.Remedy != "Correct line 7." || e.Fault != sdk.FaultCustomer || e.Retry != sdk.RetryAfter {
			t.Errorf("got %+v", e)
		}
	}
}

func TestAsError(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	tests := map[string]struct {
		err  error
		code string
	}{
		"own":          {fmt.Errorf("read: %w", sdk.Errorf(sdk.CodeAuthExpired, "x")), "auth.expired"},
		"cancelled":    {context.Canceled, "cancelled"},
		"deadline":     {context.DeadlineExceeded, "limit.deadline"},
		"dns":          {&net.DNSError{Name: "x", IsNotFound: true}, "network.dns"},
		"dial":         {&net.OpError{Op: "dial", Err: cause}, "network.connect"},
		"dial in vain": {&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, "network.timeout"},
		"proxy":        {&net.OpError{Op: "proxyconnect", Err: cause}, "network.proxy"},
		"idle":         {&url.Error{Op: "Post", URL: "https://x", Err: errors.New("http: server closed idle connection")}, "network.connect"},
		"address":      {&url.Error{Op: "parse", URL: ":", Err: cause}, "internal.bug"},
		"other":        {cause, "internal.bug"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := sdk.AsError(tt.err); got.Code != tt.code {
				t.Errorf("AsError(%v) = %s, want %s", tt.err, got.Code, tt.code)
			}
		})
	}
	if !errors.Is(sdk.Errorf(sdk.CodeInternalBug, "read: %w", cause), cause) {
		t.Error("Errorf lost the cause")
	}
}
