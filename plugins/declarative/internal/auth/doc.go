// Package auth signs requests in.
//
// A Signer belongs to one run. It sends a secret of the connection unchanged. It obtains a
// token for the first request, and all streams share it. It obtains a new one before the
// token expires, or once after the system refused it.
package auth
