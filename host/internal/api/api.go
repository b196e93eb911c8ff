package api

import (
	"context"
	"io/fs"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/plumbline-dev/plumbline/host/internal/api/access"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/assist"
)

// Server is the API of one host and the screens it serves.
type Server struct {
	app   *app.App
	desk  *assist.Desk
	guard *access.Guard
	api   huma.API
	mux   *http.ServeMux
}

// New returns the API of the use cases. Screens holds the built front end.
func New(e *app.App, version string, screens fs.FS) (*Server, error) {
	key, err := e.SessionKey()
	if err != nil {
		return nil, err
	}
	s := describe(e, version)
	s.guard = access.New(key, e.Logger)
	s.mux.Handle("/", screenHandler(screens))
	return s, nil
}

// describe registers every operation. It needs no open host.
func describe(e *app.App, version string) *Server {
	s := &Server{app: e, desk: assist.New(e, nil), mux: http.NewServeMux()}
	s.api = humago.New(s.mux, config(version))
	s.api.UseMiddleware(s.markDemo)
	s.register()
	nullable(s.api.OpenAPI())
	return s
}

// Handler returns the API for the unix socket and for this process.
func (s *Server) Handler() http.Handler { return access.FromSocket(access.Hardened(s.mux)) }

// WindowHandler returns the API for the window. It refuses the operations that have the
// host start a program that the caller names.
func (s *Server) WindowHandler() http.Handler { return access.FromWindow(access.Hardened(s.mux)) }

func config(version string) huma.Config {
	c := huma.DefaultConfig("Plumbline", version)
	c.Info.Description = "Connections, their runs and the records they read. Lists answer {\"items\": […]}, newest first; " +
		"errors are application/problem+json with a stable code and a remedy. " +
		"Every answer of a demo, whose company does not exist, has the header " + DemoHeader + ": true."
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.OpenAPIPath = route.Prefix + "/openapi"
	c.DocsPath, c.SchemasPath = "", ""
	c.CreateHooks = nil // no $schema links in bodies
	c.Transformers = []huma.Transformer{problemTransformer, demoTransformer}
	c.RejectUnknownQueryParameters = true
	return c
}

// OpenAPI returns the description of the API as JSON.
func OpenAPI(version string) ([]byte, error) {
	return describe(app.New(app.Parts{}), version).api.OpenAPI().MarshalJSON()
}

// Items is the answer of every list.
type Items[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next_cursor,omitempty" doc:"Send as cursor for the following page; absent on the last"`
	Demo  bool   `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
}

type output[T any] struct{ Body T }

func one[T any](value T, err error) (*output[T], error) {
	if err != nil {
		return nil, asError(err)
	}
	return &output[T]{Body: value}, nil
}

func list[T any](items []T, next string, err error) (*output[Items[T]], error) {
	if err != nil {
		return nil, asError(err)
	}
	if items == nil {
		items = []T{}
	}
	return &output[Items[T]]{Body: Items[T]{Items: items, Next: next}}, nil
}

// The handlers of use cases that need nothing but what is in a path or a body.

// value answers what use returns.
func value[T any](use func(context.Context) (T, error)) func(context.Context, *none) (*output[T], error) {
	return func(ctx context.Context, _ *none) (*output[T], error) { return one(use(ctx)) }
}

// byRef answers what use returns for the connection in the path.
func byRef[T any](use func(context.Context, string) (T, error)) func(context.Context, *RefParam) (*output[T], error) {
	return func(ctx context.Context, in *RefParam) (*output[T], error) { return one(use(ctx, in.Ref)) }
}

// byID answers what use returns for the id in the path.
func byID[T any](use func(context.Context, string) (T, error)) func(context.Context, *IDParam) (*output[T], error) {
	return func(ctx context.Context, in *IDParam) (*output[T], error) { return one(use(ctx, in.ID)) }
}

// Body is the input of an operation that takes a body and nothing else.
type Body[T any] struct{ Body T }

// byBody answers what use returns for the body.
func byBody[B, T any](use func(context.Context, B) (T, error)) func(context.Context, *Body[B]) (*output[T], error) {
	return func(ctx context.Context, in *Body[B]) (*output[T], error) { return one(use(ctx, in.Body)) }
}

// removes answers nothing once use has removed what the id in the path names.
func removes(use func(context.Context, string) error) func(context.Context, *IDParam) (*struct{}, error) {
	return func(ctx context.Context, in *IDParam) (*struct{}, error) {
		if err := use(ctx, in.ID); err != nil {
			return nil, asError(err)
		}
		return nil, nil
	}
}

// deadline bounds every request: the window never cancels a request's context.
const deadline = 30 * time.Second

// refused describes the answers that refuse.
func (s *Server) refused() *huma.Response {
	return &huma.Response{
		Description: "What went wrong, by field where one is to blame, and what to do",
		Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: s.problemSchema()}},
	}
}

// operation registers a handler.
func operation[I, O any](s *Server, method, at, id, summary string, status int, handle func(context.Context, *I) (*O, error)) {
	huma.Register(s.api, huma.Operation{
		OperationID: id, Method: method, Path: route.Prefix + at, Summary: summary, DefaultStatus: status,
		MaxBodyBytes: 4 << 20,
		Responses:    map[string]*huma.Response{"default": s.refused()},
	}, func(ctx context.Context, in *I) (*O, error) {
		ctx, cancel := context.WithTimeout(ctx, deadline)
		defer cancel()
		return handle(ctx, in)
	})
}
