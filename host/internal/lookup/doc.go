// Package lookup is what people look up in what was read: records as they are or were at
// any moment and where they are from, what changed, whose the accounts are, what depends on
// a connection, and who changed what. What they find they take out in files.
//
// Package app offers the use cases of Lookup as its own.
package lookup
