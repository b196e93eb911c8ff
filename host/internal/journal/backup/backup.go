package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
	"github.com/plumbline-dev/plumbline/host/internal/journal/pack"
)

// A backup before it is sealed is a line that says what it is, a manifest, every entry in
// the order of the keys, and a trailer. Manifest and trailer are JSON with their length
// before them.
const (
	magic         = "plumbline backup 1\n"
	frameManifest = 'M'
	frameEntry    = 'E'
	frameTrailer  = 'T'
	frameMost     = 16 << 20 // bytes; more is damage
)

// trailer ends a backup, so that one that is cut short is noticed.
type trailer struct {
	Entries  int64  `json:"entries"`
	Versions int64  `json:"versions"`
	SHA256   []byte `json:"sha256"` // of everything before, from the manifest on
}

// Write writes one moment of a journal to w, which seals it. The journal may go on being
// used. Version is the program's.
func Write(
	ctx context.Context, l *ledger.Ledger, w io.Writer, version string, report func(ledger.Progress),
) (b host.Backup, err error) {
	err = l.View(func(txn *badgerdir.Txn) (err error) {
		if b, err = manifest(txn, l.Now(), version); err != nil {
			return err
		}
		return writeAll(ctx, txn, w, &b, report)
	})
	if err != nil {
		return host.Backup{}, fmt.Errorf("back up store: %w", err)
	}
	return b, nil
}

func manifest(txn *badgerdir.Txn, now time.Time, version string) (b host.Backup, err error) {
	schema, found, err := layout.ReadNumber(txn, layout.KeySchema)
	if err != nil || !found {
		return b, errors.Join(errors.New("read schema number"), err)
	}
	b = host.Backup{CreatedAt: now, Version: version, Schema: schema}
	connections, err := layout.ReadableConnections(txn)
	if err != nil {
		return b, err
	}
	for _, c := range connections {
		chain, err := layout.LoadChain(txn, c.ID)
		if err != nil {
			return b, err
		}
		headers, err := layout.Headers(txn, c.ID)
		if err != nil {
			return b, err
		}
		state := host.ChainState{
			Connection: c.ID, Alias: c.Alias, Length: chain.Length, From: chain.Anchor, Head: fmt.Sprintf("%x", chain.Head),
		}
		for _, h := range headers {
			state.Records += h.Records
		}
		b.Connections = append(b.Connections, state)
	}
	return b, nil
}

func writeAll(ctx context.Context, txn *badgerdir.Txn, to io.Writer, b *host.Backup, report func(ledger.Progress)) error {
	w := bufio.NewWriterSize(to, 1<<16)
	if _, err := w.WriteString(magic); err != nil {
		return err
	}
	sum := sha256.New()
	if err := writeFrame(io.MultiWriter(w, sum), frameManifest, b); err != nil {
		return err
	}
	var frame []byte
	err := layout.Each(txn, nil, func(item *badgerdir.Item) error {
		k := item.Key()
		if k[0] == layout.PrefixSecret {
			return nil
		}
		if err := counted(ctx, b, k, "backup", report); err != nil {
			return err
		}
		return item.Value(func(value []byte) error {
			frame = binary.AppendUvarint(append(frame[:0], frameEntry), uint64(len(k)))
			frame = binary.AppendUvarint(append(frame, k...), uint64(len(value)))
			frame = append(frame, value...)
			sum.Write(frame)
			_, err := w.Write(frame)
			return err
		})
	})
	if err != nil {
		return err
	}
	if err := writeFrame(w, frameTrailer, trailer{b.Entries, b.Versions, sum.Sum(nil)}); err != nil {
		return err
	}
	return w.Flush()
}

// counted counts an entry and reports the number now and then.
func counted(ctx context.Context, b *host.Backup, k []byte, phase string, report func(ledger.Progress)) error {
	b.Entries++
	if k[0] == layout.PrefixVersion {
		b.Versions++
	}
	if b.Entries%1024 != 0 {
		return nil
	}
	report(ledger.Progress{Phase: phase, Done: b.Entries})
	return ctx.Err()
}

func writeFrame(w io.Writer, kind byte, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = w.Write(append(binary.AppendUvarint([]byte{kind}, uint64(len(raw))), raw...))
	return err
}

// reader reads what Write wrote.
type reader struct {
	from *bufio.Reader
	sum  hash.Hash
}

// Read checks an opened backup without restoring it: its form, its counts, every document
// and every chain. A refusal is a *host.Problem of the code backup.damaged, or
// store.newer_schema.
func Read(ctx context.Context, r io.Reader, report func(ledger.Progress)) (host.Backup, error) {
	return read(ctx, r, report, func(_, _ []byte) error { return nil })
}

// read checks a backup and calls visit with every entry. Key and value are visit's own.
func read(ctx context.Context, r io.Reader, report func(ledger.Progress), visit func(k, value []byte) error) (host.Backup, error) {
	codec, err := pack.NewCodec()
	if err != nil {
		return host.Backup{}, err
	}
	defer codec.Close()
	c := &check{codec: codec, chains: map[string]layout.Chain{}, newer: map[string]*newerEntry{}}
	b, err := readEntries(ctx, r, report, func(k, value []byte) error {
		if err := c.entry(k, value); err != nil {
			return err
		}
		return visit(k, value)
	})
	if err != nil {
		return b, err
	}
	return b, c.end(b)
}

// readEntries calls visit with every entry.
func readEntries(
	ctx context.Context, r io.Reader, report func(ledger.Progress), visit func(k, value []byte) error,
) (b host.Backup, err error) {
	in := &reader{bufio.NewReaderSize(r, 1<<16), sha256.New()}
	if b, err = in.manifest(); err != nil {
		return b, err
	}
	var end trailer
	var last []byte
	b.Entries, b.Versions = 0, 0
	for {
		kind, err := in.from.ReadByte()
		if err != nil {
			return b, damaged(fmt.Sprintf("it ends after %d entries, without its end mark", b.Entries), err)
		}
		if kind == frameTrailer {
			break
		}
		k, value, err := in.entry(kind)
		if err != nil {
			return b, damaged(fmt.Sprintf("entry %d cannot be read", b.Entries+1), err)
		}
		if bytes.Compare(k, last) <= 0 {
			return b, damaged(fmt.Sprintf("entry %d is out of order", b.Entries+1), nil)
		}
		last = append(last[:0], k...)
		if err := counted(ctx, &b, k, "read", report); err != nil {
			return b, err
		}
		if err := visit(k, value); err != nil {
			return b, err
		}
	}
	raw, err := in.part()
	if err := errors.Join(err, json.Unmarshal(raw, &end)); err != nil {
		return b, damaged("its end mark cannot be read", err)
	}
	if end.Entries != b.Entries || end.Versions != b.Versions || !bytes.Equal(end.SHA256, in.sum.Sum(nil)) {
		return b, damaged("its entries are not those it was made of", nil)
	}
	if _, err := in.from.ReadByte(); !errors.Is(err, io.EOF) {
		return b, damaged("something follows its end mark", err)
	}
	return b, nil
}

// manifest reads what a backup begins with.
func (r *reader) manifest() (b host.Backup, err error) {
	line := make([]byte, len(magic))
	if _, err := io.ReadFull(r.from, line); err != nil || string(line) != magic {
		return b, damaged("what it holds does not begin as a backup does", err)
	}
	kind, err := r.from.ReadByte()
	if err != nil || kind != frameManifest {
		return b, damaged("it has no manifest", err)
	}
	raw, err := r.part()
	if err := errors.Join(err, json.Unmarshal(raw, &b)); err != nil {
		return b, damaged("its manifest cannot be read", err)
	}
	r.sum.Write(append(binary.AppendUvarint([]byte{frameManifest}, uint64(len(raw))), raw...))
	if b.Schema > ledger.Schema {
		return b, ledger.NewerSchema("the backup", b.Schema)
	}
	return b, nil
}

func (r *reader) part() ([]byte, error) {
	length, err := binary.ReadUvarint(r.from)
	if err != nil {
		return nil, err
	}
	if length > frameMost {
		return nil, fmt.Errorf("a part of %d bytes", length)
	}
	raw := make([]byte, length)
	_, err = io.ReadFull(r.from, raw)
	return raw, err
}

func (r *reader) entry(kind byte) (k, value []byte, err error) {
	if kind != frameEntry {
		return nil, nil, fmt.Errorf("unknown part %q", kind)
	}
	if k, err = r.part(); err != nil {
		return nil, nil, err
	}
	if value, err = r.part(); err != nil || len(k) == 0 {
		return nil, nil, errors.Join(layout.ErrKey, err)
	}
	frame := binary.AppendUvarint([]byte{frameEntry}, uint64(len(k)))
	r.sum.Write(binary.AppendUvarint(append(frame, k...), uint64(len(value))))
	r.sum.Write(value)
	return k, value, nil
}

// damaged is the problem of a damaged backup. A cause that is a problem itself names the
// bytes of the file that cannot be read.
func damaged(what string, cause error) error {
	if p := new(host.Problem); errors.As(cause, &p) {
		return p
	}
	p := &host.Problem{
		Code:    host.CodeBackupDamaged,
		Message: "the backup is damaged: " + what,
		Remedy:  "Use another backup; `plumbline backup verify FILE` checks one.",
		Fault:   host.FaultHost,
		Retry:   host.RetryNever,
	}
	if cause == nil {
		return p
	}
	return p.Because(cause)
}
