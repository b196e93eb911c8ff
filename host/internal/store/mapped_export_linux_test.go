package store

var (
	FileMemory = fileMemory
	PageOut    = pageOut
	EachMapped = eachMapped
)
