package api

import (
	"net/http"

	"github.com/klauspost/compress/gzhttp"
)

// compressed compresses answers for browsers that take it. Answers to /events are
// small and held back on purpose; they go out as they are.
func compressed(next http.Handler) http.Handler {
	squeeze := gzhttp.GzipHandler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == prefix+pathEvents {
			next.ServeHTTP(w, r)
			return
		}
		squeeze.ServeHTTP(w, r)
	})
}
