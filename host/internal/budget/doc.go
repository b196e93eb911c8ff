// Package budget divides what a vendor allows one tenant among the runs that use it: so
// many requests a second, and so many at one moment. It stores nothing; after a restart
// every budget is whole.
//
// Key    the upstream's host and the tenant. Connections with one key share one budget,
// whatever their connector. The caller finds the tenant.
// Lease  a run's part of a budget, from Join to Leave
// Fixed  a lease whose connector cannot be told of a change: it keeps one of a fixed number
// of parts; one part is left for the others, which divide the rest equally
//
//	Join ─▶ lease ──others join, leave──▶ lease changed ──Leave──▶ gone
//	          │
//	          └──Limited (the vendor said stop)──▶ budget held until then:
//	                the other leases wait, and no further run should begin
//
// The sum of the parts exceeds the rate only for the time that a message of a smaller
// lease takes. Without a known rate a lease limits nothing, but Limited holds all leases.
package budget
