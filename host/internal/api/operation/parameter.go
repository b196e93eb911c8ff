package operation

import (
	"context"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// None is the input of an operation that takes nothing.
type None struct{}

// Body is the input of an operation that takes a body and nothing else.
type Body[T any] struct{ Body T }

// RefParam names a connection. Embedded parameters are exported because the framework
// ignores others.
type RefParam struct {
	Ref string `path:"ref" doc:"Id or alias of the connection"`
}

// IDParam names what is not a connection.
type IDParam struct {
	ID string `path:"id"`
}

// PageParams say which part of a list is wanted.
type PageParams struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before"`
}

// WaitParam says how long a request may be held.
type WaitParam struct {
	Wait string `query:"wait" default:"0s" doc:"How long to wait for news, at most 25s"`
}

// maxWait is below the deadline and below what browsers and proxies allow.
const maxWait = 25 * time.Second

// Context returns a context that ends when the request has been held long enough.
func (w WaitParam) Context(ctx context.Context) (context.Context, context.CancelFunc, error) {
	wait, err := Duration("wait", w.Wait)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, min(wait, maxWait))
	return ctx, cancel, nil
}

// Duration parses the parameter called name.
func Duration(name, text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, host.Invalid(name, text, "must be a duration such as 25s")
	}
	return d, nil
}
