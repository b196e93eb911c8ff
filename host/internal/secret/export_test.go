package secret

import "github.com/plumbline-dev/plumbline/host"

// Bounded is bounded with the patience of a keychain.
func Bounded(fn func() (string, error)) (string, error) { return bounded(keychainTimeout, fn) }

// KeychainTimeout is keychainTimeout.
const KeychainTimeout = keychainTimeout

// KeychainProblem is keychainProblem.
func KeychainProblem(err error) *host.Problem { return keychainProblem("the system keychain", err) }

// Backend returns where the key is kept.
func (k *MasterKey) Backend() string {
	switch k.location.(type) {
	case credential:
		return BackendSystemd
	case keychain:
		return BackendKeyring
	}
	return BackendFile
}
