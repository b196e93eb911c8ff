package doctor

import (
	"runtime/metrics"
)

// Process is what the host itself takes, without its connectors. What counts up
// does so from its start.
type Process struct {
	HeapBytes        uint64 `json:"heap_bytes" doc:"Memory in use on the heap"`
	AllocatedBytes   uint64 `json:"allocated_bytes" doc:"Memory ever allocated there, in all"`
	AllocatedObjects uint64 `json:"allocated_objects" doc:"Allocations ever made"`
	Goroutines       uint64 `json:"goroutines"`
}

// ReadProcess reads the figures. It stops no goroutine.
func ReadProcess() Process {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/gc/heap/allocs:bytes"},
		{Name: "/gc/heap/allocs:objects"},
		{Name: "/sched/goroutines:goroutines"},
	}
	metrics.Read(samples)
	figures := make([]uint64, len(samples))
	for i, sample := range samples {
		if sample.Value.Kind() == metrics.KindUint64 {
			figures[i] = sample.Value.Uint64()
		}
	}
	return Process{HeapBytes: figures[0], AllocatedBytes: figures[1], AllocatedObjects: figures[2], Goroutines: figures[3]}
}
