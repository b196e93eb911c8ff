// Package secret seals credentials and finds the key that opens them. It stores no secret
// and logs nothing.
//
// Master key  32 random bytes of a data directory. HKDF-SHA-256 derives from it, under a
// label each: the store's key, the sealing key, the key of backups and the fingerprint.
//
// Location  where the master key is kept:
//
//	systemd   $CREDENTIALS_DIRECTORY/plumbline.key, from the service unit
//	keyring   the operating system's keychain, under the data directory's id
//	file      DIR/master.key, mode 0600
//
// Auto takes the systemd credential if there is one; else the keychain on macOS and
// Windows, and on Linux if a Secret Service answers; else the file. DIR/key.json records
// the choice and the fingerprint. From then on the key is read only there: a missing key
// is an error and never makes a new one.
//
// Sealed secret  one version byte, a random nonce of 24 bytes and an XChaCha20-Poly1305
// ciphertext. Connection id and setting name are its additional data, so a sealed value
// does not open under another connection or setting.
//
// Backup  an age file. With a passphrase or recipients it opens on any machine, with the
// host's key only where the master key is.
package secret
