package api

import (
	"net/http"

	"github.com/klauspost/compress/gzhttp"
)

// compressed compresses answers for browsers that accept it. Answers to /events are small
// and are not compressed.
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
