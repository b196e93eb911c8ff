// Package lists keeps the projection of every stream and brings it up to date behind
// the runs: after a start once things are quiet, after a run when no other is under
// way, and at the latest after ten minutes. It joins the store to the projection, which
// do not know each other.
package lists
