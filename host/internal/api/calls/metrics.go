package calls

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// mostMetrics is the most bytes of the figures that are read.
const mostMetrics = 8 << 20

// Metrics returns the figures of the agent in the text format of Prometheus. A host that a command has opened has none.
func (c *Client) Metrics(ctx context.Context) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://plumbline"+route.Metrics, nil)
	if err != nil {
		return "", fmt.Errorf("make request: %w", err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return "", unreachable(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", refusal(response)
	}
	if !strings.HasPrefix(response.Header.Get("Content-Type"), "text/plain") {
		return "", errors.New("no agent runs, and only an agent has figures")
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, mostMetrics))
	if err != nil {
		return "", fmt.Errorf("read figures: %w", err)
	}
	return string(raw), nil
}
