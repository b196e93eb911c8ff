// Package column is the file format of the view: the records of a stream as columns,
// encoded and sealed. It knows nothing of queries.
//
// A shape is the columns of one kind: the key, when a version was valid, the text that a
// search reads, and one column for each field of the kind. A column holds texts in lower
// case or numbers; a time is a number.
//
// A segment is an immutable set of rows in key order, the newest version of a key first,
// in a file or in memory. It lies in row groups; each column of a row group is one chunk,
// encoded and sealed by itself. An end says that a row of an older segment is valid no
// longer; a segment holds the ends that its versions brought.
//
//	salt | chunks of group 0 | chunks of group 1 | … | directory | trailer
//
// The directory has for each row group its first and last key, and for each chunk its
// size and the span of its numbers. It is sealed like a chunk. The trailer says where the
// directory is.
//
// A file's key is derived from the store's key, the purpose and the random salt. The
// nonce of a chunk is its number, so no chunk opens at another position or in another
// file.
package column
