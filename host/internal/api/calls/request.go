package calls

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// maxPage is the most items of one page.
const maxPage = 1000

// call invokes an operation. in is the input of its handler: the client writes what
// the server reads, by the same tags.
func call[O any](ctx context.Context, c *Client, method, path string, in any) (answer O, err error) {
	request, err := newRequest(ctx, method, path, in)
	if err != nil {
		return answer, err
	}
	return answer, c.do(request, &answer)
}

// items invokes an operation that answers a list of one page.
func items[T any](ctx context.Context, c *Client, path string, in any) ([]T, error) {
	answer, err := call[operation.Items[T]](ctx, c, http.MethodGet, path, in)
	return answer.Items, err
}

// remove invokes an operation that deletes and answers nothing.
func remove(ctx context.Context, c *Client, path string, in any) error {
	request, err := newRequest(ctx, http.MethodDelete, path, in)
	if err != nil {
		return err
	}
	return c.do(request, nil)
}

func newRequest(ctx context.Context, method, path string, in any) (*http.Request, error) {
	parts := requestParts{path: path, query: url.Values{}, header: http.Header{}}
	parts.add(reflect.ValueOf(in))
	var content io.Reader
	if parts.body != nil {
		raw, err := json.Marshal(parts.body)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		parts.header.Set("Content-Type", "application/json")
		content = bytes.NewReader(raw)
	}
	address := "http://plumbline" + route.Prefix + parts.path
	if len(parts.query) > 0 {
		address += "?" + parts.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	request.Header = parts.header
	return request, nil
}

// requestParts are what an input becomes.
type requestParts struct {
	path   string
	query  url.Values
	header http.Header
	body   any
}

// add adds the fields of an input. A parameter without a value is left out.
func (p *requestParts) add(in reflect.Value) {
	for i := range in.NumField() {
		field, value := in.Type().Field(i), in.Field(i)
		if field.Anonymous {
			p.add(value)
			continue
		}
		if field.Name == "Body" {
			p.body = value.Interface()
			continue
		}
		if name := field.Tag.Get("path"); name != "" {
			p.path = strings.Replace(p.path, "{"+name+"}", url.PathEscape(fmt.Sprint(value)), 1)
			continue
		}
		if value.IsZero() {
			continue
		}
		if name := field.Tag.Get("header"); name != "" {
			p.header.Set(name, value.String())
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("query"), ",")
		if value.Kind() == reflect.Slice {
			for n := range value.Len() {
				p.query.Add(name, fmt.Sprint(value.Index(n)))
			}
			continue
		}
		p.query.Set(name, fmt.Sprint(value))
	}
}

// copy writes the answer of an operation to w as it comes.
func (c *Client) copy(ctx context.Context, path string, in any, w io.Writer) error {
	request, err := newRequest(ctx, http.MethodGet, path, in)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return unreachable(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		return refusal(response)
	}
	if _, err := io.Copy(w, response.Body); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}
