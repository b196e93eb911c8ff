// Package owned says which user a file belongs to, and refuses a directory in which
// another user's program has to find its files again.
package owned
