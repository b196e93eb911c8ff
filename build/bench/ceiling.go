package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// ceiling returns the records per second that Badger itself takes: transactions
// of 500 records of about 400 bytes of JSON, each on disk before the next.
func (b *bench) ceiling() (rate float64, err error) {
	o := ceilingOptions(filepath.Join(b.dir, "ceiling"))
	defer func() { err = errors.Join(err, os.RemoveAll(o.Dir)) }()
	db, err := badger.Open(o)
	if err != nil {
		return 0, fmt.Errorf("open bare store: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	begun := time.Now()
	for n := 0; n < b.records; n += page {
		err := db.Update(func(txn *badger.Txn) error {
			for i := n; i < min(n+page, b.records); i++ {
				key := fmt.Appendf(nil, "v0001users-%d\x00\x01", i) // as long as that of a record's version
				if err := txn.Set(binary.BigEndian.AppendUint64(key, uint64(i)), ceilingRecord(i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return 0, fmt.Errorf("write to bare store: %w", err)
		}
	}
	return perSecond(b.records, time.Since(begun)), nil
}

// ceilingOptions repeats the options of host/internal/journal/options.go, which
// says why they are these; keep the two alike.
func ceilingOptions(dir string) badger.Options {
	o := badger.DefaultOptions(dir)
	o.Logger = nil
	o.MetricsEnabled = false
	o.SyncWrites = true
	o.DetectConflicts = true
	o.ChecksumVerificationMode = options.OnBlockRead
	o.VerifyValueChecksum = true
	o.EncryptionKey = []byte(strings.Repeat("k", 32))
	o.IndexCacheSize = 16 << 20
	o.BlockCacheSize = 16 << 20
	o.BloomFalsePositive = 0.1
	o.MemTableSize = 7 << 18
	o.BaseTableSize = 11 << 17
	o.BlockSize = 32 << 10
	o.TableSizeMultiplier = 1
	o.BaseLevelSize = 8 << 20
	o.Compression = options.None
	o.NumMemtables = 2
	o.NumLevelZeroTables = 5
	o.NumLevelZeroTablesStall = 15
	o.NumCompactors = 2
	o.ValueThreshold = 96 << 10
	o.ValueLogFileSize = 64 << 20
	return o
}

func ceilingRecord(n int) []byte {
	return fmt.Appendf(nil, `{"department":"Department %03d","email":"user-%07d@example.com","external_id":"users-%07d",`+
		`"groups":["everyone","group-%d"],"name":"User Number %07d","status":"active","title":"Title %d","type":"human",`+
		`"username":"user-%07d","vendor":{"id":%d,"note":"%s"}}`,
		n%400, n, n, n%97, n, n%50, n, n, strings.Repeat("n", 150))
}
