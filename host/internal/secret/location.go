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

// errNoKey is what a home returns when it holds no key.
var errNoKey = errors.New("there is no key")

// home is a place a master key can live in.
type home interface {
	// load returns the key, or errNoKey.
	load() ([]byte, error)
	// keep stores a new key and never replaces one.
	keep(key []byte) error
	// where names the place for people.
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
	raw, err := os.ReadFile(f.path)
	if err != nil {
		return nil, err
	}
	return decodeKey(raw)
}

func (f keyFile) keep(key []byte) error {
	return durable.Create(f.path, 0o600, func(w io.Writer) error {
		_, err := io.WriteString(w, base64.StdEncoding.EncodeToString(key)+"\n")
		return err
	})
}

// credential is a file systemd hands to the service.
type credential struct{ path string }

// credentialPath returns where systemd puts the key; no such file exists when
// the program is not run with credentials.
func credentialPath() string {
	dir := os.Getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return filepath.Join(string(filepath.Separator), "run", "credentials", "plumbline.service", "plumbline.key")
	}
	return filepath.Join(dir, "plumbline.key")
}

func (c credential) where() string { return "the systemd credential plumbline.key (" + c.path + ")" }

func (c credential) load() ([]byte, error) {
	raw, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoKey
	}
	if err != nil {
		return nil, err
	}
	return decodeKey(raw)
}

func (credential) keep([]byte) error {
	return errors.New("a systemd credential is made by the administrator")
}

// decodeKey reads a key of 32 bytes, as they are, in hex or in base64.
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

// keyringService is the name all entries in the keychain share.
const keyringService = "plumbline"

// keychain is an entry in the operating system's keychain.
type keychain struct{ id string }

func (k keychain) where() string {
	return fmt.Sprintf("the system keychain (service %s, account %s)", keyringService, k.id)
}

func (k keychain) load() ([]byte, error) {
	text, err := bounded(keychainPatience, func() (string, error) { return keyring.Get(keyringService, k.id) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil, errNoKey
	}
	if err != nil {
		return nil, keychainProblem(k.where(), err)
	}
	return decodeKey([]byte(text))
}

func (k keychain) keep(key []byte) error {
	_, err := bounded(keychainPatience, func() (string, error) {
		return "", keyring.Set(keyringService, k.id, base64.StdEncoding.EncodeToString(key))
	})
	if err != nil {
		return keychainProblem(k.where(), err)
	}
	return nil
}

// keychainPatience is how long a keychain may take: a person may have to type its
// password.
const keychainPatience = time.Minute

// errSilent is returned for a keychain that does not answer in time.
var errSilent = errors.New("no answer in time")

// bounded calls fn, which cannot be cancelled, and gives up waiting for it after a
// while: a session bus that hangs must not hang the agent.
func bounded(patience time.Duration, fn func() (string, error)) (string, error) {
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
	case <-time.After(patience):
		return "", errSilent
	}
}

// probePatience is how long a Secret Service may take to answer.
const probePatience = 3 * time.Second

// secretServiceAnswers reports whether a Secret Service holds or could hold a
// key. Without a session bus it is not even asked, since asking would start one.
func secretServiceAnswers() bool {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		if _, err := os.Stat(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")); err != nil {
			return false
		}
	}
	_, err := bounded(probePatience, func() (string, error) { return keyring.Get(keyringService, "probe") })
	return err == nil || errors.Is(err, keyring.ErrNotFound)
}
