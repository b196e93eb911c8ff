// Package proof has the operations on what shows that controls work: tests, and what follows from them.
package proof

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host/internal/app"
)

// server answers with the use cases of one host.
type server struct{ app *app.App }

// Add registers the operations of this package.
func Add(api huma.API, app *app.App) {
	s := &server{app: app}
	s.addTests(api)
	s.addDecisions(api)
}
