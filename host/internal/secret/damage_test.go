package secret_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

// A damaged backup says where it is damaged, whichever byte it is.
func TestADamagedBackupSaysWhere(t *testing.T) {
	t.Parallel()
	master, err := secret.OpenMasterKey(t.TempDir(), secret.BackendFile)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	sealed, err := secret.SealBackup(&file, secret.BackupKey{Host: master})
	if err == nil {
		_, err = sealed.Write(bytes.Repeat([]byte("content "), 20000)) // two chunks and a half
		err = errors.Join(err, sealed.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	raw := file.Bytes()
	read := func(raw []byte) error {
		opened, err := secret.OpenBackup(bytes.NewReader(raw), secret.BackupKey{Host: master})
		if err == nil {
			_, err = io.Copy(io.Discard, opened)
		}
		return err
	}
	if err := read(raw); err != nil {
		t.Fatal(err)
	}
	header := bytes.Index(raw, []byte("\n---")) + 1
	header += bytes.IndexByte(raw[header:], '\n') + 1
	for _, at := range []int{header + 20, header + 70000, len(raw) - 1} {
		spoilt := bytes.Clone(raw)
		spoilt[at] ^= 1
		for what, err := range map[string]error{"changed": read(spoilt), "cut off": read(raw[:at])} {
			var first, last int
			p := host.AsProblem(err)
			if _, scanned := fmt.Sscanf(p.Message, "the backup is damaged: among its bytes %d to %d", &first, &last); scanned != nil ||
				p.Code != host.CodeBackupDamaged || at < first || at > last {
				t.Errorf("%s at byte %d of %d: %v", what, at, len(raw), err)
			}
		}
	}
	spoilt := bytes.Clone(raw)
	spoilt[header-3] ^= 1
	if p := host.AsProblem(read(spoilt)); !strings.Contains(p.Message, fmt.Sprintf("its header, the first %d bytes", header)) {
		t.Errorf("changed in the header: %s", p.Message)
	}
}
