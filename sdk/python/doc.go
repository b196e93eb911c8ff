// Package python holds the Go tests of the SDK for connectors in Python. The SDK
// itself is the Python package pyconnector, and build.py packs a connector with it
// into one executable file.
package python
