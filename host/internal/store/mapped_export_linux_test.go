package store

import "unsafe"

var (
	AppendMapped = appendMapped
	NewPager     = newPager
	PutAway      = putAway
	PutAwayEach  = putAwayEach
)

func (p *pager) Memory() (int64, error) { return p.memory() }
func (p *pager) PageOut() error         { return p.pageOut() }
func (p *pager) Close() error           { return p.close() }

type Span = span

func SpanAt(from, size uintptr) Span { return span{from: from, size: size} }

// SpanOf returns where mapped is, which the garbage collector must not own.
func SpanOf(mapped []byte) Span {
	return span{from: uintptr(unsafe.Pointer(unsafe.SliceData(mapped))), size: uintptr(len(mapped))}
}
