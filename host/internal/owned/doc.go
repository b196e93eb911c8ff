// Package owned says which user a file belongs to, and refuses a data directory of
// another user.
package owned
