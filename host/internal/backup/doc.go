// Package backup writes a store into one sealed file and reads such files. A file is
// sealed with a passphrase, with age recipients or with the host's own key. Package
// store says what is in it, package secret seals it.
package backup
