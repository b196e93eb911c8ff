package release

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"

	"aead.dev/minisign"

	"github.com/plumbline-dev/plumbline/host"
)

// Where the key of Ed25519 is in the decoded text of minisign's keys.
const (
	privateBytes = 62 // after the algorithms, the salt, the limits and the id
	publicBytes  = 10 // after the algorithm and the id
)

// SignText signs a text that is no release. The key has no password. The trusted comment is signed, too; the other is not.
func SignText(text, private []byte, trusted, untrusted string) ([]byte, error) {
	var key minisign.PrivateKey
	if err := key.UnmarshalText(private); err != nil {
		return nil, fmt.Errorf("read private key: %w", err)
	}
	hashed := minisign.NewReader(bytes.NewReader(text))
	if _, err := hashed.Read(make([]byte, len(text))); err != nil && len(text) > 0 {
		return nil, fmt.Errorf("hash text: %w", err)
	}
	return hashed.SignWithComments(key, trusted, untrusted), nil
}

// VerifyText reports whether a signature is one of a text by a public key, written as SignText writes it.
func VerifyText(text, signature []byte, signer string) error {
	key, err := publicKey(signer)
	if err != nil {
		return err
	}
	var parsed minisign.Signature
	if err := parsed.UnmarshalText(signature); err != nil {
		return fmt.Errorf("the signature cannot be read: %w", err)
	}
	if again, err := parsed.MarshalText(); err != nil || !bytes.Equal(again, signature) || parsed.Algorithm != minisign.HashEdDSA {
		return fmt.Errorf("the signature is not written as it was made")
	}
	if parsed.KeyID != key.ID() {
		return fmt.Errorf("the signature is by the key %016X, not by %016X", parsed.KeyID, key.ID())
	}
	hashed := minisign.NewReader(bytes.NewReader(text))
	if _, err := hashed.Read(make([]byte, len(text))); err != nil && len(text) > 0 {
		return fmt.Errorf("hash text: %w", err)
	}
	if !hashed.Verify(key, signature) {
		return fmt.Errorf("the signature is wrong: the text was changed after it was signed, or another key signed it")
	}
	return nil
}

// Ed25519 returns the key inside a private key without a password.
func Ed25519(private []byte) (ed25519.PrivateKey, error) {
	raw, err := keyBytes(private)
	if err != nil || len(raw) != privateBytes+ed25519.PrivateKeySize+32 {
		return nil, host.Invalid("key", nil, "is not a minisign private key").Because(err)
	}
	return ed25519.PrivateKey(raw[privateBytes : privateBytes+ed25519.PrivateKeySize]), nil
}

// Ed25519Public returns the key inside a public key.
func Ed25519Public(signer string) (ed25519.PublicKey, error) {
	key, err := ParseSigner(signer)
	if err != nil {
		return nil, err
	}
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	return ed25519.PublicKey(raw[publicBytes:]), nil
}

// keyBytes decodes the last line of a key file.
func keyBytes(file []byte) ([]byte, error) {
	text := strings.TrimSpace(string(file))
	return base64.StdEncoding.DecodeString(text[strings.LastIndexByte(text, '\n')+1:])
}
