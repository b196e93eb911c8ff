// Package finding collects what a person should know of an import, each by its line, and says why a part of
// a manifest has no translation: Refuse ends the Attempt around it.
package finding
