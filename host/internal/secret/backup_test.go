package secret_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

const (
	testRecipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
	testIdentity  = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
)

func TestBackupKeys(t *testing.T) {
	t.Parallel()
	here, elsewhere := open(t, t.TempDir(), secret.BackendFile), open(t, t.TempDir(), secret.BackendFile)
	plain := bytes.Repeat([]byte("everything there is. "), 10_000)
	for name, test := range map[string]struct {
		seal, open, wrong secret.BackupKey
		says              string
	}{
		"passphrase": {secret.BackupKey{Passphrase: "correct horse"}, secret.BackupKey{Passphrase: "correct horse"},
			secret.BackupKey{Passphrase: "wrong horse"}, secret.SealedPassphrase},
		"recipient": {secret.BackupKey{Recipients: []string{testRecipient}}, secret.BackupKey{Identities: testIdentity},
			secret.BackupKey{Host: here}, secret.SealedRecipients},
		"host key": {secret.BackupKey{Host: here}, secret.BackupKey{Host: here}, secret.BackupKey{Host: elsewhere}, secret.SealedHostKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sealed bytes.Buffer
			w, err := secret.SealBackup(&sealed, test.seal)
			if err == nil {
				_, err = w.Write(plain)
			}
			if err := errors.Join(err, w.Close()); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(sealed.Bytes(), []byte("everything")) || secret.SealedWith(sealed.Bytes()) != test.says {
				t.Errorf("sealed with %s, plain text inside or not", secret.SealedWith(sealed.Bytes()))
			}
			r, err := secret.OpenBackup(bytes.NewReader(sealed.Bytes()), test.open)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("opened %d bytes (%v)", len(got), err)
			}
			_, err = secret.OpenBackup(bytes.NewReader(sealed.Bytes()), test.wrong)
			wantCode(t, err, host.CodeBackupKey)
			r, err = secret.OpenBackup(bytes.NewReader(sealed.Bytes()[:sealed.Len()-1]), test.open)
			if err == nil {
				_, err = io.ReadAll(r)
			}
			if err == nil {
				t.Error("a file that is cut short opens")
			}
		})
	}
	_, err := secret.OpenBackup(strings.NewReader("something else"), secret.BackupKey{Passphrase: "x"})
	wantCode(t, err, host.CodeBackupDamaged)
	_, err = secret.SealBackup(io.Discard, secret.BackupKey{})
	wantCode(t, err, host.CodeInvalid)
	_, err = secret.SealBackup(io.Discard, secret.BackupKey{Recipients: []string{"nobody"}})
	wantCode(t, err, host.CodeInvalid)
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var p *host.Problem
	if !errors.As(err, &p) || p.Code != code {
		t.Errorf("error %v, want a problem %s", err, code)
	}
}
