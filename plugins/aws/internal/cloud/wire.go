package cloud

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"

	"github.com/plumbline-dev/plumbline/sdk"
)

// longestWait limits the wait for a rate limit: AWS takes a signature for five minutes.
const longestWait = 2 * time.Minute

// wire is the HTTP client of AWS's library. It sends requests with clients of the SDK, which try again, wait where
// people see it, end with the run, and keep to the budget of the host. AWS's library itself tries nothing again.
type wire struct {
	session *sdk.Session
	turns   chan struct{} // one for each request under way

	mu      sync.Mutex
	clients map[string]*sdk.Client // by scheme and host
}

// reportWait is the wait between two questions whether the credential report is made.
const reportWait = 4 * time.Second

// reportPending returns the wait for a report that is still being made. The client asks again after it.
func reportPending(body []byte) error {
	if !bytes.Contains(body, []byte("<State>STARTED<")) && !bytes.Contains(body, []byte("<State>INPROGRESS<")) {
		return nil
	}
	e := sdk.Errorf(sdk.CodeRateLimited, "AWS is still making the credential report")
	e.RetryAfter = reportWait
	return e
}

func newWire(s *sdk.Session) *wire {
	return &wire{session: s, turns: make(chan struct{}, Requests), clients: map[string]*sdk.Client{}}
}

// client returns the client for the host of an address.
func (w *wire) client(u *url.URL) (*sdk.Client, error) {
	base := u.Scheme + "://" + u.Host
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.clients[base]; c != nil {
		return c, nil
	}
	c, err := w.session.HTTP(sdk.HTTPOptions{BaseURL: base, MaxWait: longestWait})
	if err != nil {
		return nil, err
	}
	w.clients[base] = c
	return c, nil
}

// Do implements the HTTP client of AWS's library. An answer that is no success is an error with AWS's code as its
// UpstreamCode.
func (w *wire) Do(r *http.Request) (*http.Response, error) {
	op := operationOf(r.Context())
	if !op.reads() {
		return nil, sdk.Errorf(sdk.CodeInternalBug, "%s could change something in AWS", op)
	}
	client, err := w.client(r.URL)
	if err != nil {
		return nil, err
	}
	var body []byte
	if r.Body != nil {
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, sdk.Errorf(sdk.CodeInternalBug, "read the body of %s: %w", op, err)
		}
	}
	header := map[string]string{}
	for name, values := range r.Header {
		if name != "User-Agent" { // not signed; the SDK names the connector
			header[name] = strings.Join(values, ",")
		}
	}
	select {
	case w.turns <- struct{}{}:
		defer func() { <-w.turns }()
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
	answer, err := client.Ask(r.Context(), sdk.Ask{
		Method: r.Method, Path: r.URL.String(), Reads: true, Header: header, ContentType: r.Header.Get("Content-Type"),
		Body: body, Judge: op.judge,
	})
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status: http.StatusText(answer.Status), StatusCode: answer.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: answer.Header, Body: io.NopCloser(bytes.NewReader(answer.Body)), ContentLength: int64(len(answer.Body)), Request: r,
	}, nil
}

// operation is a call of AWS's API.
type operation struct{ service, name string }

// operationOf returns the operation for which AWS's library sends a request.
func operationOf(ctx context.Context) operation {
	return operation{service: awsmiddleware.GetServiceID(ctx), name: awsmiddleware.GetOperationName(ctx)}
}

func (o operation) String() string { return o.service + " " + o.name }

// reads reports whether the operation changes nothing. AWS makes the credential report only when it is asked to, and
// a session of a role by AssumeRole.
func (o operation) reads() bool {
	switch o.name {
	case "GenerateCredentialReport", "AssumeRole":
		return true
	}
	return strings.HasPrefix(o.name, "Get") || strings.HasPrefix(o.name, "List") || strings.HasPrefix(o.name, "Describe")
}

// action returns the IAM action that allows the operation.
func (o operation) action() string {
	if action := unusualActions()[o]; action != "" {
		return action
	}
	prefix := map[string]string{"Config Service": "config", "S3 Control": "s3"}[o.service]
	if prefix == "" {
		prefix = strings.ToLower(strings.ReplaceAll(o.service, " ", ""))
	}
	return prefix + ":" + o.name
}

// unusualActions are the actions whose names differ from those of the operations.
func unusualActions() map[operation]string {
	return map[operation]string{
		{"S3", "ListBuckets"}:                  "s3:ListAllMyBuckets",
		{"S3", "GetBucketEncryption"}:          "s3:GetEncryptionConfiguration",
		{"S3", "GetPublicAccessBlock"}:         "s3:GetBucketPublicAccessBlock",
		{"S3 Control", "GetPublicAccessBlock"}: "s3:GetAccountPublicAccessBlock",
	}
}
