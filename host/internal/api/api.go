package api

import (
	"io/fs"
	"net/http"

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
