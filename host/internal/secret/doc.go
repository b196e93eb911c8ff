// Package secret seals credentials and knows where the key that opens them
// lives. It stores no secret: sealed bytes go to the store, plain ones to a
// connector's Open message and nowhere else. It never logs.
//
// One master key of 32 random bytes belongs to a data directory. Everything else
// is derived from it by HKDF-SHA-256 under its own label: the store's key, the
// sealing key, and a fingerprint that tells a wrong key from a damaged secret.
//
// # Where the key lives
//
//	systemd   $CREDENTIALS_DIRECTORY/plumbline.key, given by the service unit
//	keyring   the operating system's keychain, under the data directory's own id
//	file      DIR/master.key, mode 0600
//
// Auto takes the systemd credential if there is one; else the keychain on macOS
// and Windows, and on Linux if a Secret Service really answers; else the file.
// The choice is made once: DIR/key.json remembers it, with the fingerprint, and
// from then on the key is looked for there and nowhere else. A key that is gone
// is an error that says where it was, never a reason to make another.
//
// # Backups
//
// Backups are age files: with a passphrase (scrypt) or recipients they open on any
// machine, with the host's key only where the master key is.
//
// # Sealing
//
// A sealed secret is one version byte, a random nonce of 24 bytes, and the
// XChaCha20-Poly1305 ciphertext. Connection id and setting name are its
// additional data, so a sealed value moved to another place does not open.
package secret
