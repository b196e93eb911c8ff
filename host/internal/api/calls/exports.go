package calls

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

// partBytes is how much of a file the client asks for at once: a client in this process
// holds an answer in memory.
const partBytes = 4 << 20

// ExportFile writes the file of an export, which has so many bytes, to w.
func (c *Client) ExportFile(ctx context.Context, e host.Export, w io.Writer) error {
	if err := c.file(ctx, route.ExportFile, e.ID, e.Bytes, w); err != nil {
		return fmt.Errorf("read export: %w", err)
	}
	return nil
}

// file writes a file of so many bytes to w, part by part.
func (c *Client) file(ctx context.Context, path, id string, bytes int64, w io.Writer) error {
	for from := int64(0); from < bytes; {
		n, err := c.filePart(ctx, path, id, from, min(from+partBytes, bytes)-1, w)
		if err != nil {
			return err
		}
		if n == 0 {
			return errors.New("the file is shorter than it was")
		}
		from += n
	}
	return nil
}

func (c *Client) filePart(ctx context.Context, path, id string, from, last int64, w io.Writer) (int64, error) {
	request, err := newRequest(ctx, http.MethodGet, path, operation.IDParam{ID: id})
	if err != nil {
		return 0, err
	}
	request.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, last))
	response, err := c.http.Do(request)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return 0, cause
		}
		return 0, unreachable(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		return 0, refusal(response)
	}
	return io.Copy(w, response.Body)
}

// StartExport begins to write a list into a file.
func (c *Client) StartExport(ctx context.Context, request lookup.ExportRequest) (host.Task, error) {
	return call[host.Task](ctx, c, http.MethodPost, route.Exports, operation.Body[lookup.ExportRequest]{Body: request})
}

// Exports returns the exports that were made.
func (c *Client) Exports(ctx context.Context) ([]host.Export, error) {
	return items[host.Export](ctx, c, route.Exports, struct{}{})
}
