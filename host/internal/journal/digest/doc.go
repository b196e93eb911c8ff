// Package digest is the index of a stream's records in memory: the fingerprint of each
// record's key with the fingerprint of its document, 32 bytes a record. A writer compares
// what it reads with it, so that an unchanged record costs no lookup and no write, and
// marks what it has seen, so that a complete read knows what is gone.
//
// A digest takes up to 64 bytes of memory a record, also while it grows. All digests share
// an Allowance. A digest that gets no more memory knows nothing any more, so Err is asked
// before anything is concluded from an answer.
//
// Half of a 256-bit hash is enough: two documents of one key meet by chance once in 2^127.
package digest
