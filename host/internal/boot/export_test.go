package boot

// HeapFloor is heapFloor.
const HeapFloor = heapFloor
