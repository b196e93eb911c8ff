package badgerdir

import badger "github.com/dgraph-io/badger/v4"

// Txn is a transaction of Badger, in which entries are read and written.
type Txn = badger.Txn

// Item is an entry that an iterator is at.
type Item = badger.Item

// Iterator goes over the entries of a transaction.
type Iterator = badger.Iterator

// IteratorOptions say which entries an iterator goes over, and how.
type IteratorOptions = badger.IteratorOptions

// TableInfo is what Badger knows of a table.
type TableInfo = badger.TableInfo

// ErrKeyNotFound says that there is no entry under a key.
var ErrKeyNotFound = badger.ErrKeyNotFound

// Prefetching returns the options of an iterator that reads values ahead.
func Prefetching() IteratorOptions { return badger.DefaultIteratorOptions }
