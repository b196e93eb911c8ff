package api

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/problemjson"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// screenHandler serves the built front end. A path without a file is a screen: the front
// end's own routes know it.
func screenHandler(screens fs.FS) http.Handler {
	files := http.FileServerFS(screens)
	squeezed := &squeezed{screens: screens, files: map[string][]byte{}}
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
				if squeezed.serve(w, r, name) {
					return
				}
			}
			files.ServeHTTP(w, r)
			return
		}
		serveApp(w, screens)
	})
}

// smallest is how many bytes a file must have to be worth compressing.
const smallest = 1024

// squeezed serves the scripts and styles as compressed as gzip can. Each is compressed once:
// at the speed that suits answers made for one request they would be a sixth larger.
type squeezed struct {
	screens fs.FS

	mu    sync.Mutex
	files map[string][]byte // by name; nil = not worth it
}

// serve reports whether it answered a request for the file called name.
func (s *squeezed) serve(w http.ResponseWriter, r *http.Request, name string) bool {
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" || r.Header.Get("Range") != "" || !acceptsGzip(r) {
		return false
	}
	body, err := s.file(name)
	if err != nil || body == nil {
		return false // the file server says what is wrong with it
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Encoding", "gzip")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Add("Vary", "Accept-Encoding")
	if r.Method == http.MethodGet {
		// A client that has gone away needs no answer.
		_, _ = w.Write(body)
	}
	return true
}

func acceptsGzip(r *http.Request) bool {
	for _, coding := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		if strings.TrimSpace(coding) == "gzip" {
			return true
		}
	}
	return false
}

// file returns the compressed content of a file, nil for one that is hardly smaller by it.
func (s *squeezed) file(name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if body, known := s.files[name]; known {
		return body, nil
	}
	plain, err := fs.ReadFile(s.screens, name)
	if err != nil {
		return nil, fmt.Errorf("read screen: %w", err)
	}
	var packed bytes.Buffer
	to, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("compress %s: %w", name, err)
	}
	_, err = to.Write(plain)
	if err = errors.Join(err, to.Close()); err != nil {
		return nil, fmt.Errorf("compress %s: %w", name, err)
	}
	body := packed.Bytes()
	if len(plain) < smallest || len(body) > len(plain)*9/10 {
		body = nil
	}
	s.files[name] = body
	return body, nil
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
