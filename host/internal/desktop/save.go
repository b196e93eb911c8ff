package desktop

import (
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"

	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/adrg/xdg"
)

// Downloads returns the directory that this user's programs save files in.
func Downloads() string { return xdg.UserDirs.Download }

// Save writes a file of this name into dir, which it creates, and returns its path. It
// never replaces a file: a name that is taken gets a number. A file that write fails to
// finish is removed.
func Save(dir, name string, write func(io.Writer) error) (path string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("create directory of downloads: %w", err)
	}
	file, err := createFree(dir, fileName(name))
	if err != nil {
		return "", fmt.Errorf("create file: %w", err)
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("write file: %w", err), os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// SaveAnswer saves what handler answers to a GET of an address of the API, in dir under a
// name.
func SaveAnswer(ctx context.Context, handler http.Handler, address, dir, name string) (path string, err error) {
	if !strings.HasPrefix(address, "/api/v1/") {
		return "", fmt.Errorf("save file: %q is no address of the API", address)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return "", fmt.Errorf("save file: %w", err)
	}
	return Save(dir, name, func(w io.Writer) error {
		answer := &answer{header: http.Header{}, to: w}
		handler.ServeHTTP(answer, request)
		return answer.failure()
	})
}

// createFree creates a file of this name, or of the first free one of "name (2).csv",
// "name (3).csv" and so on.
func createFree(dir, name string) (*os.File, error) {
	extension := filepath.Ext(name)
	for n := 1; ; n++ {
		numbered := name
		if n > 1 {
			numbered = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, extension), n, extension)
		}
		file, err := os.OpenFile(filepath.Join(dir, numbered), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) || n == 1000 {
			return file, err
		}
	}
}

// longestName is what every file system takes, with room for a number.
const longestName = 200

// fileName makes a name of one file from a text: without directories, characters that a
// system refuses, or a dot in front that would hide it.
func fileName(text string) string {
	name := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, text)
	name = strings.Trim(name, ". ")
	for len(name) > longestName { // the end has the extension
		_, size := utf8.DecodeRuneInString(name)
		name = name[size:]
	}
	if name == "" {
		return "plumbline"
	}
	return name
}

// answer writes the body of an answer of the API to a file, and keeps a refusal.
type answer struct {
	header  http.Header
	status  int
	to      io.Writer
	refused strings.Builder
	err     error
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.status != http.StatusOK {
		return a.refused.Write(b[:min(len(b), 1<<16-a.refused.Len())])
	}
	n, err := a.to.Write(b)
	if err != nil && a.err == nil {
		a.err = err
	}
	return n, err
}

// failure is why the body is not all in the file, or nil.
func (a *answer) failure() error {
	if a.err != nil || a.status == http.StatusOK {
		return a.err
	}
	return calls.RefusalOf(a.status, []byte(a.refused.String()))
}
