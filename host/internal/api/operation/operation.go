package operation

import (
	"context"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host/internal/api/problemjson"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// deadline bounds every request: the window never cancels a request's context.
const deadline = 30 * time.Second

// maxBody bounds the body of a request, in bytes.
const maxBody = 4 << 20

// Add registers an operation of a path below route.Prefix. ID is its name in the description of the API.
func Add[I, O any](api huma.API, method, at, id, summary string, status int, handle func(context.Context, *I) (*O, error)) {
	huma.Register(api, huma.Operation{
		OperationID: id, Method: method, Path: route.Prefix + at, Summary: summary, DefaultStatus: status,
		MaxBodyBytes: maxBody,
		Responses:    map[string]*huma.Response{"default": Refused(api)},
	}, func(ctx context.Context, in *I) (*O, error) {
		ctx, cancel := context.WithTimeout(ctx, deadline)
		defer cancel()
		return handle(ctx, in)
	})
}

// Refused describes the answers that refuse.
func Refused(api huma.API) *huma.Response {
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[problemjson.Refusal](), true, "Refusal")
	return &huma.Response{
		Description: "What went wrong, by field where one is to blame, and what to do",
		Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
	}
}

// Error returns an error as the API refuses with it.
func Error(err error) error { return problemjson.Of(err) }
