package journal

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

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// A backup before it is sealed: a line that says what it is, a manifest, every
// entry in the order of the keys, and a trailer. Manifest and trailer are JSON
// with their length before them. What it must not hold, sealed secrets, is left
// out when it is made.
const (
	backupMagic   = "plumbline backup 1\n"
	frameManifest = 'M'
	frameEntry    = 'E'
	frameTrailer  = 'T'
	frameMost     = 16 << 20 // bytes; more is damage
)

// backupTrailer ends a backup, so that one that is cut short is noticed.
type backupTrailer struct {
	Entries  int64  `json:"entries"`
	Versions int64  `json:"versions"`
	SHA256   []byte `json:"sha256"` // of everything before, from the manifest on
}

// Backup writes one moment of the store to w, which seals it. The store goes on
// being used meanwhile. Version is the program's.
func (s *Journal) Backup(ctx context.Context, w io.Writer, version string, report func(Progress)) (host.Backup, error) {
	var b host.Backup
	err := s.view(func(txn *badgerdir.Txn) (err error) {
		if b, err = s.backupManifest(txn, version); err != nil {
			return err
		}
		return s.writeBackup(ctx, txn, w, &b, report)
	})
	if err != nil {
		return host.Backup{}, fmt.Errorf("back up store: %w", err)
	}
	return b, nil
}

func (s *Journal) backupManifest(txn *badgerdir.Txn, version string) (b host.Backup, err error) {
	raw, err := read(txn, keySchema)
	if err != nil || len(raw) != 8 {
		return b, errors.Join(errors.New("read schema number"), err)
	}
	b = host.Backup{CreatedAt: s.now().UTC().Round(0), Version: version, Schema: binary.BigEndian.Uint64(raw)}
	connections, err := knownConnections(txn)
	if err != nil {
		return b, err
	}
	for _, c := range connections {
		stands, err := loadChain(txn, c.ID)
		if err != nil {
			return b, err
		}
		headers, err := streamHeaders(txn, c.ID)
		if err != nil {
			return b, err
		}
		state := host.ChainState{Connection: c.ID, Alias: c.Alias, Length: stands.length, From: stands.anchor, Head: fmt.Sprintf("%x", stands.head)}
		for _, h := range headers {
			state.Records += h.Records
		}
		b.Connections = append(b.Connections, state)
	}
	return b, nil
}

func (s *Journal) writeBackup(ctx context.Context, txn *badgerdir.Txn, to io.Writer, b *host.Backup, report func(Progress)) error {
	w := bufio.NewWriterSize(to, 1<<16)
	if _, err := w.WriteString(backupMagic); err != nil {
		return err
	}
	sum := sha256.New()
	if err := writeFrame(io.MultiWriter(w, sum), frameManifest, b); err != nil {
		return err
	}
	var frame []byte
	err := each(txn, nil, func(item *badgerdir.Item) error {
		k := item.Key()
		if k[0] == prefixSecret {
			return nil
		}
		b.Entries++
		if k[0] == prefixVersion {
			b.Versions++
		}
		if b.Entries%1024 == 0 {
			report(Progress{Phase: "backup", Done: b.Entries})
			if err := ctx.Err(); err != nil {
				return err
			}
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
	if err := writeFrame(w, frameTrailer, backupTrailer{b.Entries, b.Versions, sum.Sum(nil)}); err != nil {
		return err
	}
	return w.Flush()
}

func writeFrame(w io.Writer, kind byte, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = w.Write(append(binary.AppendUvarint([]byte{kind}, uint64(len(raw))), raw...))
	return err
}

// backupReader reads what writeBackup wrote.
type backupReader struct {
	from *bufio.Reader
	sum  hash.Hash
}

// ReadBackup checks an opened backup without restoring it: its form, its counts,
// every document's hash and every chain. A refusal is a *host.Problem of the code
// backup.damaged, or store.newer_schema.
func ReadBackup(ctx context.Context, r io.Reader, report func(Progress)) (host.Backup, error) {
	c, err := newBackupCheck()
	if err != nil {
		return host.Backup{}, err
	}
	defer c.codec.close()
	b, err := readBackup(ctx, r, report, c.entry)
	if err != nil {
		return b, err
	}
	return b, c.end(b)
}

// readBackup calls visit with every entry; key and value are visit's only until it
// returns.
func readBackup(ctx context.Context, r io.Reader, report func(Progress), visit func(k, value []byte) error) (b host.Backup, err error) {
	in := &backupReader{bufio.NewReaderSize(r, 1<<16), sha256.New()}
	if b, err = in.manifest(); err != nil {
		return b, err
	}
	var trailer backupTrailer
	var last []byte
	b.Entries, b.Versions = 0, 0
	for {
		kind, err := in.from.ReadByte()
		if err != nil {
			return b, badBackup(fmt.Sprintf("it ends after %d entries, without its end mark", b.Entries), err)
		}
		if kind == frameTrailer {
			break
		}
		k, value, err := in.entry(kind)
		if err != nil {
			return b, badBackup(fmt.Sprintf("entry %d cannot be read", b.Entries+1), err)
		}
		if bytes.Compare(k, last) <= 0 {
			return b, badBackup(fmt.Sprintf("entry %d is out of order", b.Entries+1), nil)
		}
		last = append(last[:0], k...)
		b.Entries++
		if k[0] == prefixVersion {
			b.Versions++
		}
		if b.Entries%1024 == 0 {
			report(Progress{Phase: "read", Done: b.Entries})
			if err := ctx.Err(); err != nil {
				return b, err
			}
		}
		if err := visit(k, value); err != nil {
			return b, err
		}
	}
	if err := in.json(&trailer); err != nil {
		return b, badBackup("its end mark cannot be read", err)
	}
	if trailer.Entries != b.Entries || trailer.Versions != b.Versions || !bytes.Equal(trailer.SHA256, in.sum.Sum(nil)) {
		return b, badBackup("its entries are not those it was made of", nil)
	}
	if _, err := in.from.ReadByte(); !errors.Is(err, io.EOF) {
		return b, badBackup("something follows its end mark", err)
	}
	return b, nil
}

// manifest reads what a backup begins with.
func (r *backupReader) manifest() (b host.Backup, err error) {
	magic := make([]byte, len(backupMagic))
	if _, err := io.ReadFull(r.from, magic); err != nil || string(magic) != backupMagic {
		return b, badBackup("what it holds does not begin as a backup does", err)
	}
	kind, err := r.from.ReadByte()
	if err != nil || kind != frameManifest {
		return b, badBackup("it has no manifest", err)
	}
	raw, err := r.part()
	if err == nil {
		err = json.Unmarshal(raw, &b)
	}
	if err != nil {
		return b, badBackup("its manifest cannot be read", err)
	}
	r.sum.Write(append(binary.AppendUvarint([]byte{frameManifest}, uint64(len(raw))), raw...))
	if b.Schema > Schema {
		return b, newerSchema("the backup", b.Schema)
	}
	return b, nil
}

func (r *backupReader) json(value any) error {
	raw, err := r.part()
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, value)
}

func (r *backupReader) part() ([]byte, error) {
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

func (r *backupReader) entry(kind byte) (k, value []byte, err error) {
	if kind != frameEntry {
		return nil, nil, fmt.Errorf("unknown part %q", kind)
	}
	if k, err = r.part(); err != nil {
		return nil, nil, err
	}
	if value, err = r.part(); err != nil || len(k) == 0 {
		return nil, nil, errors.Join(errKey, err)
	}
	frame := binary.AppendUvarint([]byte{frameEntry}, uint64(len(k)))
	r.sum.Write(binary.AppendUvarint(append(frame, k...), uint64(len(value))))
	r.sum.Write(value)
	return k, value, nil
}

// badBackup says what is wrong with a backup. A cause that is a problem says it better:
// which bytes of the file cannot be read.
func badBackup(what string, cause error) error {
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

// backupCheck holds the entries of a backup against one another as they pass.
type backupCheck struct {
	codec  *codec
	chains map[string]chain
	newer  map[string]*newerEntry // the entry whose predecessor is to come
}

type newerEntry struct {
	place  entryPlace
	number uint64
	link   link
	body   []byte
}

func newBackupCheck() (*backupCheck, error) {
	codec, err := newCodec()
	return &backupCheck{codec: codec, chains: map[string]chain{}, newer: map[string]*newerEntry{}}, err
}

func (c *backupCheck) entry(k, value []byte) (err error) {
	switch k[0] {
	case prefixChain:
		id, _, cutErr := cutText(k[1:])
		c.chains[id], err = unpackChain(value)
		if err := errors.Join(cutErr, err); err != nil {
			return badBackup("the head of a chain cannot be read", err)
		}
	case prefixChange:
		return c.change(k, value)
	case prefixVersion:
		if _, err := unpackVersion(value); err != nil {
			return badBackup(fmt.Sprintf("a version under key %q cannot be read", k[5:]), err)
		}
	case prefixPack:
		if _, err := c.codec.unpack(value); err != nil {
			return badBackup(fmt.Sprintf("documents under key %q cannot be read", k[5:]), err)
		}
	case prefixSecret:
		return badBackup("it holds a secret", nil)
	}
	return nil
}

// change takes the entries of a change log newest first.
func (c *backupCheck) change(k, value []byte) error {
	id, _, err := cutText(k[1:])
	if err != nil {
		return badBackup("a key of the change log cannot be read", err)
	}
	place, err := placeOf(k, key(prefixChange, id), id)
	e, entryErr := unpackEntry(value)
	if err := errors.Join(err, entryErr); err != nil {
		return badBackup("an entry of the change log cannot be read", err)
	}
	stands := c.chains[id]
	newer := c.newer[id]
	switch {
	case newer == nil && (e.number != stands.length || e.link != stands.head):
		return badBackup(fmt.Sprintf("the change log of connection %s does not end where its chain does", id), nil)
	case newer != nil && (newer.number != e.number+1 || e.link.next(newer.number, newer.place, newer.body) != newer.link):
		return badBackup(fmt.Sprintf("entry %d of the change log of connection %s does not follow entry %d", newer.number, id, e.number), nil)
	}
	c.newer[id] = &newerEntry{place, e.number, e.link, bytes.Clone(e.body)}
	return nil
}

// end checks the oldest entries, which follow the anchors, and that every chain is
// the one the manifest names.
func (c *backupCheck) end(b host.Backup) error {
	for id, oldest := range c.newer {
		stands := c.chains[id]
		if oldest.number <= stands.anchor {
			continue // waits to be deleted
		}
		if oldest.number != stands.anchor+1 || stands.anchorLink.next(oldest.number, oldest.place, oldest.body) != oldest.link {
			return badBackup(fmt.Sprintf("the change log of connection %s does not begin where its chain does", id), nil)
		}
	}
	for _, state := range b.Connections {
		stands := c.chains[state.Connection]
		if stands.length != state.Length || fmt.Sprintf("%x", stands.head) != state.Head {
			return badBackup(fmt.Sprintf("the chain of connection %s is not the one of the manifest", state.Alias), nil)
		}
		if stands.length > stands.anchor && c.newer[state.Connection] == nil {
			return badBackup(fmt.Sprintf("the change log of connection %s is missing", state.Alias), nil)
		}
	}
	return nil
}
