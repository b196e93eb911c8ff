package prune

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/anchor"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
)

// Open opens a ledger and finishes deletions that a crash left. Those for which the disk
// has no room wait for FinishDeletions.
func Open(options ledger.Options) (*ledger.Ledger, error) {
	l, err := ledger.Open(options)
	if err != nil {
		return nil, err
	}
	err = New(l, documents.New(l)).FinishDeletions()
	if ledger.IsDiskFull(err) {
		l.Logger.Warn("deletions wait for room on the disk", "err", err)
	} else if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// DeleteConnection deletes a connection and everything read through it. The connection is
// gone for every reader and writer once the first, small transaction is on disk. Open
// finishes the rest after a crash, and FinishDeletions what has to wait for room on the
// disk.
func (p *Pruner) DeleteConnection(ctx context.Context, id string) error {
	err := p.documents.Edit(ctx, func(e *documents.Edit) error {
		c, err := layout.LoadConnection(e.Txn, id)
		if err != nil {
			return err
		}
		doomed := [][]byte{
			layout.Key(layout.PrefixAlias, c.Alias),
			layout.Key(layout.PrefixEpoch, id), // fences every writer
			layout.Key(layout.PrefixDue, id),
		}
		err = layout.EachKey(e.Txn, layout.Key(layout.PrefixSecret, id), func(k []byte) error {
			doomed = append(doomed, bytes.Clone(k))
			return nil
		})
		if err != nil {
			return err
		}
		if err := ledger.DeleteKeys(e.Txn, doomed); err != nil {
			return err
		}
		// Commit times go on after those that are deleted, because readers of the feed
		// follow them: the entry of this edit has a later one.
		if err := e.Delete(layout.CollectionConnection, id, c.Alias); err != nil {
			return err
		}
		return e.Txn.Set(layout.Key(layout.PrefixDeleting, id), nil)
	})
	if err != nil {
		return err
	}
	err = p.finishDeletion(id)
	if ledger.IsDiskFull(err) {
		p.ledger.Logger.Warn("what hangs on a removed connection is deleted once there is room on the disk", "connection", id)
		return nil
	}
	return err
}

// FinishDeletions goes on with deletions that a crash or a full disk left.
func (p *Pruner) FinishDeletions() error {
	ids, err := ledger.Read(p.ledger, func(txn *badgerdir.Txn) ([]string, error) { return layout.IDs(txn, layout.PrefixDeleting) })
	for _, id := range ids {
		if err == nil {
			err = p.finishDeletion(id)
		}
	}
	if err != nil {
		return fmt.Errorf("finish deletions: %w", err)
	}
	return nil
}

// finishDeletion deletes what hangs on a connection, owners after what they own, so that
// it can be begun again at any point.
func (p *Pruner) finishDeletion(id string) error {
	if err := p.deleteRuns(id); err != nil {
		return fmt.Errorf("delete runs: %w", err)
	}
	if err := p.deleteStreams(id); err != nil {
		return fmt.Errorf("delete streams: %w", err)
	}
	if err := p.deleteChangeLog(id); err != nil {
		return fmt.Errorf("delete change log: %w", err)
	}
	if err := p.ledger.Delete(layout.Key(layout.PrefixChain, id)); err != nil {
		return fmt.Errorf("delete chain: %w", err)
	}
	p.ledger.Anchor(anchor.Line{At: p.ledger.Now(), Event: anchor.Deleted, Connection: id})
	return p.ledger.Delete(layout.Key(layout.PrefixDeleting, id))
}

// deleteChangeLog deletes a connection's change log with its transactions in the feed.
func (p *Pruner) deleteChangeLog(connection string) error {
	all := layout.Key(layout.PrefixChange, connection)
	for {
		keys, err := p.ledger.Some(all, func([]byte) bool { return true })
		if len(keys) == 0 || err != nil {
			return err
		}
		for _, k := range keys {
			id, err := layout.CutEntry(k, connection)
			if err != nil {
				return err
			}
			keys = append(keys, layout.FeedKey(id.At))
		}
		if err := p.ledger.Disk.Room(); err != nil {
			return err
		}
		if err := p.ledger.Delete(keys...); err != nil {
			return err
		}
	}
}

func (p *Pruner) deleteRuns(connection string) error {
	prefix := layout.Key(layout.PrefixRunsOf, connection)
	for {
		owner, err := ledger.Read(p.ledger, func(txn *badgerdir.Txn) ([]byte, error) { return layout.First(txn, prefix) })
		if owner == nil || err != nil {
			return err
		}
		at, run, err := layout.CutListed(owner[len(prefix):])
		if err != nil {
			return err
		}
		// The run goes first, so that no line is appended to its log any more.
		err = p.ledger.Delete(layout.Key(layout.PrefixRun, run), layout.Key(layout.PrefixUnfinished, run), layout.RunIndexKey(at, run))
		if err != nil {
			return err
		}
		if err := p.ledger.DeleteRange(layout.Key(layout.PrefixLog, run)); err != nil {
			return err
		}
		if err := p.ledger.Delete(owner); err != nil {
			return err
		}
	}
}

func (p *Pruner) deleteStreams(connection string) error {
	headers, err := ledger.Read(p.ledger, func(txn *badgerdir.Txn) ([]layout.Header, error) { return layout.Headers(txn, connection) })
	if err != nil {
		return err
	}
	for _, h := range headers {
		for _, prefix := range layout.StreamPrefixes() {
			if err := p.ledger.DeleteRange(layout.StreamKey(prefix, h.Number)); err != nil {
				return err
			}
		}
		if err := p.ledger.Delete(layout.Key(layout.PrefixStream, connection, h.Name)); err != nil {
			return err
		}
	}
	return nil
}
