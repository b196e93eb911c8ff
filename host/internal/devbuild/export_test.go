package devbuild

import "time"

// LookEvery makes the looks more frequent.
func (w *Watch) LookEvery(d time.Duration) { w.every = d }
