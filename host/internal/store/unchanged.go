package store

import "fmt"

// Unchanged reports whether the stored version of key has this hash, so that
// its document need not be looked at again.
func (w *StreamWriter) Unchanged(key string, hash [32]byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	content, ok := w.digest.content(keyPrint(key))
	return ok && content == contentPrint(hash)
}

// Space measures the free bytes of the disk and the floor below which nothing
// is written.
func (s *Store) Space() (free, floor uint64, err error) {
	free, total, err := s.space.measure(s.space.dir)
	if err != nil {
		return 0, 0, fmt.Errorf("measure free space: %w", err)
	}
	return free, s.space.limit(total), nil
}
