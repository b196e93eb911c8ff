package secret_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	keyring "github.com/zalando/go-keyring"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

func open(t *testing.T, dir, backend string) *secret.MasterKey {
	t.Helper()
	k, err := secret.OpenMasterKey(dir, backend)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// refused checks that a directory's key does not open, and what is said.
func refused(t *testing.T, dir, backend, code string, says ...string) {
	t.Helper()
	_, err := secret.OpenMasterKey(dir, backend)
	var p *host.Problem
	if !errors.As(err, &p) || p.Code != code {
		t.Fatalf("error %v, want problem %s", err, code)
	}
	for _, word := range says {
		if !strings.Contains(p.Message+" "+p.Remedy, word) {
			t.Errorf("%q, %q does not say %q", p.Message, p.Remedy, word)
		}
	}
}

func TestFileBackend(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	first := open(t, dir, secret.BackendFile)
	if first.Backend() != secret.BackendFile || !strings.Contains(first.Describe(), "master.key") || len(first.StoreKey()) != 32 {
		t.Errorf("master says %s, %s, key of %d bytes", first.Backend(), first.Describe(), len(first.StoreKey()))
	}
	for _, backend := range []string{secret.BackendFile, secret.BackendAuto} {
		if again := open(t, dir, backend); !bytes.Equal(first.StoreKey(), again.StoreKey()) {
			t.Errorf("%s: another key at the second start", backend)
		}
	}
	if other := open(t, t.TempDir(), secret.BackendFile); bytes.Equal(first.StoreKey(), other.StoreKey()) {
		t.Error("two directories share a key")
	}
	for _, name := range []string{"master.key", "key.json"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("%s has mode %04o", name, mode)
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	remembered, err := os.ReadFile(filepath.Join(dir, "key.json"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(remembered, bytes.TrimSpace(raw)) {
		t.Error("key.json holds the key")
	}
}

func TestMasterKeyRefuses(t *testing.T) {
	t.Parallel()
	key := func(dir string) string { return filepath.Join(dir, "master.key") }
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name    string
		spoil   func(t *testing.T, dir string)
		backend string
		says    []string
	}{
		{"a key others can read", func(t *testing.T, dir string) { must(t, os.Chmod(key(dir), 0o640)) }, secret.BackendFile,
			[]string{"0640", "chmod 600"}},
		{"a missing key, saying where it was", func(t *testing.T, dir string) { must(t, os.Remove(key(dir))) }, secret.BackendAuto,
			[]string{"master.key", "backup"}},
		{"another key", func(t *testing.T, dir string) {
			must(t, os.WriteFile(key(dir), []byte(strings.Repeat("ab", 32)), 0o600))
		}, secret.BackendFile, []string{"fingerprint"}},
		{"another backend", func(*testing.T, string) {}, secret.BackendKeyring, []string{`"file"`, `"keyring"`}},
		{"a damaged memory", func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "key.json"), []byte("{"), 0o600))
		}, secret.BackendAuto, []string{"key.json"}},
		{"a memory of an unknown backend", func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "key.json"), []byte(`{"backend":"cloud"}`), 0o600))
		}, secret.BackendAuto, []string{"key.json"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if runtime.GOOS == "windows" && strings.Contains(test.name, "others") {
				return // there are no such bits
			}
			dir := t.TempDir()
			open(t, dir, secret.BackendFile)
			test.spoil(t, dir)
			before, _ := os.ReadDir(dir)
			refused(t, dir, test.backend, host.CodeStoreKey, test.says...)
			after, _ := os.ReadDir(dir)
			if len(before) != len(after) {
				t.Errorf("refusing changed the directory from %v to %v", before, after)
			}
		})
	}
	t.Run("a word that is no backend", func(t *testing.T) {
		t.Parallel()
		refused(t, t.TempDir(), "vault", host.CodeInvalid, "auto, file, keyring or systemd")
	})
	t.Run("a file that is no key", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		must(t, os.WriteFile(key(dir), []byte("hello"), 0o600))
		if _, err := secret.OpenMasterKey(dir, secret.BackendFile); err == nil {
			t.Error("opened")
		}
		raw, err := os.ReadFile(key(dir))
		must(t, err)
		if string(raw) != "hello" {
			t.Error("the file was overwritten")
		}
	})
}

func TestNewKeyIsNotWrittenThroughALink(t *testing.T) {
	t.Parallel()
	dir, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Symlink(elsewhere, filepath.Join(dir, "master.key")); err != nil {
		return // this system has no links
	}
	if _, err := secret.OpenMasterKey(dir, secret.BackendFile); err == nil {
		t.Error("opened")
	}
	if _, err := os.Stat(elsewhere); err == nil {
		t.Error("the key was written where the link points")
	}
}

func TestCrashBeforeTheKeyIsRemembered(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir, secret.BackendFile)
	if err := os.Remove(filepath.Join(dir, "key.json")); err != nil {
		t.Fatal(err)
	}
	if again := open(t, dir, secret.BackendFile); !bytes.Equal(first.StoreKey(), again.StoreKey()) {
		t.Error("the key that was there is not used")
	}
}

// The following set what is the whole process's, so they do not run in parallel.

func TestSystemdCredential(t *testing.T) {
	credentials, dir := t.TempDir(), t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", credentials)
	refused(t, dir, secret.BackendSystemd, host.CodeStoreKey, credentials)

	path := filepath.Join(credentials, "plumbline.key")
	raw := bytes.Repeat([]byte{0xAB}, 32)
	var keys [][]byte
	for _, form := range [][]byte{raw, []byte(hex.EncodeToString(raw) + "\n")} {
		if err := os.WriteFile(path, form, 0o600); err != nil {
			t.Fatal(err)
		}
		k := open(t, dir, secret.BackendAuto)
		if k.Backend() != secret.BackendSystemd {
			t.Errorf("auto chose %s although there is a credential", k.Backend())
		}
		keys = append(keys, k.StoreKey())
	}
	if !bytes.Equal(keys[0], keys[1]) {
		t.Error("the same key in hex is another key")
	}
	// Without the credential it does not fall back to anything.
	t.Setenv("CREDENTIALS_DIRECTORY", t.TempDir())
	refused(t, dir, secret.BackendAuto, host.CodeStoreKey, "systemd credential")
}

func TestKeychain(t *testing.T) {
	keyring.MockInit()
	dir := t.TempDir()
	first := open(t, dir, secret.BackendKeyring)
	if first.Backend() != secret.BackendKeyring || !strings.Contains(first.Describe(), "keychain") {
		t.Errorf("master says %s, %s", first.Backend(), first.Describe())
	}
	if _, err := os.Stat(filepath.Join(dir, "master.key")); err == nil {
		t.Error("the key is in a file too")
	}
	if again := open(t, dir, secret.BackendAuto); !bytes.Equal(first.StoreKey(), again.StoreKey()) {
		t.Error("another key at the second start")
	}
	other := open(t, t.TempDir(), secret.BackendKeyring)
	if bytes.Equal(first.StoreKey(), other.StoreKey()) {
		t.Error("two directories share an entry")
	}
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	if again := open(t, moved, secret.BackendAuto); !bytes.Equal(first.StoreKey(), again.StoreKey()) {
		t.Error("a moved directory has another key")
	}
	keyring.MockInitWithError(errors.New("locked"))
	refused(t, moved, secret.BackendAuto, host.CodeStoreKey, "keychain", "Unlock")
	keyring.MockInit() // emptied
	refused(t, moved, secret.BackendAuto, host.CodeStoreKey, "keychain", "where it was kept")
}

func TestAutoOnLinux(t *testing.T) {
	if runtime.GOOS != "linux" {
		return
	}
	t.Setenv("CREDENTIALS_DIRECTORY", t.TempDir())
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	for _, test := range []struct {
		name, bus string
		answer    error
		want      string
	}{
		{"no session bus", "", nil, secret.BackendFile},
		{"a Secret Service that answers", "unix:path=/nowhere", nil, secret.BackendKeyring},
		{"one that does not", "unix:path=/nowhere", errors.New("no such service"), secret.BackendFile},
	} {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", test.bus)
		keyring.MockInit()
		if test.answer != nil {
			keyring.MockInitWithError(test.answer)
		}
		if got := open(t, t.TempDir(), secret.BackendAuto).Backend(); got != test.want {
			t.Errorf("%s: auto chose %s, want %s", test.name, got, test.want)
		}
	}
}

func TestSeal(t *testing.T) {
	t.Parallel()
	k := open(t, t.TempDir(), secret.BackendFile)
	other := open(t, t.TempDir(), secret.BackendFile)
	for _, plain := range []string{"", "x", "a token with ünïcode", strings.Repeat("long", 5000)} {
		sealed, err := k.Seal("c1", "token", []byte(plain))
		if err != nil {
			t.Fatal(err)
		}
		if len(plain) > 3 && bytes.Contains(sealed, []byte(plain)) {
			t.Error("the sealed secret holds the plain one")
		}
		got, err := k.Open("c1", "token", sealed)
		if err != nil || string(got) != plain {
			t.Errorf("opened %q (%v), want %q", got, err, plain)
		}
		again, err := k.Seal("c1", "token", []byte(plain))
		if err != nil || bytes.Equal(sealed, again) {
			t.Errorf("sealing twice gives the same bytes (%v)", err)
		}
		flipped := bytes.Clone(sealed)
		flipped[len(flipped)-1] ^= 1
		newer := bytes.Clone(sealed)
		newer[0] = 9
		for name, try := range map[string]func() ([]byte, error){
			"another connection":    func() ([]byte, error) { return k.Open("c2", "token", sealed) },
			"another name":          func() ([]byte, error) { return k.Open("c1", "password", sealed) },
			"the same text in all":  func() ([]byte, error) { return k.Open("c1t", "oken", sealed) },
			"another key":           func() ([]byte, error) { return other.Open("c1", "token", sealed) },
			"one bit":               func() ([]byte, error) { return k.Open("c1", "token", flipped) },
			"another form":          func() ([]byte, error) { return k.Open("c1", "token", newer) },
			"cut short":             func() ([]byte, error) { return k.Open("c1", "token", sealed[:20]) },
			"nothing":               func() ([]byte, error) { return k.Open("c1", "token", nil) },
			"the version byte only": func() ([]byte, error) { return k.Open("c1", "token", sealed[:1]) },
		} {
			if got, err := try(); !errors.Is(err, secret.ErrSealed) {
				t.Errorf("%s: opened %q (%v)", name, got, err)
			}
		}
	}
}
