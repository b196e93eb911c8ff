package devbuild

import "time"

// ScanEvery sets the time between two scans.
func (w *Watch) ScanEvery(d time.Duration) { w.every = d }
