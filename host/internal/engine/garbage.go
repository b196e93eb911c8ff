package engine

import (
	"os"
	"runtime/debug"
)

// collectEarly makes the garbage collector run when the heap has grown by a
// quarter instead of doubled. Most of what it collects are the buffers in which Badger
// builds tables: few and large, so that running more often costs little. Whoever
// sets GOGC knows better.
func collectEarly() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(25)
	}
}
