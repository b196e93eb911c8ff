package release

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"aead.dev/minisign"

	"github.com/plumbline-dev/plumbline/host"
)

// Key is a new pair of keys, as the content of their files.
type Key struct {
	Private []byte // encrypted when a password was given
	Public  []byte
	Signer  string // the public key as one word
}

// NewKey makes a pair of keys. An empty password leaves the private one unencrypted.
func NewKey(password string) (Key, error) {
	public, private, err := minisign.GenerateKey(nil)
	if err != nil {
		return Key{}, fmt.Errorf("make key: %w", err)
	}
	secret, err := private.MarshalText()
	if password != "" {
		secret, err = minisign.EncryptKey(password, private)
	}
	if err != nil {
		return Key{}, fmt.Errorf("write key: %w", err)
	}
	text, err := public.MarshalText()
	if err != nil {
		return Key{}, fmt.Errorf("write key: %w", err)
	}
	return Key{Private: append(secret, '\n'), Public: append(text, '\n'), Signer: word(public)}, nil
}

// NeedsPassword reports whether a private key file is encrypted.
func NeedsPassword(private []byte) bool { return minisign.IsEncrypted(private) }

// ParseSigner reads a public key: the word, or the content of its file.
func ParseSigner(text string) (string, error) {
	key, err := publicKey(text)
	if err != nil {
		return "", err
	}
	return word(key), nil
}

func publicKey(text string) (key minisign.PublicKey, err error) {
	if err := key.UnmarshalText([]byte(strings.TrimSpace(text))); err != nil {
		return key, host.Invalid("signer", nil, "is not a minisign public key").Because(err)
	}
	return key, nil
}

// word returns a public key as one word, the last line of its file.
func word(key minisign.PublicKey) string {
	text := strings.TrimSpace(key.String())
	if at := strings.LastIndexByte(text, '\n'); at >= 0 {
		text = text[at+1:]
	}
	return text
}

// signerField precedes the public key in a trusted comment.
const signerField = "signer:"

// SignManifest signs a manifest with a private key.
func SignManifest(manifest, private []byte, password string) ([]byte, error) {
	m, err := ParseManifest(manifest)
	if err != nil {
		return nil, err
	}
	var key minisign.PrivateKey
	if minisign.IsEncrypted(private) {
		key, err = minisign.DecryptKey(password, private)
	} else {
		err = key.UnmarshalText(private)
	}
	if err != nil {
		return nil, host.Invalid("key", nil, "cannot be opened: it is not a minisign private key, or the password is wrong").Because(err)
	}
	public, ok := key.Public().(minisign.PublicKey)
	if !ok {
		return nil, errors.New("read public key of a private one")
	}
	comment := fmt.Sprintf("plumbline connector %s %s %s%s", m.ID, m.Version, signerField, word(public))
	return minisign.SignWithComments(key, manifest, comment, "signature of a Plumbline connector"), nil
}

// VerifySignature returns the signer of a manifest: pinned, or, when that is empty, the key that the signature names.
func VerifySignature(manifest, signature []byte, pinned string) (string, error) {
	var parsed minisign.Signature
	if err := parsed.UnmarshalText(signature); err != nil {
		return "", badSignature("the signature of the release cannot be read: %v", err)
	}
	claimed := claimedSigner(parsed.TrustedComment)
	deciding := cmp.Or(pinned, claimed)
	if deciding == "" {
		return "", badSignature("the signature of the release does not say whose it is; name the signer's public key with --signer")
	}
	key, err := publicKey(deciding)
	if err != nil {
		return "", badSignature("the signature of the release names a key that is no public key")
	}
	if parsed.KeyID != key.ID() {
		return "", wrongSigner(cmp.Or(claimed, fmt.Sprintf("the key %X", parsed.KeyID)), deciding)
	}
	if !minisign.Verify(key, manifest, signature) {
		return "", badSignature("the signature of the release is wrong: the manifest was changed after it was signed, " +
			"or another key signed it")
	}
	return word(key), nil
}

// claimedSigner returns the key that a trusted comment names. The comment is signed, too.
func claimedSigner(comment string) string {
	for field := range strings.FieldsSeq(comment) {
		if key, ok := strings.CutPrefix(field, signerField); ok {
			return key
		}
	}
	return ""
}
