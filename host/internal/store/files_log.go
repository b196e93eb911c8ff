package store

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/dgraph-io/badger/v4/y"

	"github.com/plumbline-dev/plumbline/host"
)

// A log begins with the number of the key it is encrypted with and 12 bytes that
// begin every IV in it. The file is longer than what was written: the rest is 0.
const logHead = 8 + 12

// log checks the write-ahead log of a memtable or a value log. Entries follow one
// another, each with its own checksum. The log ends where an entry cannot be read;
// if others that can be read come after it, it is no end but damage.
func (i *inspector) log(path string) error {
	raw, size, err := readWritten(path)
	if err != nil {
		return fmt.Errorf("read log: %w", err)
	}
	i.count(size)
	tell := i.bad
	if i.badLog != nil {
		tell = i.badLog
	}
	bad := host.BadEntry{File: path}
	if len(raw) < logHead {
		if size > 0 {
			i.cut(bad, "the file is cut short before its first entry")
		}
		return nil
	}
	written := len(bytes.TrimRight(raw, "\x00"))
	if written == 0 {
		return nil // who made it was killed before it wrote anything
	}
	id := binary.BigEndian.Uint64(raw)
	dataKey, known := i.dataKeys[id]
	if !known {
		i.bad(bad, "the log was encrypted with key %d, which does not exist", id)
		return nil
	}
	at := logHead
	for at < len(raw) {
		e, next := cutLogEntry(raw, at)
		if e == nil {
			break
		}
		if k := logKey(raw, at, dataKey); !ours(k) {
			bad.Offset = 8
			tell(bad, "the beginning of the log is not as it was written: what follows decrypts to nothing that was ever stored")
			return nil
		}
		at = next
	}
	if at >= written {
		return nil
	}
	bad = i.names.name(userKey(logKey(raw, at, dataKey)))
	bad.File, bad.Offset = path, int64(at)
	for try := at + 1; try < written; try++ {
		if e, _ := cutLogEntry(raw, try); e != nil {
			tell(bad, "the entry there is not as it was written; others that were written later follow")
			return i.ctx.Err()
		}
	}
	i.cut(bad, "the last entry of the log cannot be read: its write was cut off, or it was changed later")
	return i.ctx.Err()
}

// readWritten returns a file without the zeros it ends with, up to a few that
// belong to the last entry, and its size. Logs are mostly holes.
func readWritten(path string) (raw []byte, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	chunk, zero := make([]byte, 1<<20), make([]byte, 1<<20)
	for {
		n, err := io.ReadFull(f, chunk)
		if n > 0 && !bytes.Equal(chunk[:n], zero[:n]) {
			raw = append(raw, make([]byte, size-int64(len(raw)))...)
			raw = append(raw, chunk[:n]...)
		}
		size += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
	}
	raw = bytes.TrimRight(raw, "\x00")
	// An entry, or the head, may end in zeros of its own.
	return append(raw, make([]byte, min(size-int64(len(raw)), logHead))...), size, nil
}

// ours reports whether a key is one that this package or Badger writes.
func ours(k []byte) bool {
	if len(k) <= 8 {
		return false
	}
	return kindWords[k[0]] != "" || bytes.HasPrefix(k, []byte("!badger!"))
}

// logEntryHead is the head of an entry of a log.
type logEntryHead struct {
	size       int
	klen, vlen int
}

func cutLogHead(raw []byte) *logEntryHead {
	h := &logEntryHead{size: 2}
	var numbers [3]uint64
	for n := range numbers {
		if h.size > len(raw) {
			return nil
		}
		value, size := binary.Uvarint(raw[h.size:])
		if size <= 0 {
			return nil
		}
		numbers[n], h.size = value, h.size+size
	}
	if numbers[0] == 0 || numbers[0] > 1<<16 || numbers[1] > uint64(len(raw)) {
		return nil
	}
	h.klen, h.vlen = int(numbers[0]), int(numbers[1])
	return h
}

// cutLogEntry returns the head of the entry at a place and where the next begins,
// or nothing when there is no entry.
func cutLogEntry(raw []byte, at int) (*logEntryHead, int) {
	h := cutLogHead(raw[at:])
	if h == nil {
		return nil, at
	}
	end := at + h.size + h.klen + h.vlen
	if end+crc32.Size > len(raw) {
		return nil, at
	}
	if crc32.Checksum(raw[at:end], castagnoli) != binary.BigEndian.Uint32(raw[end:]) {
		return nil, at
	}
	return h, end + crc32.Size
}

// logKey returns the key of an entry that may be damaged elsewhere.
func logKey(raw []byte, at int, dataKey []byte) []byte {
	h := cutLogHead(raw[at:])
	if h == nil || at+h.size+h.klen > len(raw) {
		return nil
	}
	k := raw[at+h.size : at+h.size+h.klen]
	if len(dataKey) == 0 {
		return k
	}
	iv := make([]byte, aes.BlockSize)
	copy(iv, raw[8:logHead])
	binary.BigEndian.PutUint32(iv[12:], uint32(at))
	plain, err := y.XORBlockAllocate(k, dataKey, iv)
	if err != nil {
		return nil
	}
	return plain
}
