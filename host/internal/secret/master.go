package secret

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/plumbline-dev/plumbline/host"
)

// Where the master key lives.
const (
	BackendAuto    = "auto"
	BackendFile    = "file"
	BackendKeyring = "keyring"
	BackendSystemd = "systemd"
)

const keySize = 32

// What keys are derived for. A label is never given another meaning.
const (
	labelStore       = "plumbline store v1"
	labelSeal        = "plumbline seal v1"
	labelFingerprint = "plumbline fingerprint v1"
)

// ErrSealed is returned for a sealed secret that does not open: it is damaged,
// belongs to another connection or setting, or was sealed with another key.
var ErrSealed = errors.New("sealed secret does not open with this key at this place")

// MasterKey holds the master key and seals secrets with keys derived from it. It
// does not change; its methods may be called from any goroutine.
type MasterKey struct {
	backend string
	where   string // for people
	file    string // of the key; empty when it is in no file of this directory
	master  []byte
}

// OpenMasterKey finds the master key of the data directory dir, or makes one when
// the directory has none yet. Backend is auto, file, keyring or systemd; for a
// directory that has a key it must be auto or the one the key is in. Refusals
// are *host.Problem.
func OpenMasterKey(dir, backend string) (*MasterKey, error) {
	switch backend {
	case BackendAuto, BackendFile, BackendKeyring, BackendSystemd:
	default:
		return nil, host.Invalid("key_backend", backend, "must be auto, file, keyring or systemd")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create data directory: %w", err)
	}
	remembered, err := recall(dir)
	if err != nil {
		return nil, err
	}
	if remembered == nil {
		return firstMasterKey(dir, backend)
	}
	if backend != BackendAuto && backend != remembered.Backend {
		return nil, switched(dir, remembered.Backend, backend)
	}
	home := remembered.home(dir)
	master, err := home.load()
	if errors.Is(err, errNoKey) {
		return nil, missing(home.where()).Because(err)
	}
	if err != nil {
		return nil, fmt.Errorf("read master key from %s: %w", home.where(), err)
	}
	k := &MasterKey{backend: remembered.Backend, where: home.where(), file: fileOf(home), master: master}
	if found := k.fingerprint(); found != remembered.Fingerprint {
		return nil, otherKey(home.where(), remembered.Fingerprint, found)
	}
	return k, nil
}

// firstMasterKey gives a directory its key. What is remembered is written last, so
// a crash leaves a key that the next start finds and takes.
func firstMasterKey(dir, backend string) (*MasterKey, error) {
	if backend == BackendAuto {
		backend = chooseBackend()
	}
	m := memory{Backend: backend, ID: keyringID(dir)}
	home := m.home(dir)
	master, err := home.load()
	if errors.Is(err, errNoKey) {
		if backend == BackendSystemd {
			return nil, missing(home.where()).Because(err)
		}
		master, err = newKey(home)
	}
	if err != nil {
		return nil, fmt.Errorf("set up master key in %s: %w", home.where(), err)
	}
	k := &MasterKey{backend: backend, where: home.where(), file: fileOf(home), master: master}
	m.Fingerprint = k.fingerprint()
	if err := m.save(dir); err != nil {
		return nil, err
	}
	return k, nil
}

// newKey makes a key, keeps it and reads it back, since a key that only seems to
// be kept would make everything unreadable at the next start.
func newKey(home home) ([]byte, error) {
	master := make([]byte, keySize)
	_, _ = rand.Read(master) // never fails
	if err := home.keep(master); err != nil {
		return nil, err
	}
	back, err := home.load()
	if err != nil {
		return nil, fmt.Errorf("read back: %w", err)
	}
	if string(back) != string(master) {
		return nil, errors.New("read back: another key")
	}
	return master, nil
}

// chooseBackend decides where a new directory's key lives.
func chooseBackend() string {
	if _, err := os.Stat(credentialPath()); err == nil {
		return BackendSystemd
	}
	switch runtime.GOOS {
	case "darwin", "windows":
		return BackendKeyring
	}
	if secretServiceAnswers() {
		return BackendKeyring
	}
	return BackendFile
}

// StoreKey returns the 32-byte key of the store.
func (k *MasterKey) StoreKey() []byte { return k.derive(labelStore, keySize) }

// Backend returns where the key lives: file, keyring or systemd.
func (k *MasterKey) Backend() string { return k.backend }

// Examine looks at the key's file again, as a start does: its owner, its mode, and
// that it still holds this key.
func (k *MasterKey) Examine() error {
	if k.file == "" {
		return nil
	}
	master, err := keyFile{k.file}.load()
	if errors.Is(err, errNoKey) {
		return missing(k.where)
	}
	if err != nil {
		return err
	}
	if now := (&MasterKey{master: master}).fingerprint(); now != k.fingerprint() {
		return otherKey(k.where, k.fingerprint(), now)
	}
	return nil
}

// fileOf returns the file that a home keeps the key in, if it does.
func fileOf(h home) string {
	if f, ok := h.(keyFile); ok {
		return f.path
	}
	return ""
}

// Describe says in words where the key lives.
func (k *MasterKey) Describe() string { return "The key is in " + k.where + "." }

// Seal encrypts a secret for exactly this connection and setting name.
func (k *MasterKey) Seal(connectionID, name string, plain []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(k.derive(labelSeal, chacha20poly1305.KeySize))
	if err != nil {
		return nil, fmt.Errorf("seal secret: %w", err)
	}
	sealed := make([]byte, 1+aead.NonceSize(), 1+aead.NonceSize()+len(plain)+aead.Overhead())
	sealed[0] = sealVersion
	nonce := sealed[1:]
	_, _ = rand.Read(nonce) // never fails
	return aead.Seal(sealed, nonce, plain, place(connectionID, name)), nil
}

const sealVersion = 1

// Open decrypts what Seal returned for the same connection and name.
func (k *MasterKey) Open(connectionID, name string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, fmt.Errorf("open secret %s: it is empty: %w", name, ErrSealed)
	}
	if sealed[0] != sealVersion {
		return nil, fmt.Errorf("open secret %s: sealed in form %d, this version knows %d: %w", name, sealed[0], sealVersion, ErrSealed)
	}
	aead, err := chacha20poly1305.NewX(k.derive(labelSeal, chacha20poly1305.KeySize))
	if err != nil {
		return nil, fmt.Errorf("open secret: %w", err)
	}
	if len(sealed) < 1+aead.NonceSize() {
		return nil, fmt.Errorf("open secret %s: it is cut short: %w", name, ErrSealed)
	}
	nonce, text := sealed[1:1+aead.NonceSize()], sealed[1+aead.NonceSize():]
	plain, err := aead.Open(nil, nonce, text, place(connectionID, name))
	if err != nil {
		return nil, fmt.Errorf("open secret %s: %w", name, ErrSealed)
	}
	return plain, nil
}

// place binds a sealed secret to where it belongs; the length keeps "a","bc"
// apart from "ab","c".
func place(connectionID, name string) []byte {
	data := binary.BigEndian.AppendUint32([]byte{sealVersion}, uint32(len(connectionID)))
	return append(append(data, connectionID...), name...)
}

func (k *MasterKey) fingerprint() string { return hex.EncodeToString(k.derive(labelFingerprint, 8)) }

// derive returns a key of its own for a label.
func (k *MasterKey) derive(label string, size int) []byte {
	key, err := hkdf.Key(sha256.New, k.master, nil, label, size)
	if err != nil {
		panic("derive key: " + err.Error()) // only for impossible sizes
	}
	return key
}

// keyringID tells data directories of one person apart in the keychain.
func keyringID(dir string) string {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	sum := sha256.Sum256([]byte(dir))
	return hex.EncodeToString(sum[:8])
}

func newNonce(size int) []byte {
	nonce := make([]byte, size, size+256)
	_, _ = rand.Read(nonce) // never fails
	return nonce
}
