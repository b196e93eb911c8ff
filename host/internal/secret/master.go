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

// Where the master key is kept.
const (
	BackendAuto    = "auto"
	BackendFile    = "file"
	BackendKeyring = "keyring"
	BackendSystemd = "systemd"
)

const keySize = 32

// The labels of derived keys. A label never gets another meaning.
const (
	labelStore       = "plumbline store v1"
	labelSeal        = "plumbline seal v1"
	labelFingerprint = "plumbline fingerprint v1"
)

// ErrSealed is returned for a sealed secret that is damaged, belongs to another
// connection or setting, or was sealed with another key.
var ErrSealed = errors.New("sealed secret does not open with this key, connection and setting")

// MasterKey is the master key of a data directory. It does not change; its methods may be called from any goroutine.
type MasterKey struct {
	location location
	master   []byte
}

// OpenMasterKey returns the master key of the data directory dir, and makes one for a
// directory without. Backend is auto, file, keyring or systemd; for a directory that has
// a key it must be auto or where the key is. Refusals are *host.Problem.
func OpenMasterKey(dir, backend string) (*MasterKey, error) {
	switch backend {
	case BackendAuto, BackendFile, BackendKeyring, BackendSystemd:
	default:
		return nil, host.Invalid("key_backend", backend, "must be auto, file, keyring or systemd")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create data directory: %w", err)
	}
	r, err := readRecord(dir)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return firstMasterKey(dir, backend)
	}
	if backend != BackendAuto && backend != r.Backend {
		return nil, switched(dir, r.Backend, backend)
	}
	from := r.location(dir)
	master, err := from.load()
	if errors.Is(err, errNoKey) {
		return nil, missing(from.where()).Because(err)
	}
	if err != nil {
		return nil, fmt.Errorf("read master key from %s: %w", from.where(), err)
	}
	k := &MasterKey{location: from, master: master}
	return k, k.expect(r.Fingerprint)
}

// expect refuses a key with another fingerprint.
func (k *MasterKey) expect(fingerprint string) error {
	if found := k.fingerprint(); found != fingerprint {
		return otherKey(k.location.where(), fingerprint, found)
	}
	return nil
}

// firstMasterKey gives a directory its key. It writes the record last, so a crash leaves
// a key that the next start takes.
func firstMasterKey(dir, backend string) (*MasterKey, error) {
	if backend == BackendAuto {
		backend = chooseBackend()
	}
	r := record{Backend: backend, ID: keyringID(dir)}
	into := r.location(dir)
	master, err := into.load()
	if errors.Is(err, errNoKey) {
		master, err = newKey(into)
	}
	if err != nil {
		return nil, fmt.Errorf("set up master key in %s: %w", into.where(), err)
	}
	k := &MasterKey{location: into, master: master}
	r.Fingerprint = k.fingerprint()
	return k, r.save(dir)
}

// newKey makes a key, saves it and reads it back: without a saved key all data would be unreadable at the next start.
func newKey(into location) ([]byte, error) {
	master := make([]byte, keySize)
	_, _ = rand.Read(master) // never fails
	if err := into.save(master); err != nil {
		return nil, err
	}
	back, err := into.load()
	if err != nil {
		return nil, fmt.Errorf("read back: %w", err)
	}
	if string(back) != string(master) {
		return nil, errors.New("read back: another key")
	}
	return master, nil
}

// chooseBackend decides where a new directory's key is kept.
func chooseBackend() string {
	_, err := os.Stat(credentialPath())
	switch {
	case err == nil:
		return BackendSystemd
	case runtime.GOOS == "darwin", runtime.GOOS == "windows", secretServiceAnswers():
		return BackendKeyring
	}
	return BackendFile
}

// StoreKey returns the 32-byte key of the store.
func (k *MasterKey) StoreKey() []byte { return k.derive(labelStore, keySize) }

// Examine reads the key's file again: its owner, its mode and its key. A key that is in no file is not read.
func (k *MasterKey) Examine() error {
	file, ok := k.location.(keyFile)
	if !ok {
		return nil
	}
	master, err := file.load()
	if errors.Is(err, errNoKey) {
		return missing(file.where())
	}
	if err != nil {
		return err
	}
	return (&MasterKey{location: file, master: master}).expect(k.fingerprint())
}

// Describe says in words where the key is kept.
func (k *MasterKey) Describe() string { return "The key is in " + k.location.where() + "." }

// Seal encrypts a secret of a connection and setting.
func (k *MasterKey) Seal(connectionID, name string, plain []byte) ([]byte, error) {
	sealed, err := k.sealAs(labelSeal, plain, additional(connectionID, name))
	if err != nil {
		return nil, fmt.Errorf("seal secret: %w", err)
	}
	return append([]byte{sealVersion}, sealed...), nil
}

const sealVersion = 1

// Open decrypts what Seal returned for the same connection and setting.
func (k *MasterKey) Open(connectionID, name string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, fmt.Errorf("open secret %s: it is empty: %w", name, ErrSealed)
	}
	if sealed[0] != sealVersion {
		return nil, fmt.Errorf("open secret %s: sealed in form %d, this version knows %d: %w", name, sealed[0], sealVersion, ErrSealed)
	}
	plain, err := k.openAs(labelSeal, sealed[1:], additional(connectionID, name))
	if err != nil {
		return nil, fmt.Errorf("open secret %s: %w", name, err)
	}
	return plain, nil
}

// additional is the additional data of a sealed secret. The length keeps "a","bc" apart from "ab","c".
func additional(connectionID, name string) []byte {
	data := binary.BigEndian.AppendUint32([]byte{sealVersion}, uint32(len(connectionID)))
	return append(append(data, connectionID...), name...)
}

// sealAs encrypts under a label; the result begins with a random nonce.
func (k *MasterKey) sealAs(label string, plain, additional []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(k.derive(label, chacha20poly1305.KeySize))
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(nonce) // never fails
	return aead.Seal(nonce, nonce, plain, additional), nil
}

// openAs decrypts what sealAs returned.
func (k *MasterKey) openAs(label string, sealed, additional []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(k.derive(label, chacha20poly1305.KeySize))
	if err != nil {
		return nil, err
	}
	if len(sealed) < aead.NonceSize() {
		return nil, fmt.Errorf("it is cut short: %w", ErrSealed)
	}
	plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], additional)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

func (k *MasterKey) fingerprint() string { return hex.EncodeToString(k.derive(labelFingerprint, 8)) }

// derive returns the key of a label.
func (k *MasterKey) derive(label string, size int) []byte {
	key, err := hkdf.Key(sha256.New, k.master, nil, label, size)
	if err != nil {
		panic("derive key: " + err.Error()) // only for impossible sizes
	}
	return key
}

// keyringID is the keychain account of a data directory.
func keyringID(dir string) string {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	sum := sha256.Sum256([]byte(dir))
	return hex.EncodeToString(sum[:8])
}
