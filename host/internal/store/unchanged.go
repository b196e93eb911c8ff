package store

// Unchanged reports whether the stored version of key has this hash, so that
// its document need not be looked at again.
func (w *StreamWriter) Unchanged(key string, hash [32]byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	content, ok := w.digest.content(keyPrint(key))
	return ok && content == contentPrint(hash)
}
