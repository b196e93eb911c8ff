package boot

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// heapFloor is the memory of Go below which nothing is saved, in bytes. A first sync
// has 75 to 105 MiB alive while tables are merged, of a million records as of five;
// 16 MiB less here cost it 4 to 9 % more processor time and saved nearly all of
// them.
const heapFloor = 112 << 20

// collectEarly makes the garbage collector run when the heap has grown by a
// quarter instead of doubled, and earlier once there is much of it. Most of what it
// collects are the buffers in which Badger builds tables: few and large, so that
// running more often costs little. Merges make up to 100 MiB of them within a second,
// and by growth alone one first sync of eight took 50 MiB more than the others for
// it. An administrator who sets GOGC or GOMEMLIMIT overrides this.
func collectEarly() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(25)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		limitOnce.Do(limitHeap)
	}
}

// limitOnce is for the process, as the limit is, however often a host is opened.
var limitOnce sync.Once

// limitHeap sets the limit by what is alive, now and after each collection. A limit
// that stayed where it was would be below what is alive one day, and the collector
// would then never stop.
func limitHeap() {
	debug.SetMemoryLimit(heapLimit(aliveBytes()))
	// The next collection finds this out of reach. It is not so small that it would
	// share its memory with others that live on.
	runtime.AddCleanup(new([64]byte), func(int) { limitHeap() }, 0)
}

// heapLimit returns how much memory Go may take while alive bytes are in use: an
// eighth more for garbage, and what stacks and the runtime itself need.
func heapLimit(alive uint64) int64 {
	return max(heapFloor, int64(alive+alive/8)+8<<20)
}

// aliveBytes returns what the latest collection found in use.
func aliveBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
