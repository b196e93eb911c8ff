package connections

// PageOf is pageOf, for tests of lists of connections without a store.
var PageOf = pageOf
