// Package prune deletes what retention no longer keeps, and what hangs on connections that
// were deleted.
//
// A pass of pruning stores its horizon before it deletes anything, so that a question about
// an earlier moment is refused and never answered wrongly. It deletes versions that were
// superseded before the horizon, but never the current one, the one valid at the horizon,
// or one that was valid in the span of a hold. The one valid at the horizon is deleted when
// it is a removal with nothing older kept. Change logs lose only their beginning, up to the
// first held entry. Each step is one transaction that also stores where the next begins:
//
//	versions -> changes -> logs -> runs -> ended
//
// After the last step Compact gives the space on the disk back.
package prune
