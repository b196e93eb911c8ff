package badgerdir

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4/y"
)

// logHead is the size of a log's head: the number of a data key, and what begins every
// IV. A log is longer than what was written: the rest is 0.
const logHead = 8 + 12

// log checks the head of a log, and all of the write-ahead log of a memtable, of which
// Badger exports no reader. It ends where an entry cannot be read; if one that can be
// read comes after it, it is no end but damage.
func (i *inspector) log(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	most := int64(math.MaxInt64)
	if filepath.Ext(path) == ".vlog" {
		most = logHead // its values are checked when they are read
	}
	raw, err := io.ReadAll(io.LimitReader(f, most))
	written := len(bytes.TrimRight(raw, "\x00"))
	if written == 0 || err != nil {
		return err // its maker was killed before it wrote anything
	}
	raw = append(raw[:written], make([]byte, logHead)...) // the last entry may end in zeros
	id := binary.BigEndian.Uint64(raw)
	dataKey, err := i.keys.DataKey(id)
	if err != nil || dataKey == nil {
		i.add(path, 0, lost, "the log was encrypted with key %d, which does not exist", id)
		return nil
	}
	at := logHead
	for k, next := cutLogEntry(raw, at, dataKey.Data); next > 0; k, next = cutLogEntry(raw, at, dataKey.Data) {
		if len(k) <= 8 || !i.names.Ours(k) && !bytes.HasPrefix(k, []byte("!badger!")) {
			i.add(path, 8, inLog, "the beginning of the log is not as it was written: what follows decrypts to no entry of a store")
			return nil
		}
		at = next
	}
	for try := at + 1; try < written; try++ {
		if _, next := cutLogEntry(raw, try, dataKey.Data); next > 0 {
			i.add(path, at, inLog, "the entry there is not as it was written; others that were written later follow")
			return nil
		}
	}
	if at < written {
		i.add(path, at, cut, "the last entry of the log cannot be read: its write was cut off, or it was changed later")
	}
	return nil
}

// cutLogEntry returns the key of the log's entry at a place, and where the next begins;
// 0 when there is no entry. An entry is two bytes, three counted numbers (the lengths of
// key and value, and a time), key and value encrypted together, and CRC-32C.
func cutLogEntry(raw []byte, at int, dataKey []byte) (k []byte, next int) {
	from := at + 2
	var numbers [3]uint64
	for n := range numbers {
		value, size := binary.Uvarint(raw[min(from, len(raw)):])
		if size <= 0 || n < 2 && value > uint64(len(raw)) {
			return nil, 0
		}
		numbers[n], from = value, from+size
	}
	body := from + int(numbers[0])
	end := body + int(numbers[1])
	if numbers[0] == 0 || end+crc32.Size > len(raw) ||
		crc32.Checksum(raw[at:end], y.CastagnoliCrcTable) != binary.BigEndian.Uint32(raw[end:]) {
		return nil, 0
	}
	iv := binary.BigEndian.AppendUint32(bytes.Clone(raw[8:logHead]), uint32(at))
	k, _ = y.XORBlockAllocate(raw[from:body], dataKey, iv) // it refuses keys of other lengths alone
	return k, end + crc32.Size
}
