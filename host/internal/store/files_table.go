package store

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"github.com/klauspost/compress/snappy"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline-dev/plumbline/host"
)

// table checks one table: its index, then each block. The file is
//
//	block … block, index, its length, checksum of the index, its length
//
// where index and blocks are encrypted, with their IV behind them, and a block
// has its own checksum inside.
func (i *inspector) table(t tableFacts) error {
	path := table.NewFilename(t.id, i.dir)
	bad := host.BadEntry{File: path}
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && i.running:
		return nil // it was rewritten meanwhile
	case errors.Is(err, fs.ErrNotExist):
		i.tell(bad, "the table is missing")
		return nil
	case err != nil:
		return fmt.Errorf("read table: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read table: %w", err)
	}
	i.count(info.Size())
	dataKey, known := i.dataKeys[t.dataKey]
	if !known {
		i.tell(bad, "the table was encrypted with key %d, which does not exist", t.dataKey)
		return nil
	}
	bad.Offset = max(info.Size()-4, 0)
	index, at, err := cutIndex(f, info.Size(), dataKey)
	if err != nil {
		i.tell(bad, "the index of the table is not as it was written (%v): which entries are lost cannot be said", err)
		return nil
	}
	if end := blocksEnd(index); end != at {
		i.tell(bad, "the blocks of the table end at byte %d, its index begins at %d", end, at)
		return nil
	}
	if i.shallow {
		return nil
	}
	return i.blocksOf(f, path, index, dataKey, options.CompressionType(t.compression))
}

// tell is bad for several tables at a time.
func (i *inspector) tell(b host.BadEntry, format string, args ...any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.bad(b, format, args...)
}

func blocksEnd(index *fb.TableIndex) int64 {
	var last fb.BlockOffset
	if n := index.OffsetsLength(); n == 0 || !index.Offsets(&last, n-1) {
		return 0
	}
	return int64(last.Offset()) + int64(last.Len())
}

// blocksOf reads one block after the other.
func (i *inspector) blocksOf(f *os.File, path string, index *fb.TableIndex, dataKey []byte, compression options.CompressionType) error {
	var raw []byte
	for n := range index.OffsetsLength() {
		if err := i.ctx.Err(); err != nil {
			return err
		}
		var place, after fb.BlockOffset
		index.Offsets(&place, n)
		var following []byte
		if n+1 < index.OffsetsLength() && index.Offsets(&after, n+1) {
			following = userKey(after.KeyBytes())
		}
		raw = slices.Grow(raw[:0], int(place.Len()))[:place.Len()]
		if _, err := f.ReadAt(raw, int64(place.Offset())); err != nil {
			return fmt.Errorf("read table %s: %w", path, err)
		}
		first := userKey(place.KeyBytes())
		block, err := openBlock(raw, dataKey, compression)
		if err == nil && !mayName(first, following) {
			continue
		}
		i.mu.Lock()
		if err != nil {
			i.blocks = append(i.blocks, badBlock{path, int64(place.Offset()), first, following, err})
		} else {
			i.names.learn(block)
		}
		i.mu.Unlock()
	}
	return nil
}

// badBlock names the entries of a damaged block.
func (i *inspector) badBlock(bad badBlock) {
	b := i.names.name(bad.first)
	b.File, b.Offset = bad.file, bad.offset
	until := "the end of the table"
	if bad.following != nil {
		until = i.names.words(bad.following)
	}
	i.bad(b, "the entries from %s up to %s are not as they were written (%v)", i.names.words(bad.first), until, bad.cause)
}

var errChecksum = errors.New("its checksum is wrong")

// footBytes is more than the checksum of an index and the two lengths take.
const footBytes = 64

// cutIndex returns the index of a table of some size, and where it begins.
func cutIndex(f io.ReaderAt, size int64, dataKey []byte) (index *fb.TableIndex, at int64, err error) {
	// Flatbuffers knows no errors; what the checksum let through is whole.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it cannot be read: %v", r)
		}
	}()
	foot := make([]byte, min(size, footBytes))
	if _, err := f.ReadAt(foot, size-int64(len(foot))); err != nil {
		return nil, 0, err
	}
	rest, sum, err := cutSum(foot)
	if err != nil {
		return nil, 0, err
	}
	if len(rest) < 4 {
		return nil, 0, errChecksum
	}
	length := int64(binary.BigEndian.Uint32(rest[len(rest)-4:]))
	at = size - int64(len(foot)-len(rest)) - 4 - length
	if length == 0 || at < 0 {
		return nil, 0, errChecksum
	}
	data := make([]byte, length)
	if _, err := f.ReadAt(data, at); err != nil {
		return nil, 0, err
	}
	if err := y.VerifyChecksum(data, sum); err != nil {
		return nil, 0, errChecksum
	}
	if data, err = decrypted(data, dataKey); err != nil {
		return nil, 0, err
	}
	return fb.GetRootAsTableIndex(data, 0), at, nil
}

// cutSum takes a checksum and its length from the end.
func cutSum(raw []byte) (rest []byte, sum *pb.Checksum, err error) {
	if len(raw) < 4 {
		return nil, nil, errChecksum
	}
	length := int(binary.BigEndian.Uint32(raw[len(raw)-4:]))
	at := len(raw) - 4 - length
	if length < 0 || at < 0 {
		return nil, nil, errChecksum
	}
	sum = new(pb.Checksum)
	text := raw[at : len(raw)-4]
	if err := proto.Unmarshal(text, sum); err != nil {
		return nil, nil, errChecksum
	}
	// The same number can be written in several ways; only one was.
	if again, err := proto.Marshal(sum); err != nil || !bytes.Equal(again, text) {
		return nil, nil, errChecksum
	}
	return raw[:at], sum, nil
}

func decrypted(data, dataKey []byte) ([]byte, error) {
	if len(dataKey) == 0 {
		return data, nil
	}
	if len(data) < aes.BlockSize {
		return nil, errChecksum
	}
	cut := len(data) - aes.BlockSize
	return y.XORBlockAllocate(data[:cut], dataKey, data[cut:])
}

// openBlock returns a block's entries and their offsets, after its checksum was
// compared.
func openBlock(data, dataKey []byte, compression options.CompressionType) ([]byte, error) {
	plain, err := decrypted(data, dataKey)
	if err != nil {
		return nil, err
	}
	switch compression {
	case options.None:
	case options.Snappy:
		if plain, err = snappy.Decode(nil, plain); err != nil {
			return nil, errChecksum
		}
	default:
		return nil, fmt.Errorf("compressed in way %d, which is not known", compression)
	}
	body, sum, err := cutSum(plain)
	if err != nil {
		return nil, err
	}
	if err := y.VerifyChecksum(body, sum); err != nil {
		return nil, errChecksum
	}
	return body, nil
}

// userKey returns Badger's key without the version behind it.
func userKey(k []byte) []byte {
	if len(k) < 8 {
		return k
	}
	return k[:len(k)-8]
}
