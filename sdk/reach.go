package sdk

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// ReachURL sends one request to a client's host and reports two results: whether the host
// answers, and whether its TLS certificate is trusted. Any answer counts, even a refusal. The
// request takes the path of the client's requests, with the same proxies.
func (r *Report) ReachURL(ctx context.Context, c *Client) error {
	reach := Probe{ID: "reach", Title: "Reach " + c.base.Hostname()}
	secure := Probe{ID: "tls", Title: "Trusted TLS connection"}
	var answer *Response
	var tlsError error
	err := r.Do(ctx, reach, func(ctx context.Context) (string, error) {
		var err error
		answer, err = c.once(ctx, request{method: http.MethodHead, path: "/"}, c.base)
		if e := (*Error)(nil); errors.As(err, &e) && e.Code == CodeNetworkTLS {
			tlsError = err
			return c.base.Host + " answers.", nil
		}
		if err != nil && answer == nil {
			return "", err
		}
		return c.base.Host + " answers.", nil
	})
	if err != nil {
		r.Skip(secure, "Not tried: the host was not reached.")
		return err
	}
	return r.Do(ctx, secure, func(context.Context) (string, error) {
		if tlsError != nil {
			return "", tlsError
		}
		if !strings.EqualFold(c.base.Scheme, "https") {
			return "", Undetermined("Not encrypted: the address is on this machine.")
		}
		return "The certificate is trusted.", nil
	})
}
