// Package budget shares what a vendor allows one tenant among the runs that talk
// to it: so many requests a second, so many at one moment. It starts no process,
// sends nothing and stores nothing; after a restart every budget is whole.
//
// A budget is known by a key: the upstream's host and the tenant. What the tenant
// is, the caller works out (settings the connector declares, else a fingerprint of
// the credential); two connections with the same key draw on the same budget,
// whatever their connector.
//
//	Join ─▶ lease ──others join, leave──▶ lease changed ──Leave──▶ gone
//	          │
//	          └──Limited (the vendor said stop)──▶ budget held until then:
//	                the other leases wait, and no further run should begin
//
// The rate is divided equally among those who can be told of a change. One whose
// connector cannot keeps what it got when it began: one of a fixed number of parts, of
// which one is left for the others. The sum never exceeds the rate; it can for the time a
// message takes, when a lease is made smaller.
//
// Without a known rate a lease limits nothing, but a vendor's "too many" still
// holds all leases of its tenant.
package budget
