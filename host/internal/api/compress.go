package api

import (
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"

	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// compressed compresses answers for browsers that accept it. Answers to /events are small
// and are not compressed. Neither are files, of which a client may ask for parts.
func compressed(next http.Handler) http.Handler {
	squeeze := gzhttp.GzipHandler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == route.Prefix+route.Events || isFile(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		squeeze.ServeHTTP(w, r)
	})
}

// isFile reports whether a path is that of a file: of an export, of evidence or of a pack.
func isFile(path string) bool { return strings.HasSuffix(path, "/file") }
