// Package auth signs requests in.
//
// A Signer belongs to one run. A secret of the connection is sent as it is. A token is
// obtained when the first request needs it, shared by all streams, and obtained anew
// before it ends, or once after the system refused it.
package auth
