// Package app is every use case of the product, a file per noun. The API is its only
// caller; the command line and the window go through the API. It opens and stops
// nothing: package boot does, and hands the open parts to New.
package app
