// Package setting checks the settings and secrets of a connection against its
// connector's schema, and seals and unseals the secrets. Settings are stored as they
// are. A secret is stored sealed, and only its connector's run and check see it.
package setting
