package boot

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// heapFloor is the least memory limit, in bytes. A first sync has 75 to 105 MiB of live
// heap while tables are merged, of a million records as of five. A floor 16 MiB lower
// saved nearly 16 MiB and cost 4 to 9 % more processor time.
const heapFloor = 112 << 20

// collectEarly makes the garbage collector run when the heap has grown by a quarter, or
// reaches the limit of limitHeap. Most garbage are the buffers in which Badger builds
// tables: few and large, so frequent collections cost little. Merges allocate up to
// 100 MiB of them within a second; without the limit one first sync of eight took 50 MiB
// more than the others. An administrator who sets GOGC or GOMEMLIMIT overrides this.
func collectEarly() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(25)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		limitOnce.Do(limitHeap)
	}
}

// limitOnce: the limit is the process's, however often a host is opened.
var limitOnce sync.Once

// limitHeap sets the memory limit by the live heap, now and after each collection. A fixed
// limit below the live heap would keep the collector running without end.
func limitHeap() {
	debug.SetMemoryLimit(heapLimit(aliveBytes()))
	// The next collection frees this object and calls limitHeap again. Smaller objects share
	// their memory with others and may live on.
	runtime.AddCleanup(new([64]byte), func(int) { limitHeap() }, 0)
}

// heapLimit returns the memory limit for a live heap: an eighth more for garbage, and
// 8 MiB for stacks and the runtime.
func heapLimit(alive uint64) int64 {
	return max(heapFloor, int64(alive+alive/8)+8<<20)
}

// aliveBytes returns the live heap of the latest collection.
func aliveBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
