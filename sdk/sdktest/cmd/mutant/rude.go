package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

// api sends requests with the SDK's client, or with one that breaks the rules.
type api struct {
	client *sdk.Client
	plain  *http.Client // only uses the session's transport
	base   string
	token  string
	fault  string
}

func (m *reader) api(s *sdk.Session) (api, error) {
	var settings struct {
		URL   string `json:"url"`
		Pages int    `json:"pages"`
		Mode  string `json:"mode"`
	}
	if err := s.Settings(&settings); err != nil {
		return api{}, err
	}
	options := sdk.HTTPOptions{
		BaseURL: settings.URL, SecretHeader: map[string]sdk.Secret{"X-Token": s.Secret("token")}, Explain: explain,
	}
	if m.is("R14") {
		options.MaxBody = 1 << 40
	}
	if m.is("L2") {
		options.Explain = nil
	}
	client, err := s.HTTP(options)
	if err != nil {
		return api{}, sdk.ConfigInvalid("/url", "%s", err.Error())
	}
	plain := &http.Client{Transport: s.Transport()}
	return api{client: client, plain: plain, base: settings.URL, token: s.Secret("token").Reveal(), fault: m.fault}, nil
}

// explain recognizes a rate limit with status 403.
func explain(e *sdk.Error, body []byte) *sdk.Error {
	if e.UpstreamStatus == http.StatusForbidden && strings.Contains(string(body), "rate limit") {
		limited := sdk.Errorf(sdk.CodeRateLimited, "the model wants fewer requests")
		limited.UpstreamStatus = e.UpstreamStatus
		return limited
	}
	return e
}

// rude reports whether the fault needs the client that breaks the rules.
func rude(fault string) bool {
	return slices.Contains([]string{"L1", "L3", "L4", "L6", "L7", "L8", "L9", "L11", "P4", "P5", "P6"}, fault)
}

// get requests path, decodes the answer into into and returns its body.
func (a api) get(ctx context.Context, path string, query url.Values, into any) ([]byte, error) {
	if !rude(a.fault) {
		answer, err := a.client.GetJSON(ctx, path, query, into)
		if err != nil {
			return nil, err
		}
		return answer.Body, nil
	}
	if a.fault == "P4" || a.fault == "P5" || a.fault == "P6" {
		ctx = context.Background() // ignores the end of the run
	}
	for try := 1; ; try++ {
		status, header, body, err := a.once(ctx, http.MethodGet, path, query)
		if err != nil {
			return nil, err
		}
		if wait, again := a.again(status, header, try); again {
			time.Sleep(wait)
			continue
		}
		if status != http.StatusOK {
			return nil, sdk.ErrorFromStatus(status, header, nil)
		}
		if err := json.Unmarshal(body, into); err != nil {
			return nil, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer is no JSON")
		}
		return body, nil
	}
}

// again returns whether to try again, and after which wait, with the fault.
func (a api) again(status int, header http.Header, try int) (time.Duration, bool) {
	seconds, _ := strconv.Atoi(header.Get("Retry-After"))
	switch {
	case a.fault == "L1" && status == http.StatusTooManyRequests:
		return 0, try < 5
	case status == http.StatusTooManyRequests:
		return time.Duration(seconds) * time.Second, try < 5 && seconds < 100
	case a.fault == "L6":
		return 0, false
	case a.fault == "L7" && status >= 500:
		return 0, try < 100
	case a.fault == "L9" && status >= 400:
		return 0, try < 3
	case status >= 500:
		return 250 * time.Millisecond, try < 3
	}
	return 0, false
}

// once sends a request with a client that follows every redirect.
func (a api) once(ctx context.Context, method, path string, query url.Values) (int, http.Header, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(a.base, "/")+path+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return 0, nil, nil, err
	}
	r.Header.Set("X-Token", a.token)
	answer, err := a.plain.Do(r)
	if err != nil {
		return 0, nil, nil, sdk.Errorf(sdk.CodeNetworkConnect, "no connection").Because(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, nil, nil, sdk.Errorf(sdk.CodeNetworkConnect, "the connection broke").Because(err)
	}
	return answer.StatusCode, answer.Header, body, nil
}

// together requests every detail at the same moment.
func (a api) together(ctx context.Context, all []item) {
	var asking sync.WaitGroup
	for _, one := range all {
		asking.Go(func() { _, _, _, _ = a.once(ctx, http.MethodGet, "/groups/"+one.ID, nil) })
	}
	asking.Wait()
}
