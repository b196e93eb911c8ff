package secret

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"filippo.io/age"

	"github.com/plumbline-dev/plumbline/host"
)

// What a backup is sealed with.
const (
	SealedPassphrase = "passphrase"
	SealedRecipients = "recipients"
	SealedHostKey    = "host-key"
	SealedUnknown    = "unknown"
)

const (
	labelBackup = "plumbline backup v1"
	stanzaHost  = "plumbline.dev/host-key"
)

// BackupKey seals and opens backups. Exactly one field is set.
type BackupKey struct {
	Passphrase string
	Recipients []string // age1… , to seal
	Identities string   // the text of an age identity file, to open
	Host       *MasterKey
}

// SealBackup returns a writer that encrypts to w; Close ends the backup and leaves w open.
// Refusals are *host.Problem.
func SealBackup(w io.Writer, key BackupKey) (io.WriteCloser, error) {
	var recipients []age.Recipient
	switch {
	case key.Passphrase != "":
		recipient, err := age.NewScryptRecipient(key.Passphrase)
		if err != nil {
			return nil, fmt.Errorf("take passphrase: %w", err)
		}
		recipients = append(recipients, recipient)
	case len(key.Recipients) > 0:
		found, err := age.ParseRecipients(strings.NewReader(strings.Join(key.Recipients, "\n")))
		if err != nil {
			return nil, host.Invalid("recipients", key.Recipients, "must be age recipients (age1…)").Because(err)
		}
		recipients = found
	case key.Host != nil:
		recipients = append(recipients, hostKey{key.Host})
	default:
		return nil, host.Invalid("passphrase", nil, "is missing: a backup is sealed with a passphrase, recipients or the host's key")
	}
	sealed, err := age.Encrypt(w, recipients...)
	if err != nil {
		return nil, fmt.Errorf("seal backup: %w", err)
	}
	return sealed, nil
}

// OpenBackup returns a reader of a backup's content, which returns an error at a changed or missing part.
func OpenBackup(r io.Reader, key BackupKey) (io.Reader, error) {
	buffered := bufio.NewReaderSize(r, maxHeader)
	begin, _ := buffered.Peek(maxHeader) // the file may be shorter
	with, header := SealedWith(begin), headerBytes(begin)
	var identities []age.Identity
	switch {
	case with == SealedUnknown:
		return nil, notABackup()
	case key.Passphrase != "":
		identity, err := age.NewScryptIdentity(key.Passphrase)
		if err != nil {
			return nil, fmt.Errorf("take passphrase: %w", err)
		}
		identities = append(identities, identity)
	case key.Identities != "":
		found, err := age.ParseIdentities(strings.NewReader(key.Identities))
		if err != nil {
			return nil, host.Invalid("identity", nil, "is no age identity file").Because(err)
		}
		identities = found
	case key.Host != nil:
		identities = append(identities, hostKey{key.Host})
	default:
		return nil, wrongBackupKey(with)
	}
	opened, err := age.Decrypt(buffered, identities...)
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none):
		return nil, wrongBackupKey(with).Because(err)
	case err != nil:
		return nil, damagedBackup(fmt.Sprintf("its header, the first %d bytes, was changed after it was written", header)).Because(err)
	}
	return &payload{from: opened, begins: header + payloadNonce}, nil
}

// The form of an age file: a header of lines, a nonce, and chunks with a tag each.
const (
	maxHeader    = 64 << 10
	payloadNonce = 16
	chunkBytes   = 64 << 10
	chunkTag     = 16
)

// headerBytes returns the length of an age file's header, which ends with the line that begins with ---.
func headerBytes(begin []byte) int64 {
	last := bytes.Index(begin, []byte("\n---"))
	if last < 0 {
		return int64(len(begin))
	}
	return int64(last + 1 + bytes.IndexByte(append(begin[last+1:len(begin):len(begin)], '\n'), '\n') + 1)
}

// payload is the content of a backup. An error says which bytes of the file are damaged.
type payload struct {
	from   io.Reader
	begins int64 // of the first chunk, in the file
	read   int64
}

func (p *payload) Read(into []byte) (int, error) {
	n, err := p.from.Read(into)
	p.read += int64(n)
	var path *fs.PathError
	if err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &path) {
		return n, err
	}
	first := p.begins + p.read/chunkBytes*(chunkBytes+chunkTag)
	what := fmt.Sprintf("among its bytes %d to %d some were changed, or the file was cut off there", first, first+chunkBytes+chunkTag-1)
	return n, damagedBackup(what).Because(err)
}

// SealedWith says what a backup is sealed with; begin are its first bytes.
func SealedWith(begin []byte) string {
	lines := strings.SplitN(string(begin), "\n", 3)
	if len(lines) < 2 || lines[0] != "age-encryption.org/v1" {
		return SealedUnknown
	}
	kind, _, _ := strings.Cut(strings.TrimPrefix(lines[1], "-> "), " ")
	switch kind {
	case "scrypt":
		return SealedPassphrase
	case stanzaHost:
		return SealedHostKey
	}
	return SealedRecipients
}

// hostKey seals the key of an age file with a key derived from the master key.
type hostKey struct{ master *MasterKey }

// Wrap implements age.Recipient.
func (h hostKey) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	sealed, err := h.master.sealAs(labelBackup, fileKey, []byte(stanzaHost))
	if err != nil {
		return nil, err
	}
	return []*age.Stanza{{Type: stanzaHost, Args: []string{h.master.fingerprint()}, Body: sealed}}, nil
}

// Unwrap implements age.Identity.
func (h hostKey) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		if s.Type == stanzaHost && len(s.Args) == 1 && s.Args[0] == h.master.fingerprint() {
			return h.master.openAs(labelBackup, s.Body, []byte(stanzaHost))
		}
	}
	return nil, age.ErrIncorrectIdentity
}

func notABackup() *host.Problem {
	return &host.Problem{
		Code: host.CodeBackupDamaged, Fault: host.FaultCustomer, Retry: host.RetryNever,
		Message: "the file is no backup of Plumbline, or its first line is damaged",
		Remedy:  "`plumbline backup list` shows the backups of this data directory.",
	}
}

func damagedBackup(what string) *host.Problem {
	return &host.Problem{
		Code: host.CodeBackupDamaged, Fault: host.FaultHost, Retry: host.RetryNever, Message: "the backup is damaged: " + what,
		Remedy: "Use another backup. `plumbline backup verify FILE` checks one.",
	}
}

func wrongBackupKey(with string) *host.Problem {
	p := &host.Problem{Code: host.CodeBackupKey, Fault: host.FaultCustomer, Retry: host.RetryWhenConfigChanges}
	switch with {
	case SealedPassphrase:
		p.Message = "the passphrase is not the one this backup was sealed with"
		p.Remedy = "Give the right one, at the prompt or with --passphrase-file."
	case SealedHostKey:
		p.Message = "this backup was sealed with a host's key, and it is not the one of this data directory"
		p.Remedy = "Open it with --host-key and the data directory it was made from; " +
			"elsewhere only backups with a passphrase or recipients open."
	default:
		p.Message = "none of the identities given opens this backup"
		p.Remedy = "Give the identity that belongs to one of its recipients with --identity FILE."
	}
	return p
}
