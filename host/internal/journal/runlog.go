package journal

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// AppendLogs adds lines to a run's log. Each gets the number after the last one. A
// line that has a number already, which is stored, is left out: who could store
// only a part sends the whole again. It works on a nearly full disk, so that a run
// can say how it ended.
func (s *Journal) AppendLogs(run string, lines []host.Log) error {
	for len(lines) > 0 {
		n, err := s.appendSome(run, lines)
		if err != nil {
			return fmt.Errorf("append to log of run %s: %w", run, err)
		}
		lines = lines[n:]
	}
	return nil
}

// appendSome stores as many lines as fit into one transaction and returns their
// number.
func (s *Journal) appendSome(run string, lines []host.Log) (n int, err error) {
	err = s.update(func(txn *badgerdir.Txn) error {
		// Reading the run makes this conflict with its deletion.
		if _, err := loadRun(txn, run); err != nil {
			return err
		}
		number := lastLog(txn, run)
		size := 0
		for n = 0; n < len(lines) && n < s.limits.partRecords && size < s.limits.partBytes; n++ {
			line := lines[n]
			if line.Number > 0 && line.Number <= number {
				continue
			}
			number++
			line.Number = number
			raw, err := json.Marshal(line)
			if err != nil {
				return err
			}
			k := keyLog(run, number)
			size += len(k) + len(raw)
			if err := txn.Set(k, raw); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// lastLog returns the number of the last line of a run's log, or 0.
func lastLog(txn *badgerdir.Txn, run string) int {
	prefix := key(prefixLog, run)
	it := txn.NewIterator(badgerdir.IteratorOptions{Prefix: prefix, Reverse: true})
	defer it.Close()
	it.Seek(append(prefix[:len(prefix):len(prefix)], 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF))
	if !it.Valid() {
		return 0
	}
	return int(binary.BigEndian.Uint64(it.Item().Key()[len(prefix):]))
}

// Logs returns the lines of a run's log with a number above after, oldest
// first, at most limit of them (0 = 1000).
func (s *Journal) Logs(run string, after, limit int) (lines []host.Log, err error) {
	limit = orDefault(limit, 1000)
	err = s.view(func(txn *badgerdir.Txn) error {
		if _, err := loadRun(txn, run); err != nil {
			return err
		}
		options := badgerdir.Prefetching()
		options.Prefix = key(prefixLog, run)
		it := txn.NewIterator(options)
		defer it.Close()
		for it.Seek(keyLog(run, max(after, 0)+1)); it.Valid() && len(lines) < limit; it.Next() {
			var line host.Log
			if err := unmarshal(it.Item(), &line); err != nil {
				return err
			}
			lines = append(lines, line)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	return lines, nil
}
