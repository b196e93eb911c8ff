package app

// For tests of lists of connections without a store.
var (
	PageOf  = pageOf
	Trouble = trouble
)
