package operation

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// Upload is the input of an operation whose body is a file, which is read as it arrives. AddUpload registers such an operation.
type Upload struct{ body io.Reader }

// Resolve implements huma.Resolver: it takes the body before anything reads it.
func (u *Upload) Resolve(ctx huma.Context) []error {
	u.body = ctx.BodyReader()
	return nil
}

// Reader returns the body.
func (u *Upload) Reader() io.Reader {
	if u.body == nil {
		return failing{}
	}
	return u.body
}

type failing struct{}

// Read implements io.Reader.
func (failing) Read([]byte) (int, error) { return 0, errors.New("there is no body") }

// AddUpload is Add for an operation whose body is a file. It has no deadline: a slow sender of a long file is no fault. The handler bounds
// how much it reads.
func AddUpload[I, O any](api huma.API, at, id, summary string, status int, handle func(context.Context, *I) (*O, error)) {
	huma.Register(api, huma.Operation{
		OperationID: id, Method: http.MethodPost, Path: route.Prefix + at, Summary: summary, DefaultStatus: status,
		RequestBody: &huma.RequestBody{
			Required: true, Description: "The bytes of the file",
			Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}},
		},
		Responses: map[string]*huma.Response{"default": Refused(api)},
	}, handle)
}
