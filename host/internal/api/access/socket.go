package access

import (
	"context"
	"net/http"
	"path"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// socketKey marks the requests that came over the socket, or from this process.
type socketKey struct{}

// CameOverSocket reports whether a request came over the socket, or from this process.
func CameOverSocket(ctx context.Context) bool {
	came, _ := ctx.Value(socketKey{}).(bool)
	return came
}

// OnlySocket is the problem of a request that had to come over the socket.
func OnlySocket() *host.Problem {
	return host.Refused(host.CodeForbidden, "Use `plumbline connector dev`.",
		"a program in development is given to the host over its socket only")
}

// NeedsSocket reports whether a request, however its path is written, is for one of the
// operations that answer over the socket only.
func NeedsSocket(r *http.Request) bool {
	return strings.HasPrefix(path.Clean("/"+r.URL.Path)+"/", route.Prefix+route.Developments+"/")
}
