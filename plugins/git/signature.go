package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/pem"
	"errors"
	"io"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/go-git/go-git/v5/plumbing"
	"golang.org/x/crypto/ssh"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// signature is what is known of the signature of a commit or a tag.
type signature struct {
	Kind     string   `json:"kind"`             // none, openpgp, ssh, x509 or unknown
	Verified kind.Tri `json:"verified"`         // by the keys of the settings
	Signer   string   `json:"signer,omitempty"` // who owns the key, by the settings
}

// keys are the public keys of the settings.
type keys struct {
	openPGP openpgp.EntityList
	ssh     []sshSigner
}

// sshSigner is a line of a file of allowed signers.
type sshSigner struct {
	principal string
	key       ssh.PublicKey
}

// signed is an object that can be written without its signature.
type signed interface {
	EncodeWithoutSignature(o plumbing.EncodedObject) error
}

func readKeys(c settings) (keys, error) {
	var k keys
	var err error
	if text := strings.TrimSpace(c.OpenPGP); text != "" {
		// Several exports may follow one another.
		for _, block := range strings.SplitAfter(text, "-----END PGP PUBLIC KEY BLOCK-----") {
			if block = strings.TrimSpace(block); block == "" {
				continue
			}
			some, err := openpgp.ReadArmoredKeyRing(strings.NewReader(block))
			if err != nil {
				return k, sdk.ConfigInvalid("/openpgp_keys", "the OpenPGP keys cannot be read: %s", err)
			}
			k.openPGP = append(k.openPGP, some...)
		}
	}
	if k.ssh, err = readSigners(c.SSH); err != nil {
		return k, err
	}
	return k, nil
}

// readSigners reads lines of allowed signers: principals, perhaps options, the type of the key, and the key. A line with
// options that limit the key is refused, because the connector does not judge them.
func readSigners(text string) ([]sshSigner, error) {
	var all []sshSigner
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		principal, rest, _ := strings.Cut(line, " ")
		key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(strings.TrimSpace(rest)))
		if err != nil {
			return nil, sdk.ConfigInvalid("/ssh_signers", "line %d of the SSH signers has no public key", number)
		}
		for _, option := range options {
			if !strings.EqualFold(option, `namespaces="git"`) {
				return nil, sdk.ConfigInvalid("/ssh_signers", "line %d of the SSH signers has the option %s, which the connector does not judge",
					number, option)
			}
		}
		all = append(all, sshSigner{principal: strings.Trim(principal, `"`), key: key})
	}
	return all, lines.Err()
}

// judge returns the kind of a signature, and whether it is one by a key of the settings. A signature by another key is
// unknown: it may be a good one.
func (k keys) judge(armored string, of signed) signature {
	switch {
	case armored == "":
		return signature{Kind: "none"}
	case strings.HasPrefix(armored, "-----BEGIN PGP "):
		return k.judgeOpenPGP(armored, of)
	case strings.HasPrefix(armored, "-----BEGIN SSH SIGNATURE-----"):
		return k.judgeSSH(armored, of)
	case strings.HasPrefix(armored, "-----BEGIN SIGNED MESSAGE-----"), strings.HasPrefix(armored, "-----BEGIN CERTIFICATE-----"):
		return signature{Kind: "x509"}
	}
	return signature{Kind: "unknown"}
}

// payload returns the bytes that were signed.
func payload(of signed) ([]byte, error) {
	encoded := &plumbing.MemoryObject{}
	if err := of.EncodeWithoutSignature(encoded); err != nil {
		return nil, err
	}
	r, err := encoded.Reader()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func (k keys) judgeOpenPGP(armored string, of signed) signature {
	s := signature{Kind: "openpgp"}
	text, err := payload(of)
	if err != nil || len(k.openPGP) == 0 || strings.Count(armored, "-----BEGIN PGP ") != 1 {
		return s
	}
	by, err := openpgp.CheckArmoredDetachedSignature(k.openPGP, bytes.NewReader(text), strings.NewReader(armored), nil)
	var wrong pgperrors.SignatureError
	switch {
	case err == nil && by != nil:
		s.Verified = kind.Yes
		if identity := by.PrimaryIdentity(); identity != nil {
			s.Signer = readable(identity.Name, "")
		}
	case errors.As(err, &wrong) && !errors.Is(err, pgperrors.ErrSignatureExpired) && !errors.Is(err, pgperrors.ErrKeyExpired):
		s.Verified = kind.No
	}
	return s // an unknown, expired or revoked key
}

// sshBlob is the content of an SSH signature, after its six letters of magic (PROTOCOL.sshsig of OpenSSH).
type sshBlob struct {
	Version   uint32
	Key       string
	Namespace string
	Reserved  string
	Hash      string
	Signature string
}

const sshMagic = "SSHSIG"

func (k keys) judgeSSH(armored string, of signed) signature {
	s := signature{Kind: "ssh"}
	block, rest := pem.Decode([]byte(armored))
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		return s
	}
	raw, found := bytes.CutPrefix(block.Bytes, []byte(sshMagic))
	var blob sshBlob
	if !found || ssh.Unmarshal(raw, &blob) != nil || blob.Version != 1 {
		return s
	}
	for _, signer := range k.ssh {
		if string(signer.key.Marshal()) != blob.Key {
			continue
		}
		s.Verified = kind.No
		if text, err := payload(of); err == nil && blob.verifies(signer.key, text) {
			s.Verified, s.Signer = kind.Yes, signer.principal
		}
		return s
	}
	return s
}

// verifies reports whether the signature is one of key over text, for Git.
func (b sshBlob) verifies(key ssh.PublicKey, text []byte) bool {
	var sum []byte
	switch b.Hash {
	case "sha256":
		all := sha256.Sum256(text)
		sum = all[:]
	case "sha512":
		all := sha512.Sum512(text)
		sum = all[:]
	default:
		return false
	}
	var given ssh.Signature
	if b.Namespace != "git" || ssh.Unmarshal([]byte(b.Signature), &given) != nil || given.Format == ssh.KeyAlgoRSA {
		return false // KeyAlgoRSA signs with SHA-1
	}
	over := ssh.Marshal(struct{ Namespace, Reserved, Hash, Sum string }{b.Namespace, b.Reserved, b.Hash, string(sum)})
	return key.Verify(append([]byte(sshMagic), over...), &given) == nil
}
