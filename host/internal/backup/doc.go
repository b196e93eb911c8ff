// Package backup writes a store into one sealed file and reads such files. A file is
// sealed with a passphrase, with age recipients or with the host's own key. Package
// store says what is in it, package secret seals it.
//
// Files that people added are in a backup too, after the store's content, each under the
// SHA-256 of its content:
//
//	plumbline archive 1     the store's content in parts, an empty part, the files, an empty name, the number of files
//
// A backup of a data directory without such files is the store's content alone, which
// every earlier version reads.
package backup
