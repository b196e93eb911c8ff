package journal

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// readAnchors reads the anchors file. It is read before the store is: the store
// may get ahead of it meanwhile, but not it ahead of the store.
func (v *verifier) readAnchors() error {
	a := v.store.anchors
	a.mu.Lock()
	raw, err := os.ReadFile(a.path)
	a.mu.Unlock()
	if errors.Is(err, fs.ErrNotExist) {
		v.bad(badAnchor, host.BadEntry{File: a.path}, "the anchors file is missing: it cannot be said whether the store has lost its end")
		return nil
	}
	if err != nil {
		return fmt.Errorf("read anchors: %w", err)
	}
	lines, bad := a.parse(raw)
	for _, b := range bad {
		v.bad(badAnchor, b, "%s", b.Message)
	}
	if len(lines) == 0 {
		v.bad(badAnchor, host.BadEntry{File: a.path}, "the anchors file is empty")
		return nil
	}
	for i, line := range lines {
		if line.Event == anchorLost {
			v.bad(badAnchor, host.BadEntry{File: a.path, Number: uint64(i) + 1, At: moment(line.At)},
				"the anchors file, or its end, was missing and began anew: what the store had lost by then cannot be noticed")
		}
	}
	v.result.Anchors = len(lines)
	for _, line := range lines {
		if line.Connection != "" {
			v.anchors[line.Connection] = append(v.anchors[line.Connection], line)
		}
	}
	return nil
}

// holdToAnchors compares what is stored with the lines of the anchors file. That
// the links are those of the lines is seen while the chains are walked.
func (v *verifier) holdToAnchors(txn *badgerdir.Txn) error {
	if err := v.holdLength(txn); err != nil {
		return err
	}
	for id, lines := range v.anchors {
		last := lines[len(lines)-1]
		bad := host.BadEntry{Alias: last.Alias, Run: last.Run, At: moment(last.At), Number: last.Length, File: v.store.anchors.path}
		if id == auditChain {
			if v.result.Audit.Length < last.Length {
				v.bad(badAudit, bad, "the audit log ends at entry %d; it had %d when this was written: its end is lost, or an older copy of the store was put in its place", v.result.Audit.Length, last.Length)
			}
			continue
		}
		_, err := epoch(txn, id)
		exists := err == nil
		switch {
		case last.Event == anchorDeleted && exists:
			v.bad(badAnchor, bad, "the connection was deleted, and is stored again: an older copy of the store was put in its place")
		case last.Event != anchorDeleted && !exists:
			if deleting, err := anyKey(txn, key(prefixDeleting, id)); err != nil || deleting || v.deletedSince(id) {
				break
			}
			v.bad(badAnchor, bad, "the connection is not stored any more, and was not deleted: an older copy of the store was put in its place, or its end is lost")
		case exists:
			if err := v.holdRuns(txn, lines); err != nil {
				return fmt.Errorf("compare with anchors of connection %s: %w", last.Alias, err)
			}
		}
	}
	return nil
}

// holdLength compares how far the anchors file reaches with what the store says of
// it. The file may have grown meanwhile, so it is read again; each number is stored
// after its line is on disk.
func (v *verifier) holdLength(txn *badgerdir.Txn) error {
	raw, err := read(txn, keyAnchors)
	if err != nil || len(raw) != 8 { // older programs store none
		return err
	}
	lines, err := v.linesNow()
	if err != nil {
		return err
	}
	want, got := binary.BigEndian.Uint64(raw), uint64(0)
	if len(lines) > 0 {
		got = lines[len(lines)-1].Number
	}
	if got < want {
		v.bad(badAnchor, host.BadEntry{File: v.store.anchors.path, Number: got},
			"the anchors file ends at line %d; the store knows of line %d: the end of the file was lost, and what the store has lost since then cannot be noticed", got, want)
	}
	return nil
}

// linesNow reads the lines of the anchors file; a missing one has none.
func (v *verifier) linesNow() ([]anchor, error) {
	a := v.store.anchors
	a.mu.Lock()
	raw, err := os.ReadFile(a.path)
	a.mu.Unlock()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read anchors: %w", err)
	}
	lines, _ := a.parse(raw)
	return lines, nil
}

// holdRuns compares the lines of a connection that is stored.
func (v *verifier) holdRuns(txn *badgerdir.Txn, lines []anchor) error {
	// A head that cannot be read has been named already.
	c, headErr := loadChain(txn, lines[0].Connection)
	keptSince, err := oldestKept(txn, lines[0].Connection)
	if err != nil {
		return err
	}
	for _, line := range lines {
		bad := host.BadEntry{Alias: line.Alias, Run: line.Run, At: moment(line.At), Number: line.Length, File: v.store.anchors.path}
		if headErr == nil && c.length < line.Length {
			v.bad(badAnchor, bad, "the change log ends at entry %d; it had %d when this was written: its end is lost, or an older copy of the store was put in its place", c.length, line.Length)
		}
		if line.Event != anchorRun {
			continue
		}
		stored, err := loadRun(txn, line.Run)
		if err != nil && line.At.Before(keptSince) {
			continue // pruned by age
		}
		if err != nil || string(stored.Run.Status) != line.Status {
			v.bad(badAnchor, bad, "the run ended as %s and is stored as %q: an older copy of the store was put in its place, or its end is lost", line.Status, stored.Run.Status)
		}
	}
	return v.ctx.Err()
}

// oldestKept returns when the oldest of the runs that are never pruned began, or
// the zero time when a connection has no more than those.
func oldestKept(txn *badgerdir.Txn, connection string) (at time.Time, err error) {
	prefix, n := key(prefixRunsOf, connection), 0
	err = eachKey(txn, prefix, func(k []byte) error {
		if n++; n < keptRuns {
			return nil
		}
		at, _, err = cutTime(k[len(prefix):])
		return errors.Join(err, errStop)
	})
	return at, err
}

func byNumber(lines []anchor) map[uint64][]anchor {
	numbered := map[uint64][]anchor{}
	for _, line := range lines {
		numbered[line.Length] = append(numbered[line.Length], line)
	}
	return numbered
}

// holdLink compares an entry with the lines that were written when it was the
// latest.
func (v *verifier) holdLink(lines []anchor, number uint64, l link) {
	for _, line := range lines {
		if line.Link != hex.EncodeToString(l[:]) {
			v.bad(badAnchor, host.BadEntry{Alias: line.Alias, Run: line.Run, At: moment(line.At), Number: number, File: v.store.anchors.path},
				"entry %d of the change log is not the one that was there when this was written: what followed was lost, and other entries came in its place", number)
		}
	}
}

// deletedSince reports whether the file says by now that a connection was
// deleted.
func (v *verifier) deletedSince(connection string) bool {
	lines, err := v.linesNow()
	if err != nil {
		return false
	}
	for _, line := range lines {
		if line.Connection == connection && line.Event == anchorDeleted {
			return true
		}
	}
	return false
}
