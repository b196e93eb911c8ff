package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/anchor"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
	"github.com/plumbline-dev/plumbline/host/internal/journal/prune"
	"github.com/plumbline-dev/plumbline/host/internal/journal/swap"
	"github.com/plumbline-dev/plumbline/host/internal/journal/verify"
)

// Restore writes an opened backup into swap.Fresh(options.Dir), as a journal under
// options.Key, and verifies it fully. The journal in options.Dir is not touched.
// Connections that had secrets are paused and say that their credentials must be entered
// again.
func Restore(ctx context.Context, options ledger.Options, r io.Reader, report func(ledger.Progress)) (b host.Backup, err error) {
	if err := options.Complete(); err != nil {
		return b, err
	}
	if err := swap.RemoveFresh(options.Dir); err != nil {
		return b, err
	}
	fresh := options
	fresh.Dir, fresh.BallastBytes = swap.Fresh(options.Dir), 0
	if err := os.MkdirAll(fresh.Dir, 0o700); err != nil {
		return b, fmt.Errorf("create directory: %w", err)
	}
	if err = badgerdir.HasRoom(fresh.Disk()); err == nil {
		b, err = load(ctx, fresh, r, report)
	}
	if err == nil {
		err = settle(ctx, fresh, report)
	}
	if err != nil {
		if errors.Is(err, syscall.ENOSPC) {
			err = (&host.Problem{
				Code: host.CodeDiskFull, Message: "the disk that holds " + fresh.Dir + " is full",
				Remedy: "Free some space on this disk, or restore to another one.", Fault: host.FaultHost, Retry: host.RetryAfter,
			}).Because(err)
		}
		return b, errors.Join(err, swap.RemoveFresh(options.Dir))
	}
	return b, nil
}

// load writes the entries into an empty directory.
func load(ctx context.Context, o ledger.Options, r io.Reader, report func(ledger.Progress)) (b host.Backup, err error) {
	err = badgerdir.Load(o.Disk(), func(set func(k, value []byte) error) (err error) {
		b, err = read(ctx, r, report, func(k, value []byte) error {
			if bytes.Equal(k, layout.KeyAnchors) {
				return nil // the restored journal gets an anchors file of its own
			}
			return set(k, value)
		})
		return err
	})
	return b, err
}

// settle opens what was loaded, adapts it to the new directory and verifies it.
func settle(ctx context.Context, o ledger.Options, report func(ledger.Progress)) error {
	file, err := anchor.New(o.Dir, o.Key, o.Logger, o.Now)
	if err != nil {
		return err
	}
	if err := file.Open(anchor.Restored, 0); err != nil {
		return err
	}
	l, err := prune.Open(o)
	if err != nil {
		return fmt.Errorf("open what was restored: %w", err)
	}
	if err = pauseWithoutSecrets(ctx, l); err == nil {
		err = anchorAll(l)
	}
	if err == nil {
		var v host.Verification
		if v, err = verify.All(ctx, l, report); err == nil && !v.OK() {
			err = damaged("what was restored does not agree with itself: "+describe(v.Bad[0]), nil)
		}
	}
	return errors.Join(err, l.Close())
}

// pauseWithoutSecrets pauses every connection that had secrets, because no backup has them.
func pauseWithoutSecrets(ctx context.Context, l *ledger.Ledger) error {
	d := documents.New(l)
	connections, err := d.Connections()
	if err != nil {
		return err
	}
	for _, c := range connections {
		var names []string
		for _, info := range c.Secrets {
			names = append(names, info.Name)
		}
		if len(names) == 0 {
			continue
		}
		_, err := d.UpdateConnection(ctx, c.ID, 0, func(c *host.Connection) error {
			c.Paused = &host.Pause{
				Since: l.Now(), By: host.PausedByHost,
				Reason: "restored from a backup, which holds no credentials: enter " + strings.Join(names, ", ") + " again, then resume",
			}
			return nil
		}, nil, names)
		if err != nil {
			return fmt.Errorf("pause connection %s: %w", c.Alias, err)
		}
	}
	return nil
}

// anchorAll writes the state of every chain into the anchors file.
func anchorAll(l *ledger.Ledger) error {
	var lines []anchor.Line
	err := l.View(func(txn *badgerdir.Txn) error {
		connections, err := layout.ReadableConnections(txn)
		if err != nil {
			return err
		}
		for _, c := range append(connections, host.Connection{ID: layout.AuditChain}) {
			line, err := ledger.AnchorLine(txn, c.ID, c.Alias, anchor.Restored, l.Now())
			if err != nil {
				return err
			}
			lines = append(lines, line)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return errors.Join(l.Anchors.Add(lines...), l.Update(l.WriteAnchors))
}

func describe(b host.BadEntry) string {
	var where []string
	for _, part := range []struct{ word, value string }{{"stream", b.Stream}, {"record", b.Key}, {"run", b.Run}, {"file", b.File}} {
		if part.value != "" {
			where = append(where, part.word+" "+part.value)
		}
	}
	return strings.Join(append(where, b.Message), ": ")
}
