package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha512"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"golang.org/x/crypto/ssh"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// signedCommit makes a commit with the signature that sign gives over its bytes. Changed bytes make the signature wrong.
func signedCommit(r *repo, header string, sign func(text []byte) string, change bool) string {
	r.t.Helper()
	message := "Signed"
	text := func() string {
		return fmt.Sprintf("tree %s\nauthor Ann <ann@acme.example> %d +0000\ncommitter Ann <ann@acme.example> %d +0000\n",
			r.git("mktree"), r.now.Unix(), r.now.Unix())
	}()
	signature := sign([]byte(text + "\n" + message + "\n"))
	if change {
		message = "Changed afterwards"
	}
	text += header + " " + strings.ReplaceAll(strings.TrimSpace(signature), "\n", "\n ") + "\n\n" + message + "\n"
	hash := r.feed(text, "hash-object", "-t", "commit", "-w", "--stdin")
	r.git("update-ref", "refs/heads/main", hash)
	return hash
}

func newOpenPGP(t *testing.T) (sign func([]byte) string, public string) {
	t.Helper()
	entity, err := openpgp.NewEntity("Ann", "", "ann@acme.example", nil)
	if err != nil {
		t.Fatal(err)
	}
	var key bytes.Buffer
	w, err := armor.Encode(&key, openpgp.PublicKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := entity.Serialize(w); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	return func(text []byte) string {
		var signature bytes.Buffer
		if err := openpgp.ArmoredDetachSign(&signature, entity, bytes.NewReader(text), nil); err != nil {
			t.Fatal(err)
		}
		return signature.String()
	}, key.String()
}

// newSSH returns a signer as ssh-keygen -Y sign is, and its line of allowed signers.
func newSSH(t *testing.T, namespace string) (sign func([]byte) string, line string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	line = "ann@acme.example " + string(ssh.MarshalAuthorizedKey(signer.PublicKey()))
	return func(text []byte) string {
		sum := sha512.Sum512(text)
		over := ssh.Marshal(struct{ Namespace, Reserved, Hash, Sum string }{namespace, "", "sha512", string(sum[:])})
		given, err := signer.Sign(rand.Reader, append([]byte(sshMagic), over...))
		if err != nil {
			t.Fatal(err)
		}
		blob := ssh.Marshal(sshBlob{1, string(signer.PublicKey().Marshal()), namespace, "", "sha512", string(ssh.Marshal(given))})
		return string(pem.EncodeToMemory(&pem.Block{Type: "SSH SIGNATURE", Bytes: append([]byte(sshMagic), blob...)}))
	}, line
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	signPGP, keyPGP := newOpenPGP(t)
	_, otherPGP := newOpenPGP(t)
	signSSH, lineSSH := newSSH(t, "git")
	signFile, lineFile := newSSH(t, "file")
	_, otherSSH := newSSH(t, "git")
	x509 := func([]byte) string { return "-----BEGIN SIGNED MESSAGE-----\nMIIB\n-----END SIGNED MESSAGE-----\n" }
	tests := map[string]struct {
		sign           func([]byte) string
		change         bool
		settings       map[string]any
		kind, verified string
		signer         any
	}{
		"OpenPGP": {signPGP, false, map[string]any{"openpgp_keys": keyPGP}, "openpgp", "yes", "Ann <ann@acme.example>"},
		"OpenPGP, one of two": {signPGP, false, map[string]any{"openpgp_keys": otherPGP + "\n" + keyPGP}, "openpgp", "yes",
			"Ann <ann@acme.example>"},
		"OpenPGP, changed":        {signPGP, true, map[string]any{"openpgp_keys": keyPGP}, "openpgp", "no", nil},
		"OpenPGP, another key":    {signPGP, false, map[string]any{"openpgp_keys": otherPGP}, "openpgp", "unknown", nil},
		"OpenPGP, no key":         {signPGP, false, nil, "openpgp", "unknown", nil},
		"SSH":                     {signSSH, false, map[string]any{"ssh_signers": "# people\n" + lineSSH}, "ssh", "yes", "ann@acme.example"},
		"SSH, changed":            {signSSH, true, map[string]any{"ssh_signers": otherSSH + lineSSH}, "ssh", "no", nil},
		"SSH, another key":        {signSSH, false, map[string]any{"ssh_signers": otherSSH}, "ssh", "unknown", nil},
		"SSH, for something else": {signFile, false, map[string]any{"ssh_signers": lineFile}, "ssh", "no", nil},
		"X.509":                   {x509, false, map[string]any{"openpgp_keys": keyPGP}, "x509", "unknown", nil},
		"something else": {func([]byte) string { return "-----BEGIN THING-----\nx\n-----END THING-----" }, false, nil, "unknown",
			"unknown", nil},
		"a damaged SSH signature": {func([]byte) string { return "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----" }, false,
			map[string]any{"ssh_signers": lineSSH}, "ssh", "unknown", nil},
		"a damaged PGP signature": {func([]byte) string { return "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----" },
			false, map[string]any{"openpgp_keys": keyPGP}, "openpgp", "unknown", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			hash := signedCommit(r, "gpgsig", tt.sign, tt.change)
			out := read(t, r.dir, tt.settings)
			whole(t, out)
			got, _ := out.Streams["commits"].Fields(t, hash)["vendor"].(map[string]any)["signature"].(map[string]any)
			if got["kind"] != tt.kind || got["verified"] != tt.verified || got["signer"] != tt.signer {
				t.Errorf("signature %v, want %s %s %v", got, tt.kind, tt.verified, tt.signer)
			}
		})
	}
}

// TestRealSSHSignature checks a signature that git and ssh-keygen made.
func TestRealSSHSignature(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Fatal("this test needs ssh-keygen: apt-get install openssh-client")
	}
	r := newRepo(t)
	key := filepath.Join(t.TempDir(), "key")
	if out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", "rsa", "-b", "3072", "-N", "", "-f",
		key).CombinedOutput(); err != nil {
		t.Fatalf("make key: %v\n%s", err, out)
	}
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	r.git("-c", "gpg.format=ssh", "-c", "user.signingkey="+key, "commit", "-q", "--allow-empty", "-S", "-m", "Signed")
	r.git("-c", "gpg.format=ssh", "-c", "user.signingkey="+key, "tag", "-s", "-m", "Signed", "v1")
	out := read(t, r.dir, map[string]any{"ssh_signers": "ann@acme.example " + string(public)})
	commit := only(t, out.Streams["commits"])["vendor"].(map[string]any)["signature"].(map[string]any)
	tag := only(t, out.Streams["tags"])["fields"].(map[string]any)
	if commit["verified"] != "yes" || commit["signer"] != "ann@acme.example" || tag["signature_verified"] != "yes" {
		t.Errorf("commit %v, tag %v", commit, tag)
	}
}

func TestSignedTag(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	commit := r.commit("One")
	sign, key := newOpenPGP(t)
	text := fmt.Sprintf("object %s\ntype commit\ntag v1\ntagger Ann <ann@acme.example> %d +0000\n\nRelease\n", commit, r.now.Unix())
	hash := r.feed(text+sign([]byte(text)), "hash-object", "-t", "tag", "-w", "--stdin")
	r.git("update-ref", "refs/tags/v1", hash)
	r.git("tag", "light")
	got := read(t, r.dir, map[string]any{"openpgp_keys": key}).Streams["tags"]
	signed := got.Fields(t, "refs/tags/v1")["fields"].(map[string]any)
	if signed["signature_verified"] != "yes" || signed["target"] != commit || signed["tagger"] != "ann@acme.example" ||
		signed["title"] != "Release" {
		t.Errorf("tag %v", signed)
	}
	if light := got.Fields(t, "refs/tags/light")["fields"].(map[string]any); light["annotated"] != false || light["target"] != commit {
		t.Errorf("tag %v", light)
	}
}

func TestWrongKeys(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	_, line := newSSH(t, "git")
	limited := strings.Replace(line, "ann@acme.example ", `ann@acme.example valid-before="20200101" `, 1)
	for setting, text := range map[string]string{"openpgp_keys": "no key", "ssh_signers": limited} {
		err := sdktest.NewBench(t, New()).Sync(t, sdktest.Input{Settings: map[string]any{"path": r.dir, setting: text}}).Err
		if err == nil || err.Code != sdk.CodeConfigInvalid || err.ConfigPath != "/"+setting {
			t.Errorf("%s: %v", setting, err)
		}
	}
}
