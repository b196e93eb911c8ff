package verify

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/anchor"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

// readAnchors reads the anchors file before the entries are read: the journal may get
// ahead of the file meanwhile, but the file never ahead of the journal.
func (v *verifier) readAnchors() error {
	file := v.ledger.Anchors
	lines, bad, err := file.Read()
	if errors.Is(err, fs.ErrNotExist) {
		v.bad(anchor.Bad, host.BadEntry{File: file.Path}, "the anchors file is missing: it cannot be said whether the store has lost its end")
		return nil
	}
	if err != nil {
		return err
	}
	for _, b := range bad {
		v.bad(anchor.Bad, b, "%s", b.Message)
	}
	if len(lines) == 0 {
		v.bad(anchor.Bad, host.BadEntry{File: file.Path}, "the anchors file is empty")
	}
	v.result.Anchors = len(lines)
	for i, line := range lines {
		if line.Event == anchor.Lost {
			v.bad(anchor.Bad, host.BadEntry{File: file.Path, Number: uint64(i) + 1, At: &line.At},
				"the anchors file, or its end, was missing and began anew: what the store had lost by then cannot be noticed")
		}
		if line.Connection != "" {
			v.anchors[line.Connection] = append(v.anchors[line.Connection], line)
		}
	}
	return nil
}

// badLine is the bad entry of what a line of the anchors file contradicts.
func (v *verifier) badLine(line anchor.Line) host.BadEntry {
	return host.BadEntry{Alias: line.Alias, Run: line.Run, At: &line.At, Number: line.Length, File: v.ledger.Anchors.Path}
}

// compareAnchors compares what is stored with the lines of the anchors file. Links are
// compared while the chains are followed.
func (v *verifier) compareAnchors(txn *badgerdir.Txn) error {
	if err := v.compareLength(txn); err != nil {
		return err
	}
	for id, lines := range v.anchors {
		last := lines[len(lines)-1]
		bad := v.badLine(last)
		if id == layout.AuditChain {
			if v.result.Audit.Length < last.Length {
				v.bad(badAudit, bad, "the audit log ends at entry %d; it had %d when this was written: "+
					"its end is lost, or an older copy of the store replaced it", v.result.Audit.Length, last.Length)
			}
			continue
		}
		_, err := layout.Epoch(txn, id)
		exists := err == nil
		switch {
		case last.Event == anchor.Deleted && exists:
			v.bad(anchor.Bad, bad, "the connection was deleted, and is stored again: an older copy of the store replaced it")
		case last.Event != anchor.Deleted && !exists:
			if deleting, err := layout.First(txn, layout.Key(layout.PrefixDeleting, id)); err != nil || deleting != nil || v.deletedSince(id) {
				break
			}
			v.bad(anchor.Bad, bad, "the connection is no longer stored, and was not deleted: "+
				"an older copy of the store replaced it, or its end is lost")
		case exists:
			if err := v.compareRuns(txn, lines); err != nil {
				return fmt.Errorf("compare with anchors of connection %s: %w", last.Alias, err)
			}
		}
	}
	return nil
}

// compareLength compares how far the anchors file reaches with the number that is stored.
// The file may have grown meanwhile, so it is read again; each number is stored after its
// line is on disk.
func (v *verifier) compareLength(txn *badgerdir.Txn) error {
	want, stored, err := layout.ReadNumber(txn, layout.KeyAnchors)
	if err != nil || !stored { // older programs store none
		return err
	}
	lines, _, err := v.ledger.Anchors.Read()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	got := uint64(0)
	if len(lines) > 0 {
		got = lines[len(lines)-1].Number
	}
	if got < want {
		v.bad(anchor.Bad, host.BadEntry{File: v.ledger.Anchors.Path, Number: got},
			"the anchors file ends at line %d; the store knows of line %d: "+
				"the end of the file was lost, and what the store has lost since then cannot be noticed", got, want)
	}
	return nil
}

// compareRuns compares the lines of a connection that is stored.
func (v *verifier) compareRuns(txn *badgerdir.Txn, lines []anchor.Line) error {
	// A head that cannot be read has been named already.
	c, headErr := layout.LoadChain(txn, lines[0].Connection)
	keptSince, runs, err := layout.OldestKept(txn, lines[0].Connection)
	if err != nil {
		return err
	}
	if runs < layout.KeptRuns {
		keptSince = time.Time{}
	}
	for _, line := range lines {
		bad := v.badLine(line)
		if headErr == nil && c.Length < line.Length {
			v.bad(anchor.Bad, bad, "the change log ends at entry %d; it had %d when this was written: "+
				"its end is lost, or an older copy of the store replaced it", c.Length, line.Length)
		}
		if line.Event != anchor.Run {
			continue
		}
		stored, err := layout.LoadRun(txn, line.Run)
		if err != nil && line.At.Before(keptSince) {
			continue // pruned by age
		}
		if err != nil || string(stored.Run.Status) != line.Status {
			v.bad(anchor.Bad, bad, "the run ended as %s and is stored as %q: an older copy of the store replaced it, or its end is lost",
				line.Status, stored.Run.Status)
		}
	}
	return v.ctx.Err()
}

// compareLink compares an entry of a chain with the lines that were written when it was
// the latest.
func (v *verifier) compareLink(lines []anchor.Line, e layout.Entry) {
	for _, line := range lines {
		if line.Link != hex.EncodeToString(e.Link[:]) {
			v.bad(anchor.Bad, v.badLine(line), "entry %d of the change log is another than when this was written: "+
				"what followed was lost, and other entries replaced it", e.Number)
		}
	}
}

// deletedSince reports whether the file says by now that a connection was deleted.
func (v *verifier) deletedSince(connection string) bool {
	lines, _, _ := v.ledger.Anchors.Read() // one that cannot be read has no lines
	return slices.ContainsFunc(lines, func(line anchor.Line) bool {
		return line.Connection == connection && line.Event == anchor.Deleted
	})
}
