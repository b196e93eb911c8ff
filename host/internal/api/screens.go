package api

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/problemjson"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// screenHandler serves the built front end. A path without a file is a screen: the front
// end's own routes know it.
func screenHandler(screens fs.FS) http.Handler {
	files := http.FileServerFS(screens)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			problemjson.Write(w, host.NotFound("path", r.URL.Path, "The API is described at "+route.Prefix+"/openapi.json."))
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		if name != "" && exists(screens, name) {
			if strings.HasPrefix(name, "assets/") {
				// Their names hold a hash of their content.
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			}
			files.ServeHTTP(w, r)
			return
		}
		serveApp(w, screens)
	})
}

func exists(screens fs.FS, name string) bool {
	info, err := fs.Stat(screens, name)
	return err == nil && !info.IsDir()
}

func serveApp(w http.ResponseWriter, screens fs.FS) {
	page, err := fs.ReadFile(screens, "index.html")
	if errors.Is(err, fs.ErrNotExist) {
		http.Error(w, "This program was built without its web UI. Build it with `make build`.", http.StatusNotFound)
		return
	}
	if err != nil {
		http.Error(w, "read web UI: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	// A client that has gone away needs no answer.
	_, _ = w.Write(page)
}
