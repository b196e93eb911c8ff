package secret

import "github.com/plumbline-dev/plumbline/host"

// Bounded is bounded with the patience of a keychain.
func Bounded(fn func() (string, error)) (string, error) { return bounded(keychainPatience, fn) }

// KeychainPatience is keychainPatience.
const KeychainPatience = keychainPatience

// KeychainProblem is keychainProblem.
func KeychainProblem(err error) *host.Problem { return keychainProblem("the system keychain", err) }
