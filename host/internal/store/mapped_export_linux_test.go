package store

import "unsafe"

var (
	FileMemory  = fileMemory
	PageOut     = pageOut
	EachMapped  = eachMapped
	PutAway     = putAway
	PutAwayEach = putAwayEach
)

type Span = span

func SpanAt(from, size uintptr) Span { return span{from: from, size: size} }

// SpanOf returns where mapped is, which the garbage collector must not own.
func SpanOf(mapped []byte) Span {
	return span{from: uintptr(unsafe.Pointer(unsafe.SliceData(mapped))), size: uintptr(len(mapped))}
}
