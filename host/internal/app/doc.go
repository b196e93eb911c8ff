// Package app is every use case of the product, a file per noun; those of packages
// connections and lookup are App's own methods too. The API is its only caller; the command
// line and the window call the API. A use case that changes something asks for the actor
// first and then calls the package that does the work.
package app
