package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	keyring "github.com/zalando/go-keyring"

	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/owned"
)

// errNoKey is what a location without a key returns.
var errNoKey = errors.New("there is no key")

// location is where a master key is kept.
type location interface {
	// load returns the key, or errNoKey.
	load() ([]byte, error)
	// save stores a new key and never replaces one.
	save(key []byte) error
	// where names the location for people.
	where() string
}

// keyFile is a file of 32 bytes in base64 that only its owner may read.
type keyFile struct{ path string }

func (f keyFile) where() string { return "the file " + f.path }

func (f keyFile) load() ([]byte, error) {
	info, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoKey
	}
	if err != nil {
		return nil, err
	}
	// Windows has no such bits; there the directory's access list protects it.
	if uid, known := owned.UID(info); known && uid != os.Geteuid() {
		return nil, anothersFile(f.path, uid)
	}
	if open := info.Mode().Perm() & 0o077; open != 0 && runtime.GOOS != "windows" {
		return nil, readableByOthers(f.path, info.Mode().Perm())
	}
	return readKey(f.path)
}

func (f keyFile) save(key []byte) error {
	return durable.Create(f.path, 0o600, func(w io.Writer) error {
		_, err := io.WriteString(w, base64.StdEncoding.EncodeToString(key)+"\n")
		return err
	})
}

// credential is a file that systemd gives to the service.
type credential struct{ path string }

// credentialPath returns where systemd puts the key. The file exists only for a service with credentials.
func credentialPath() string {
	dir := os.Getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return filepath.Join(string(filepath.Separator), "run", "credentials", "plumbline.service", "plumbline.key")
	}
	return filepath.Join(dir, "plumbline.key")
}

func (c credential) where() string { return "the systemd credential plumbline.key (" + c.path + ")" }

func (c credential) load() ([]byte, error) { return readKey(c.path) }

func (c credential) save([]byte) error { return missing(c.where()).Because(errNoKey) }

func readKey(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoKey
	}
	if err != nil {
		return nil, err
	}
	return decodeKey(raw)
}

// decodeKey reads a key of 32 bytes: raw, in hex or in base64.
func decodeKey(raw []byte) ([]byte, error) {
	if len(raw) == keySize {
		return raw, nil
	}
	text := string(bytes.TrimSpace(raw))
	if key, err := hex.DecodeString(text); err == nil && len(key) == keySize {
		return key, nil
	}
	if key, err := base64.StdEncoding.DecodeString(text); err == nil && len(key) == keySize {
		return key, nil
	}
	return nil, fmt.Errorf("not a key: %d bytes where 32 bytes, or 32 bytes in hex or base64, are wanted", len(raw))
}

// keyringService is the service name of all keychain entries.
const keyringService = "plumbline"

// keychain is an entry in the operating system's keychain.
type keychain struct{ id string }

func (k keychain) where() string {
	return fmt.Sprintf("the system keychain (service %s, account %s)", keyringService, k.id)
}

func (k keychain) load() ([]byte, error) {
	text, err := bounded(keychainTimeout, func() (string, error) { return keyring.Get(keyringService, k.id) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil, errNoKey
	}
	if err != nil {
		return nil, keychainProblem(k.where(), err)
	}
	return decodeKey([]byte(text))
}

func (k keychain) save(key []byte) error {
	_, err := bounded(keychainTimeout, func() (string, error) {
		return "", keyring.Set(keyringService, k.id, base64.StdEncoding.EncodeToString(key))
	})
	if err != nil {
		return keychainProblem(k.where(), err)
	}
	return nil
}

const (
	// keychainTimeout leaves a person time to type the keychain's password.
	keychainTimeout = time.Minute
	// probeTimeout is for a Secret Service that may not exist.
	probeTimeout = 3 * time.Second
)

// errSilent is returned for a keychain that does not answer in time.
var errSilent = errors.New("no answer in time")

// bounded calls fn, which cannot be cancelled, and waits at most timeout for it.
func bounded(timeout time.Duration, fn func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() { // ends when the keychain answers or drops the call
		text, err := fn()
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		return a.text, a.err
	case <-time.After(timeout):
		return "", errSilent
	}
}

// secretServiceAnswers reports whether a Secret Service answers. It asks none without a
// session bus, because asking would start one.
func secretServiceAnswers() bool {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		if _, err := os.Stat(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")); err != nil {
			return false
		}
	}
	_, err := bounded(probeTimeout, func() (string, error) { return keyring.Get(keyringService, "probe") })
	return err == nil || errors.Is(err, keyring.ErrNotFound)
}
