package release_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/release"
)

// registryServer is a real registry whose answers can be spoiled on their way.
type registryServer struct {
	address string

	mu    sync.Mutex
	spoil func(w http.ResponseWriter, r *http.Request, inner http.Handler)
	asked []string // paths of blobs that were fetched
}

func newRegistry(t *testing.T) *registryServer {
	t.Helper()
	s := &registryServer{}
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		spoil := s.spoil
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
			s.asked = append(s.asked, r.URL.Path[strings.LastIndex(r.URL.Path, ":")+1:])
		}
		s.mu.Unlock()
		if spoil != nil {
			spoil(w, r, inner)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.address = strings.TrimPrefix(server.URL, "http://")
	return s
}

func (s *registryServer) blobs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// blob is the path of a program in the registry.
func blob(content string) string { return "sha256:" + digest(content) }

func TestAReleaseComesFromARegistryWithThisMachinesProgramOnly(t *testing.T) {
	t.Parallel()
	server, key := newRegistry(t), newKey(t)
	reference := server.address + "/connectors/okta:1.2.0"
	pushed, name, err := release.Push(t.Context(), save(t, archive(t, good(t, manifest(), key))), reference, release.Options{})
	if err != nil || pushed.Version != "1.2.0" {
		t.Fatalf("pushed %s, %v", pushed.Version, err)
	}
	for _, ref := range []string{reference, "oci://" + reference, server.address + "/connectors/okta@" + name} {
		s, _ := inventory(t)
		if e := activate(t, s, ref, release.Options{Signer: key.Signer}); e.Current.Source != ref || len(e.Current.Platforms) != 2 {
			t.Errorf("installed %+v", e.Current)
		}
	}
	for _, asked := range server.blobs() {
		if asked == digest("MZ another") {
			t.Error("the program for another system was fetched")
		}
	}
}

func TestARegistryThatLiesIsRefused(t *testing.T) {
	t.Parallel()
	type handler = func(w http.ResponseWriter, r *http.Request, inner http.Handler)
	answer := func(path, content string) handler {
		return func(w http.ResponseWriter, r *http.Request, inner http.Handler) {
			if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, path) {
				inner.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			_, _ = io.WriteString(w, content)
		}
	}
	// rewrite changes what the registry's own manifest says.
	rewrite := func(old, with string) handler {
		return func(w http.ResponseWriter, r *http.Request, inner http.Handler) {
			if !strings.Contains(r.URL.Path, "/manifests/") {
				inner.ServeHTTP(w, r)
				return
			}
			recorded := httptest.NewRecorder()
			asGet := r.Clone(r.Context())
			if asGet.Method == http.MethodHead {
				asGet.Method = http.MethodGet // what is rewritten has to be seen
			}
			inner.ServeHTTP(recorded, asGet)
			body := strings.ReplaceAll(recorded.Body.String(), old, with)
			for name, values := range recorded.Header() {
				w.Header()[name] = values
			}
			w.Header().Set("Docker-Content-Digest", "sha256:"+digest(body))
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			w.WriteHeader(recorded.Code)
			_, _ = io.WriteString(w, body)
		}
	}
	size := len(program)
	tests := map[string]struct {
		spoil handler
		code  string
		words string
	}{
		"another program":  {answer(blob(program), strings.Repeat("x", size)), host.CodeReleaseDamaged, "its hash differs"},
		"a longer program": {answer(blob(program), program+"more"), host.CodeReleaseSource, "cannot be read"},
		"another size": {rewrite(fmt.Sprintf(`"size":%d`, size), fmt.Sprintf(`"size":%d`, size+1)), host.CodeReleaseDamaged,
			"the registry says"},
		"another program under another digest": {
			rewrite(digest(program), digest("evil")), host.CodeReleaseDamaged, "the registry has no linux-amd64/okta",
		},
		"another artifact": {rewrite("vnd.plumbline.connector.v1", "vnd.other.v1"), host.CodeReleaseDamaged, "is no connector"},
		"a manifest with another digest than asked for": {func(w http.ResponseWriter, r *http.Request, inner http.Handler) {
			if strings.Contains(r.URL.Path, "/manifests/") {
				w.Header().Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
				w.Header().Set("Docker-Content-Digest", "sha256:"+digest("x"))
				w.Header().Set("Content-Length", "2")
				_, _ = io.WriteString(w, "{}")
				return
			}
			inner.ServeHTTP(w, r)
		}, host.CodeReleaseDamaged, "something else than it was asked for"},
		"a network that breaks in the middle": {func(w http.ResponseWriter, r *http.Request, inner http.Handler) {
			if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, blob(program)) {
				inner.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Length", strconv.Itoa(size))
			_, _ = io.WriteString(w, program[:size/2])
			panic(http.ErrAbortHandler)
		}, host.CodeReleaseSource, "cannot be read"},
		"a registry that says no": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.WriteHeader(http.StatusForbidden)
		}, host.CodeReleaseSource, "cannot be read"},
		"no such version": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.WriteHeader(http.StatusNotFound)
		}, host.CodeReleaseSource, "cannot be read"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, key := newRegistry(t), newKey(t)
			reference := server.address + "/connectors/okta:1.2.0"
			if _, _, err := release.Push(t.Context(), save(t, archive(t, good(t, manifest(), key))), reference, release.Options{}); err != nil {
				t.Fatal(err)
			}
			server.mu.Lock()
			server.spoil = test.spoil
			server.mu.Unlock()
			refused(t, reference, release.Options{Signer: key.Signer}, test.code, test.words)
		})
	}
}

func TestTheNewestTagIsFound(t *testing.T) {
	t.Parallel()
	server, key := newRegistry(t), newKey(t)
	repository := server.address + "/connectors/okta"
	for _, v := range []string{"1.0.0", "1.10.0", "1.9.0", "2.0.0-rc.1"} {
		if _, _, err := release.Push(t.Context(), version(t, key, v), repository+":"+v, release.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := release.Push(t.Context(), version(t, key, "1.0.0"), repository+":latest", release.Options{}); err != nil {
		t.Fatal(err)
	}
	for installed, want := range map[string]string{"1.0.0": ":1.10.0", "1.10.0": "", "2.0.0-beta": ":2.0.0-rc.1"} {
		name, newer, err := release.Newest(t.Context(), repository+":1.0.0", installed)
		if err != nil || newer != (want != "") || newer && name != repository+want {
			t.Errorf("with %s: %s %v, %v; want %s", installed, name, newer, err, want)
		}
	}
	file := version(t, key, "3.0.0")
	if _, newer, err := release.Newest(t.Context(), file, "2.0.0"); err != nil || !newer {
		t.Errorf("the file is not newer, %v", err)
	}
	if _, newer, err := release.Newest(t.Context(), file, "3.0.0"); err != nil || newer {
		t.Errorf("the same file is newer, %v", err)
	}
}

func TestNothingButThisMachineIsSpokenToWithoutEncryption(t *testing.T) {
	t.Parallel()
	want := map[string]bool{
		"127.0.0.1:5000": true, "localhost:5000": true, "[::1]:5000": true,
		"registry.example.com": false, "localhost.example.com:5000": false, "10.0.0.1:5000": false,
	}
	got := map[string]bool{}
	for address := range want {
		got[address] = release.PlainHTTP(address)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
